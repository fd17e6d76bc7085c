"""What the desk keeps of the outlet 吴中 beside its case, with the word in every text."""

from dataclasses import dataclass, field
from datetime import datetime

from huhang.desk.models import AssignmentPolicy, CasePlan, PauseReason, Ticket
from huhang.kit.models import Calendar
from huhang.network.models import Courier, OrgUnit, Person
from tests.factories import channels, desk


@dataclass
class Desked:
    """Arguments of the desk's addresses; those below a prefix mean something of their own."""

    arguments: dict[str, object]
    below: dict[str, dict[str, object]] = field(default_factory=dict)
    # Numbers that a stranger must not read either.
    numbers: list[str] = field(default_factory=list)

    def of(self, route: str) -> dict[str, object]:
        for start, own in self.below.items():
            if route.startswith(start):
                return self.arguments | own
        return self.arguments


def rows(ticket: Ticket, owner: Person, courier: Courier, *, word: str, now: datetime) -> Desked:
    """One row of each table that belongs to a case, its outlet or its owner."""
    unit = ticket.unit
    film = desk.attachment(ticket, now=now, reference=f"{word}像")
    view = desk.saved_view(owner, name=f"{word}视", query="kind=complaint")
    desk.saved_view(None, name=f"{word}视", path=unit.path)
    run = desk.bulk_run(owner, now=now, words={"reason": f"{word}批"}, total=1)
    desk.bulk_item(run, ticket, state="failed", reason=f"{word}败", at=now)
    desk.draft(ticket, owner, now=now, text=f"{word}稿")
    desk.follower(ticket, owner, now=now)
    macro = desk.macro(unit, name=f"{word}宏"[:40], actions=[{"do": "note", "text": f"{word}宏"}])
    seat = desk.seat(owner, now=now, skills=[f"{word}技"[:40]])
    member = desk.portfolio_member(seat, now=now, courier=courier)
    desk.assignment_decision(ticket, now=now, words=f"{word}派")
    sent = desk.leaving(ticket, now=now, text=f"{word}回").entry
    screen = desk.screen_link(unit, now=now, name=f"{word}屏"[:40])
    order, step = searched(ticket, unit, word=word, now=now)
    plan = CasePlan.objects.order_by("pk")[0]
    talk = talked(unit, word=word, now=now)
    own_step = ticket.steps.order_by("pk")[0]
    clock = ticket.clocks.order_by("pk")[0]
    return Desked(
        {
            "no": ticket.no, "attachment_id": film.pk, "origin_id": 1, "policy_id": 1, "template_id": 1,
            "view_id": view.pk, "run_id": run.pk, "macro_id": macro.pk, "seat_id": seat.pk,
            "member_id": member.pk, "clock_id": clock.pk, "step_id": own_step.pk, "plan_id": plan.pk,
            "link_id": 1, "code": unit.code, "token": "nothing", "screen_id": screen.pk, "website_id": 1,
            "entry_id": sent.pk,
        },
        {
            "traces/": {"no": order.no, "step_id": step},
            "talk/": phoned(unit, now=now) | {
                "no": talk, "name": "0" * 32, "waybill_no": ticket.waybill_no, "verb": "claim",
            },
            "conversations/": {"no": talk, "name": "0" * 32},
            "policies/": {"code": PauseReason.objects.order_by("pk")[0].code},
            "pause_reasons/": {"code": PauseReason.objects.order_by("pk")[0].code},
            "policies/closings/": {"code": "paid"},
            "closing_reasons/": {"code": "paid"},
            "wall/": {"link_id": screen.pk},
            "calendars/": {"key": Calendar.objects.order_by("key")[0].key},
            "assignment_policies/": {"policy_id": AssignmentPolicy.objects.order_by("pk")[0].pk},
        },
        [order.no, talk],
    )  # fmt: skip


def phoned(unit: OrgUnit, *, now: datetime) -> dict[str, object]:
    """A call that nobody has written down, and one that is owed."""
    account = channels.account(unit, key="wz-phone", adapter="call_http")
    call = channels.call(account, at=now, number="19912345678", answered_at=now, outcome="answered")
    return {
        "call_id": call.pk,
        "callback_id": channels.callback_due(account, at=now, number="19912345678").pk,
    }


def searched(case: Ticket, unit: OrgUnit, *, word: str, now: datetime) -> tuple[Ticket, int]:
    """A search for the case's parcel, with a node that has said something."""
    ticket = desk.ticket(
        unit, now=now, kind="trace", title=f"{word}查", waybill_no=case.waybill_no, parent=case
    )
    step = desk.step(ticket, now=now, state="open", opened_at=now, title=f"{word}步")
    order = desk.trace_order(
        ticket, now=now, reason=f"{word}由", found_at=now, found_by=f"{word}拾", found_unit=unit,
        found_where=f"{word}处", state="found",
    )  # fmt: skip
    desk.trace_search(order, step, acknowledged_at=now, acknowledged_by=f"{word}应", words=f"{word}述")
    return ticket, step.pk


def talked(unit: OrgUnit, *, word: str, now: datetime) -> str:
    """Somebody waits in the outlet's own line, and a colleague has left a note."""
    account = channels.account(unit)
    entrance = channels.entrance(unit, account=account, name=f"{word}门")
    talk = channels.conversation(entrance, at=now, stage="waiting", waits_from=now, subject=f"{word}题")
    talk.contact.name = f"{word}名"
    talk.contact.save()
    channels.message(talk, at=now, text=f"{word}词")
    channels.message(talk, at=now, side="note", text=f"{word}注")
    return talk.no
