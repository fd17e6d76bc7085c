"""Rows of the telephone for tests."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from huhang.channels.models import (
    Account,
    AgentExtension,
    Call,
    CallbackDue,
    CallbackTry,
    CallEventRow,
)
from huhang.network.models import OrgUnit, Person

_numbers = count(1)


def switch(unit: OrgUnit, **facts: Any) -> Account:
    """A telephone switch that belongs to a unit."""
    given = {"key": f"pbx-{next(_numbers)}", "name": "总机", "adapter": "esl", "path": unit.path}
    return Account.objects.create(unit=unit, **(given | facts))


def call(account: Account, *, at: datetime, **facts: Any) -> Call:
    """A caller in the queue."""
    given = {
        "call_id": f"call-{next(_numbers)}",
        "phase": "waiting",
        "arrived_at": at,
        "queued_at": at,
        "number": "19900005678",
        "path": account.path,
    }
    return Call.objects.create(account=account, **(given | facts))


def call_event(account: Account, *, at: datetime, **facts: Any) -> CallEventRow:
    given = {"external_id": f"word-{next(_numbers)}", "call_id": "call", "kind": "arrived", "received_at": at}
    return CallEventRow.objects.create(account=account, at=at, **(given | facts))


def extension(account: Account, person: Person, *, at: datetime, **facts: Any) -> AgentExtension:
    """A person's telephone."""
    given = {"extension": f"{1000 + next(_numbers)}"}
    return AgentExtension.objects.create(account=account, person=person, since=at, **(given | facts))


def callback(account: Account, *, at: datetime, **facts: Any) -> CallbackDue:
    """A call that we owe to somebody who gave up."""
    given = {
        "number": f"199{next(_numbers):08d}",
        "path": account.path,
        "because": "abandoned",
        "since": at,
        "missed_at": at,
        "due_at": at + timedelta(minutes=30),
        "next_at": at,
    }
    return CallbackDue.objects.create(account=account, **(given | facts))


def callback_try(callback: CallbackDue, *, at: datetime, **facts: Any) -> CallbackTry:
    return CallbackTry.objects.create(callback=callback, at=at, **facts)
