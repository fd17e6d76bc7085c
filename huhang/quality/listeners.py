"""What quality does when rooms below announce that a contact is over."""

from datetime import datetime

from django.utils import timezone

from huhang.channels.actions.questions import takes_replies
from huhang.channels.events import CallEnded, ConversationClosed, NotLetThrough
from huhang.channels.rules.gateway import Answer
from huhang.channels.rules.numbers import plain
from huhang.desk.events import CustomerJudged, TicketResolved
from huhang.desk.models import Ticket
from huhang.desk.queries.asking import Asked, asks_on_progress
from huhang.desk.queries.beside import Known, tells_beside
from huhang.kit.events import listens
from huhang.network.models import Person
from huhang.quality.actions import answering, asking, calling_back, touching
from huhang.quality.queries import customers


@listens(ConversationClosed)
def on_conversation_closed(event: ConversationClosed) -> None:
    touching.talk_ended(event.conversation_id, now=timezone.now())


@listens(CallEnded)
def on_call_ended(event: CallEnded) -> None:
    touching.call_ended(event.call_id, now=timezone.now())


@listens(TicketResolved)
def on_ticket_resolved(event: TicketResolved) -> None:
    calling_back.case_ended(event.ticket_id, now=timezone.now())
    touching.case_ended(event.ticket_id, now=timezone.now())


@listens(CustomerJudged)
def on_customer_judged(event: CustomerJudged) -> None:
    answering.judged(event.ticket_id, is_solved=event.is_solved, words=event.words, at=event.at)


@listens(NotLetThrough)
def ask_another_way(event: NotLetThrough) -> None:
    asking.take_another_way(event.outgoing_id, now=event.at)


@takes_replies
def take_reply(gateway: str, answer: Answer, now: datetime) -> str:
    at = min(answer.at, now)
    return "survey" if answering.replied(gateway, plain(answer.number), answer.text, at=at, now=now) else ""


@asks_on_progress
def ask_about(ticket: Ticket) -> Asked | None:
    return customers.on_progress_page(ticket, now=timezone.now())


@tells_beside
def last_judgement(person: Person, phone: str, contact_id: int) -> Known | None:
    return customers.judged_lately(person, phone, contact_id, now=timezone.now())
