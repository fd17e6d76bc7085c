"""Writing down that a customer came: a talk, a call or a case that is over, once each, and by whom it was served."""

import re
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from huhang.channels.actions.opting import SMS as SMS_ADAPTERS
from huhang.channels.models import Call, Conversation, Entrance
from huhang.channels.rules.call_life import Outcome
from huhang.channels.rules.conversation import ClosedBecause
from huhang.channels.rules.numbers import plain
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import OUR_OWN, State
from huhang.kit import live
from huhang.quality.actions import asking, judging
from huhang.quality.models import Touch
from huhang.quality.queries.matters import people_of_case
from huhang.quality.rules.asking import Sort

# Told of the same person at the same moment, workers take turns.
PERSON_LOCK = 0x4855_0301
KIND = "quality.survey"
UNHEARD = (ClosedBecause.AUTOMATIC, ClosedBecause.GAVE_UP_WAITING)


def talk_ended(conversation_id: int, *, now: datetime) -> Touch | None:
    """A conversation is over; nobody came when nobody said anything."""
    rows = Conversation.objects.select_related("entrance__unit", "address__account", "contact", "agent")
    talk = rows.filter(pk=conversation_id, closed_at__isnull=False).first()
    if talk is None or talk.customer_spoke_at is None:
        return None
    return _noted(
        Touch(
            ref=f"talk:{talk.no}", sort=Sort.TALK, conversation=talk, began_at=talk.opened_at,
            ended_at=max(talk.closed_at or now, talk.opened_at), unit=talk.entrance.unit, path=talk.path,
            agent=talk.agent, entrance=talk.entrance, waybill_no=talk.waybill_no,
            topic=f"talk:{talk.scenario}"[:40] if talk.scenario else "", people=_people_of_talk(talk),
            is_served=talk.agent_spoke_at is not None and talk.closed_because not in UNHEARD,
        ),
        now,
    )  # fmt: skip


def _people_of_talk(talk: Conversation) -> list[str]:
    numbers = [talk.contact.phone]
    if talk.address.account.adapter in SMS_ADAPTERS:
        numbers.append(plain(talk.address.address))
    return [f"talk:{talk.no}", f"contact:{talk.contact_id}", *dict.fromkeys(f"tel:{n}" for n in numbers if n)]


def call_ended(call_id: int, *, now: datetime) -> Touch | None:
    """A customer's call is over; a number that was kept back tells of nobody, and our own calls are no visits."""
    call = Call.objects.select_related("queue__unit", "account__unit", "person").filter(pk=call_id).first()
    if call is None or call.ended_at is None or call.is_outbound or not call.number:
        return None
    if call.outcome == Outcome.IVR_ONLY:
        return None
    doors = Entrance.objects.filter(queue=call.queue_id, account=call.account_id).order_by("pk")
    digits = call.digits if re.fullmatch(r"\d{10,}", call.digits) else ""
    return _noted(
        Touch(
            ref=f"call:{call.pk}", sort=Sort.CALL, call=call, began_at=call.arrived_at,
            ended_at=max(call.ended_at, call.arrived_at), unit=call.queue.unit if call.queue else call.account.unit,
            path=call.path, agent=call.person, entrance=doors.first() if call.queue_id else None,
            waybill_no=digits[:40], people=[f"tel:{call.number}"], is_served=call.outcome == Outcome.ANSWERED,
        ),
        now,
    )  # fmt: skip


def case_ended(ticket_id: int, *, now: datetime) -> Touch | None:
    """A customer's case is resolved; opened again and resolved again, it is another visit."""
    ticket = Ticket.objects.select_related("unit", "owner").filter(pk=ticket_id).first()
    if ticket is None or ticket.state != State.RESOLVED or ticket.kind in OUR_OWN or ticket.merged_into_id:
        return None
    began = ticket.reopened_at or ticket.opened_at
    return _noted(
        Touch(
            ref=f"case:{ticket.no}:{ticket.reopened_count}", sort=Sort.CASE, ticket=ticket, began_at=began,
            ended_at=max(ticket.resolved_at or now, began), unit=ticket.unit, path=ticket.path, agent=ticket.owner,
            entrance=Entrance.objects.filter(key=ticket.entrance).first() if ticket.entrance else None,
            waybill_no=ticket.waybill_no, topic=f"case:{ticket.kind}", people=people_of_case(ticket),
            is_served=True, is_written_up=ticket.reopened_count == 0,
        ),
        now,
    )  # fmt: skip


@transaction.atomic
def _noted(touch: Touch, now: datetime) -> Touch:
    """Write it once, ask about it, and see whose coming again it is."""
    _take_turns(touch.people)
    known = Touch.objects.filter(ref=touch.ref).first()
    if known:
        return known
    asking.decide(touch, now=now)
    touch.save()
    judging.mark(touch)
    live.announce(KIND, path=touch.path)
    return touch


def _take_turns(people: list[str]) -> None:
    """Of the same person one worker writes at a time; in the order of their numbers, so that none waits in a ring."""
    with connection.cursor() as cursor:
        turns: list[Any] = sorted(people)
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key) FROM"
            " (SELECT DISTINCT hashtext(person) AS key FROM unnest(%s::text[]) AS person ORDER BY 1) AS turns",
            [PERSON_LOCK, turns],
        )
