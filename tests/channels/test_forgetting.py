"""Old words of the switch go; calls stay as they are, whatever is told again of them."""

from datetime import timedelta

import pytest

from huhang.channels.actions import calls, forgetting
from huhang.channels.actions.forgetting import KEEP_EVENTS
from huhang.channels.models import Call, CallEventRow
from huhang.channels.rules.calls import CallEvent, CallKind
from tests.cast import NOON, Cast
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
LATER = NOON + KEEP_EVENTS + timedelta(days=1)


def told(call_id: str, kind: CallKind, seconds: int) -> CallEvent:
    at = NOON + timedelta(seconds=seconds)
    return CallEvent(f"{call_id}:{kind}", call_id, kind, at, ani="19900001234")


def test_events_of_ended_calls_go_and_calls_stay(cast: Cast) -> None:
    account = factory.account(cast.unit("HQ-CS"))
    ended = [told("c1", CallKind.ARRIVED, 0), told("c1", CallKind.ENDED, 30)]
    calls.take(account=account, events=ended, now=NOON)
    calls.take(account=account, events=[told("c2", CallKind.ARRIVED, 0)], now=NOON)
    before = Call.objects.get(call_id="c1")
    assert forgetting.forget_events(now=NOON + KEEP_EVENTS) == 0
    assert forgetting.forget_events(now=LATER) == 2
    assert set(CallEventRow.objects.values_list("call_id", flat=True)) == {"c2"}  # it goes on
    # A late word about a call whose story is gone is kept and changes nothing.
    calls.take(account=account, events=[ended[1]], now=LATER)
    after = Call.objects.get(call_id="c1")
    assert (after.arrived_at, after.ended_at) == (before.arrived_at, before.ended_at)
