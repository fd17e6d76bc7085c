"""A call counts once, by how it ended: connection rate, service level and abandonment are figures like all others."""

from datetime import timedelta
from typing import Any

import pytest

from huhang.channels.models import Account, Call
from huhang.desk.actions import counting_calls
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.factories import calls as made

pytestmark = pytest.mark.django_db


def over(switch: Account, outcome: str, wait: int, **facts: Any) -> Call:
    end = NOON + timedelta(seconds=wait)
    answered = {"answered_at": end} if outcome == "answered" else {}
    return made.waiting(
        switch, at=NOON, phase="over", outcome=outcome, left_at=end, ended_at=end, wait=timedelta(seconds=wait),
        **(answered | facts),
    )  # fmt: skip


def test_each_outcome_is_counted_once(cast: Cast) -> None:
    switch = made.switch(cast.unit("HQ-CS"))
    rows = [
        over(switch, "answered", 10),
        over(switch, "answered", 40),
        over(switch, "abandoned", 30),
        over(switch, "answered", 5, is_outbound=True),
    ]
    for row in [*rows, *rows]:
        counting_calls.count(call_id=row.pk)
    found: dict[str, int] = {}
    for tally in Tally.objects.filter(measure__startswith="desk.call."):
        found[tally.measure] = found.get(tally.measure, 0) + tally.amount
    assert found == {
        "desk.call.offered": 3, "desk.call.answered": 2, "desk.call.in_time": 1, "desk.call.abandoned": 1,
    }  # fmt: skip
