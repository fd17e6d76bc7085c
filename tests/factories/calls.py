"""Scenes of the telephone; its plain rows are in `tests/factories/channels.py`."""

from datetime import datetime
from itertools import count
from typing import Any

from huhang.channels.models import Account, Call
from huhang.network.models import OrgUnit
from tests.factories import channels

_numbers = count(1)


def switch(unit: OrgUnit, **facts: Any) -> Account:
    """A telephone switch that belongs to a unit."""
    return channels.account(
        unit, **({"key": f"pbx-{next(_numbers)}", "name": "总机", "adapter": "esl"} | facts)
    )


def waiting(account: Account, *, at: datetime, **facts: Any) -> Call:
    """A caller in the queue."""
    return channels.call(account, at=at, **({"phase": "waiting", "queued_at": at} | facts))
