"""A promise kept at the very moment at which it is due is kept, whoever looks at it and by whichever record."""

from datetime import timedelta

import pytest

from huhang.desk.actions import answering
from huhang.desk.models import ClockEvent
from huhang.desk.rules.kinds import Level, Obligation
from huhang.metrics.actions import tally
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(("late_by", "breached"), [(timedelta(), False), (timedelta.resolution, True)])
def test_an_answer_at_its_due_moment(cast: Cast, late_by: timedelta, breached: bool) -> None:
    ticket = a_ticket(cast)
    answering.answer(ticket_no=ticket.no, text="已联系网点", by=cast.lin, now=NOON + QUARTER + late_by)
    clock = ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)
    assert clock.is_late is breached
    assert ClockEvent.objects.filter(clock=clock, level=Level.BREACH).exists() is breached
    tally.settle_all()
    missed = Tally.objects.filter(measure="desk.first_response.missed", path=ticket.path)
    assert missed.exists() is breached
