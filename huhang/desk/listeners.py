"""What the desk does when rooms below announce something."""

from django.utils import timezone

from huhang.channels.actions import webhooks
from huhang.channels.events import CallEnded
from huhang.desk.actions import assignment, counting_calls, following, outward, prevention, telephone
from huhang.desk.events import (
    ClockLevelReached,
    CustomerWrote,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from huhang.journey.events import WatchCleared, WatchHits
from huhang.kit.events import listens


@listens(CallEnded)
def on_call_ended(event: CallEnded) -> None:
    telephone.begin_writing(call_id=event.call_id, now=timezone.now())


@listens(CallEnded)
def count_call(event: CallEnded) -> None:
    counting_calls.count(call_id=event.call_id)


@listens(CustomerWrote)
def on_customer_wrote(event: CustomerWrote) -> None:
    following.customer_wrote(ticket_id=event.ticket_id, entry_id=event.entry_id, now=timezone.now())


@listens(TicketResolved)
def on_ticket_resolved(event: TicketResolved) -> None:
    following.ended(ticket_id=event.ticket_id, at=event.at, now=timezone.now())


@listens(WatchHits)
def on_watch_hits(event: WatchHits) -> None:
    prevention.open_for_hits(event.hit_ids, now=timezone.now())


@listens(WatchCleared)
def on_watch_cleared(event: WatchCleared) -> None:
    prevention.settle_cleared(event.waybills, now=timezone.now())


@listens(TicketReopened)
def on_ticket_reopened(event: TicketReopened) -> None:
    assignment.ask_again(ticket_id=event.ticket_id, now=timezone.now())


@listens(TicketOpened, when=webhooks.anybody)
def tell_that_it_opened(event: TicketOpened) -> None:
    outward.ticket_told(event=outward.OPENED, ticket_id=event.ticket_id, at=event.at, now=timezone.now())


@listens(TicketResolved, when=webhooks.anybody)
def tell_that_it_ended(event: TicketResolved) -> None:
    outward.ticket_told(event=outward.RESOLVED, ticket_id=event.ticket_id, at=event.at, now=timezone.now())


@listens(TicketReopened, when=webhooks.anybody)
def tell_that_it_reopened(event: TicketReopened) -> None:
    outward.ticket_told(event=outward.REOPENED, ticket_id=event.ticket_id, at=event.at, now=timezone.now())


@listens(ClockLevelReached, when=webhooks.anybody)
def tell_that_a_clock_called(event: ClockLevelReached) -> None:
    outward.clock_told(
        ticket_id=event.ticket_id, clock_id=event.clock_id, level=event.level, now=timezone.now()
    )
