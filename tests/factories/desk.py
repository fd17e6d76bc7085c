"""Rows of the desk for tests: each function makes one row with what it needs around it.

Scenes that care how a case came to be use `tests.desk.scenes`; these rows are for everything else.
"""

from datetime import date, datetime, timedelta
from itertools import count

from huhang.desk.models import (
    AnswerDelay,
    AssignmentDecision,
    AssignmentPolicy,
    Attachment,
    BaselineWeek,
    BulkItem,
    BulkRun,
    CaseLink,
    CasePlan,
    Clock,
    ClockChange,
    ClockEvent,
    ClockPause,
    ClockPolicy,
    ClosingReason,
    ColumnChoice,
    CustomerVerdict,
    DepartmentVote,
    Draft,
    EmbedOrigin,
    Entry,
    Follower,
    Leaving,
    Macro,
    Merge,
    PauseReason,
    PortfolioMember,
    Presence,
    ProgressLink,
    ProofDay,
    SavedView,
    ScreenLink,
    Seat,
    SeatStatus,
    Step,
    StepRating,
    StepTemplate,
    Ticket,
    TraceOrder,
    TraceOrderPolicy,
    TraceSearch,
    ViewCount,
    WallCount,
)
from huhang.desk.rules.assignment import Reason, Status, Trigger
from huhang.desk.rules.attachments import Attached
from huhang.desk.rules.kinds import EntryKind, Kind, Level, Obligation, StepState
from huhang.desk.rules.trace_orders import Part
from huhang.journey.models import WatchRule
from huhang.kit import search
from huhang.network.models import Customer, OrgUnit, Person
from huhang.network.rules.tree import above

_numbers = count(1)
MINUTE = timedelta(minutes=1)


def ticket(unit: OrgUnit, *, now: datetime, **values) -> Ticket:
    """An open case, without clocks and steps."""
    number = next(_numbers)
    values = {
        "no": f"F{number:08d}",
        "kind": Kind.COMPLAINT,
        "title": "包裹外箱破损",
        "source": "factory",
        "source_ref": str(number),
        "opened_at": now,
        "opened_by": "factory",
        "at_unit": unit,
        **values,
    }
    at = values["at_unit"].path
    reach = {"at_from": above(at), "seen_from": sorted({*above(at), *above(unit.path)})}
    made = Ticket(unit=unit, path=unit.path, at_path=at, **reach | values)
    made.search = search.tsvector_text(
        made.no, made.waybill_no, made.contact_name, made.contact_phone, made.title
    )
    made.save()
    return made


def entry(ticket: Ticket, *, now: datetime, kind: EntryKind = EntryKind.NOTE, **values) -> Entry:
    values = {"text": "已联系", "by": "factory", **values}
    if kind != EntryKind.EVENT:
        values = {"search": search.tsvector_text(values["text"]), **values}
    return Entry.objects.create(ticket=ticket, kind=kind, at=now, **values)


def clock(
    ticket: Ticket, *, now: datetime, obligation: Obligation = Obligation.STEP, minutes: int = 60
) -> Clock:
    return Clock.objects.create(
        ticket=ticket,
        obligation=obligation,
        started_at=now,
        minutes=minutes,
        calendar="always",
        calendar_version=1,
        due_at=now + minutes * MINUTE,
    )


def leaving(ticket: Ticket, *, now: datetime, text: str = "您好", **values) -> Leaving:
    told = entry(ticket, now=now, kind=EntryKind.LEAVING, text=text)
    undoes = {"clocks": [], "pauses": [], "is_first": False}
    values = {"leaves_at": now, "undoes": undoes, **values}
    return Leaving.objects.create(ticket=ticket, entry=told, **values)


def answer_delay(unit: OrgUnit, *, now: datetime, seconds: int = 10) -> AnswerDelay:
    return AnswerDelay.objects.create(unit=unit, seconds=seconds, set_at=now, set_by="hua")


def closing_reason(code: str = "paid", **values) -> ClosingReason:
    return ClosingReason.objects.get_or_create(code=code, defaults={"name": "已赔付", **values})[0]


def clock_pause(clock: Clock, *, now: datetime) -> ClockPause:
    until = {"started_at": now, "until_at": now + timedelta(days=2)}
    return ClockPause.objects.create(clock=clock, reason=pause_reason(), by="factory", **until)


def pause_reason(code: str = "customer-info", **values) -> PauseReason:
    usual = {"name": "等待客户补充信息", "limit_minutes": 2880}
    return PauseReason.objects.get_or_create(code=code, defaults=usual | values)[0]


def clock_change(clock: Clock, *, now: datetime) -> ClockChange:
    sides = {"before": {"minutes": clock.minutes}, "after": {"minutes": clock.minutes * 2}}
    return ClockChange.objects.create(clock=clock, at=now, by="factory", reason="客户升级", **sides)


def clock_event(clock: Clock, *, now: datetime, level: Level = Level.OWNER) -> ClockEvent:
    return ClockEvent.objects.create(clock=clock, level=level, due_at=now, fired_at=now)


def clock_policy(obligation: Obligation = Obligation.STEP, kind: str = "", **values) -> ClockPolicy:
    return ClockPolicy.objects.create(obligation=obligation, kind=kind, **{"minutes": 60, **values})


def case_plan(kind: Kind = Kind.COMPLAINT, rule: str = "", **values) -> CasePlan:
    return CasePlan.objects.get_or_create(kind=kind, rule=rule, defaults=values)[0]


def step_template(kind: Kind = Kind.COMPLAINT, order: int = 1, rule: str = "", **values) -> StepTemplate:
    values = {"who": "outlet", "title": "网点核实情况", "minutes": 60, **values}
    return StepTemplate.objects.create(plan=case_plan(kind, rule), order=order, **values)


def step(ticket: Ticket, *, now: datetime, order: int = 1, **values) -> Step:
    """An open step with its clock, unless told otherwise."""
    values = {"title": "网点核实情况", "minutes": 60, "state": StepState.OPEN, "opened_at": now, **values}
    if "clock" not in values:
        values["clock"] = clock(ticket, now=now)
    return Step.objects.create(ticket=ticket, order=order, unit=ticket.at_unit, path=ticket.at_path, **values)


def step_rating(step: Step, *, now: datetime, score: int = 5) -> StepRating:
    return StepRating.objects.create(step=step, score=score, at=now, path=step.path)


def progress_link(ticket: Ticket, *, now: datetime, token_hash: str = "") -> ProgressLink:
    return ProgressLink.objects.create(
        ticket=ticket,
        token_hash=token_hash or f"{next(_numbers):064d}",
        created_at=now,
        expires_at=now + timedelta(days=30),
    )


def customer_verdict(ticket: Ticket, *, now: datetime, is_solved: bool = False) -> CustomerVerdict:
    return CustomerVerdict.objects.create(ticket=ticket, is_solved=is_solved, at=now)


def embed_origin(
    customer: Customer, *, now: datetime, origin: str = "https://shop.example.com"
) -> EmbedOrigin:
    return EmbedOrigin.objects.create(customer=customer, origin=origin, by="factory", at=now)


def attachment(ticket: Ticket, *, now: datetime, **values) -> Attachment:
    """The reference of a video: it needs no file. Scenes with files use the actions."""
    usual = {"kind": Attached.VIDEO_REF, "name": "监控记录", "reference": "3 号门 12:05", "by": "factory"}
    return Attachment.objects.create(ticket=ticket, at=now, **usual | values)


def proof_day(rule: WatchRule, **values) -> ProofDay:
    """A day in Suzhou: a hundred parcels were reminded of, five of their customers got in touch."""
    usual = {
        "day": date(2026, 11, 10), "within_days": 7, "path": "/HQ/JS/JS-SZ/", "is_control": False, "is_first": True,
        "parcels": 100, "complaints": 2, "contacts": 5,
    }  # fmt: skip
    return ProofDay.objects.create(rule=rule, **usual | values)


def saved_view(owner: Person | None = None, **values) -> SavedView:
    """A personal view of late complaints, or with `path` a shared one."""
    return SavedView.objects.create(
        owner=owner, **{"name": "超时投诉", "query": "kind=complaint&late=1", **values}
    )


def view_count(view: SavedView, *, now: datetime, scope: str = "0" * 64, **values) -> ViewCount:
    return ViewCount.objects.create(view=view, scope=scope, looked_at=now, **values)


def column_choice(person: Person, *columns: str) -> ColumnChoice:
    return ColumnChoice.objects.create(person=person, columns=list(columns))


def bulk_run(person: Person, *, now: datetime, **values) -> BulkRun:
    usual = {"once": f"{next(_numbers):032d}", "verb": "claim", "made_at": now}
    return BulkRun.objects.create(person=person, **usual | values)


def bulk_item(run: BulkRun, ticket: Ticket, **values) -> BulkItem:
    return BulkItem.objects.create(run=run, ticket=ticket, **values)


def draft(ticket: Ticket, person: Person, *, now: datetime, **values) -> Draft:
    return Draft.objects.create(
        ticket=ticket, person=person, typed_at=now, **{"kind": "reply", "text": "写到一半", **values}
    )


def presence(ticket: Ticket, person: Person, *, now: datetime, is_typing: bool = False) -> Presence:
    return Presence.objects.create(ticket=ticket, person=person, seen_at=now, is_typing=is_typing)


def follower(ticket: Ticket, person: Person, *, now: datetime) -> Follower:
    return Follower.objects.create(ticket=ticket, person=person, since=now)


def case_link(ticket: Ticket, other: Ticket, *, now: datetime, kind: str = "related", **values) -> CaseLink:
    return CaseLink.objects.create(ticket=ticket, other=other, kind=kind, at=now, by="factory", **values)


def merge(ticket: Ticket, into: Ticket, *, now: datetime) -> Merge:
    return Merge.objects.create(
        ticket=ticket, into=into, at=now, by="factory", reason="重复进线", is_same_customer=True, before={}
    )


def macro(unit: OrgUnit, **values) -> Macro:
    usual = {"name": "已安排派送", "path": unit.path, "actions": [{"do": "answer", "text": "已为您安排派送"}]}
    return Macro.objects.create(**usual | values)


def department_vote(
    unit: OrgUnit, by: Person, *, now: datetime, month: date, score: int = 4
) -> DepartmentVote:
    return DepartmentVote.objects.create(
        unit=unit, path=unit.path, month=month, by=by, score=score, words="回得快", at=now
    )


def seat(person: Person, *, now: datetime, is_there: bool = True, **values) -> Seat:
    """A seat at the person's home, with somebody there who can do everything."""
    status = Status.AVAILABLE if is_there else Status.OFFLINE
    usual = {"unit": person.home, "status": status, "status_since": now, "capacity": 10}
    made = Seat.objects.create(person=person, **usual | values)
    seat_status(made, now=now)
    return made


def seat_status(seat: Seat, *, now: datetime) -> SeatStatus:
    return SeatStatus.objects.create(seat=seat, status=seat.status, since=now, by="factory")


def portfolio_member(seat: Seat, *, now: datetime, **thing) -> PortfolioMember:
    return PortfolioMember.objects.create(seat=seat, since=now, by="factory", **thing)


def assignment_policy(kind: Kind | str = "", **values) -> AssignmentPolicy:
    return AssignmentPolicy.objects.update_or_create(kind=kind, priority="", defaults=values)[0]


def assignment_decision(ticket: Ticket, *, now: datetime, **values) -> AssignmentDecision:
    usual = {"trigger": Trigger.OPENED, "reason": Reason.NOBODY_THERE, "by": "huhang"}
    return AssignmentDecision.objects.create(ticket=ticket, at=now, **usual | values)


def trace_order_policy(**values) -> TraceOrderPolicy:
    return TraceOrderPolicy.objects.get_or_create(pk=1, defaults=values)[0]


def trace_order(ticket: Ticket, *, now: datetime, **values) -> TraceOrder:
    return TraceOrder.objects.create(ticket=ticket, ordered_at=now, **{"ordered_by": "factory"} | values)


def trace_search(order: TraceOrder, step: Step, **values) -> TraceSearch:
    return TraceSearch.objects.create(order=order, step=step, **{"place": 1, "part": Part.LAST_SEEN} | values)


def screen_link(unit: OrgUnit, *, now: datetime, **values) -> ScreenLink:
    usual = {
        "name": "大厅电视",
        "token_hash": f"{next(_numbers):064d}",
        "created_at": now,
        "created_by": "factory",
    }
    return ScreenLink.objects.create(unit=unit, expires_at=now + timedelta(days=365), **usual | values)


def baseline_week(unit: OrgUnit, *, now: datetime, starts_on: date = date(2026, 9, 7)) -> BaselineWeek:
    return BaselineWeek.objects.create(unit=unit, starts_on=starts_on, set_at=now, set_by="factory")


def wall_count(unit: OrgUnit, *, now: datetime, **values) -> WallCount:
    return WallCount.objects.create(unit=unit, looked_at=now, **values)
