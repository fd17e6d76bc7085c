"""Other systems hear of cases: which one and how it stands, and nothing about people."""

from datetime import timedelta

import pytest

from huhang.channels.models import Delivery, WebhookMessage
from huhang.desk import listeners
from huhang.desk.actions import firing, outward, tickets
from huhang.desk.events import TicketOpened
from huhang.desk.models import ClockEvent
from huhang.desk.rules.kinds import Kind
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import channels as factory

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def jobs(name: str) -> int:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(task_name=name).count()


class TestHearing:
    def test_nothing_is_written_down_while_nobody_wants_it(self, cast: Cast) -> None:
        a_ticket(cast)
        assert jobs("desk.listeners.tell_that_it_opened") == 0

    def test_an_opening_is_told_below_the_address_s_unit_only(self, cast: Cast) -> None:
        factory.webhook(cast.unit("JS"), at=NOON)
        factory.webhook(cast.unit("ZJ"), at=NOON)
        ticket = a_ticket(cast)
        assert jobs("desk.listeners.tell_that_it_opened") == 1
        listeners.tell_that_it_opened(TicketOpened(ticket_id=ticket.pk, at=NOON))
        listeners.tell_that_it_opened(TicketOpened(ticket_id=ticket.pk, at=NOON))
        assert Delivery.objects.get().webhook.path == cast.unit("JS").path

    def test_says_nothing_about_people_and_none_of_their_words(self, cast: Cast) -> None:
        factory.webhook(cast.unit("HQ"), at=NOON)
        ticket = a_ticket(cast)
        outward.ticket_told(event=outward.OPENED, ticket_id=ticket.pk, at=NOON, now=NOON)
        told = str(WebhookMessage.objects.get().body)
        assert ticket.no in told
        for word in ("王小明", "13800001234", "杯子", "破损"):
            assert word not in told

    def test_an_end_that_was_a_withdrawal_is_told_as_one(self, cast: Cast) -> None:
        factory.webhook(cast.unit("HQ"), at=NOON)
        ticket = tickets.withdraw(ticket_no=a_ticket(cast).no, reason="误报", by=None, now=NOON)
        outward.ticket_told(event=outward.RESOLVED, ticket_id=ticket.pk, at=NOON, now=NOON)
        assert WebhookMessage.objects.get().event == outward.WITHDRAWN

    def test_a_clock_tells_each_level_once(self, cast: Cast) -> None:
        factory.webhook(cast.unit("HQ"), at=NOON, events=["clock.reached"])
        ticket = a_ticket(cast, Kind.INQUIRY)
        firing.fire_due(now=NOON + 16 * MINUTE)
        called = ClockEvent.objects.filter(clock__ticket=ticket).values_list("clock_id", "level")
        for clock_id, level in [*called, *called]:
            outward.clock_told(ticket_id=ticket.pk, clock_id=clock_id, level=level, now=NOON)
        assert WebhookMessage.objects.count() == len(called) > 1
