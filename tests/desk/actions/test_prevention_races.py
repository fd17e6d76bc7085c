"""Two workers hear of one parcel at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from huhang.desk.actions import opening, prevention, tickets
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import State
from huhang.journey.models import Hit
from tests.cast import NOON, Cast
from tests.desk.actions.test_prevention import a_hit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case opens slowly, so that whoever is not kept waiting comes in between."""
    opens = opening.open_ticket

    def open_slowly(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.3)
        done = opens(*args, **kwargs)
        time.sleep(0.3)
        return done

    monkeypatch.setattr(opening, "open_ticket", open_slowly)


def at_once(*acts: Callable[[], object]) -> None:
    """Do these in threads of their own, each a moment after the one before."""

    def act(place: int) -> None:
        time.sleep(place * 0.15)
        try:
            acts[place]()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        list(threads.map(act, range(len(acts))))


def test_two_hits_of_a_parcel_heard_at_once_open_one_case(cast: Cast) -> None:
    first, second = a_hit(cast), a_hit(cast, slug="signed_before_arrival")
    at_once(
        lambda: prevention.open_for_hits([first.pk], now=NOON),
        lambda: prevention.open_for_hits([second.pk], now=NOON),
    )
    case = Ticket.objects.get()
    assert case.entries.filter(words={"rule": second.rule.name_zh}).count() == 1


def test_a_scan_that_puts_it_right_meanwhile_leaves_no_case(cast: Cast) -> None:
    hit = a_hit(cast)

    def put_right() -> None:
        Hit.objects.filter(pk=hit.pk).update(cleared_at=NOON)
        prevention.settle_cleared([hit.waybill_no], now=NOON)

    at_once(lambda: prevention.open_for_hits([hit.pk], now=NOON), put_right)
    assert not Ticket.objects.exclude(state=State.WITHDRAWN).exists()


def test_a_case_that_ends_meanwhile_does_not_swallow_new_trouble(cast: Cast) -> None:
    old, new = a_hit(cast), a_hit(cast, slug="signed_before_arrival")
    prevention.open_for_hits([old.pk], now=NOON)
    case = Ticket.objects.get()
    at_once(
        lambda: _withdraw_slowly(case.no),
        lambda: prevention.open_for_hits([new.pk], now=NOON),
    )
    assert Ticket.objects.live().get().source_ref == f"hit:{new.pk}"


def _withdraw_slowly(ticket_no: str) -> None:
    with transaction.atomic():
        tickets.withdraw(ticket_no=ticket_no, reason="x", by=None, now=NOON)
        time.sleep(0.5)
