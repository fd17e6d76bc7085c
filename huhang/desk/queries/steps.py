"""The steps of a case as its page shows them: stage by stage, side by side, with their parts and what one may do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db.models import QuerySet

from huhang.desk.models import CasePlan, Step, Ticket, TraceSearch
from huhang.desk.queries.ownership import answers_for
from huhang.desk.rules.kinds import OUR_OWN, Closing, Kind, State, StepState
from huhang.desk.rules.steps import is_reopenable
from huhang.kit.errors import NotFound
from huhang.kit.languages import shown
from huhang.network.models import OrgUnit, Person


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step with its parts, and the verbs that this reader may use on it."""

    step: Step
    may: frozenset[str]
    parts: list["StepLine"] = field(default_factory=list)
    # A node of a 追查令 answers on the order's own page, with evidence.
    is_node: bool = False

    @property
    def handler(self) -> str:
        person = self.step.handler
        return (person.display_name or person.username) if person else ""

    @property
    def open_parts(self) -> list[Step]:
        return [part.step for part in self.parts if part.step.state == StepState.OPEN]


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps of one order."""

    lines: list[StepLine]

    @property
    def is_side_by_side(self) -> bool:
        return len({line.step.lane for line in self.lines}) > 1


def stages_of(ticket: Ticket, steps: Sequence[Step], person: Person) -> list[Stage]:
    """In their order; within one order lane by lane, what was passed on before what came of it."""
    whole = [step for step in steps if step.parent_id is None]
    whole.sort(key=lambda step: (step.order, step.lane, step.pk))
    nodes = _nodes(ticket)
    return [
        Stage([_line(ticket, step, steps, person, nodes) for step in group])
        for _, group in groupby(whole, key=lambda step: step.order)
    ]


def _nodes(ticket: Ticket) -> frozenset[int]:
    """The steps that are searches of a 追查令."""
    if ticket.kind != Kind.TRACE:
        return frozenset()
    return frozenset(TraceSearch.objects.filter(order__ticket=ticket).values_list("step", flat=True))


def _line(
    ticket: Ticket, step: Step, steps: Sequence[Step], person: Person, nodes: frozenset[int]
) -> StepLine:
    may, is_node = may_do(ticket, step, person), step.pk in nodes
    parts = [_line(ticket, part, steps, person, nodes) for part in steps if part.parent_id == step.pk]
    return StepLine(step, may - {"resolve"} if is_node else may, parts, is_node)


def may_do(ticket: Ticket, step: Step, person: Person) -> frozenset[str]:
    """The verbs that this person may use on a step now."""
    if step.state == StepState.WAITING and ticket.is_live:
        return frozenset({"drop"} if answers_for(person, ticket) else ())
    if step.state != StepState.OPEN or not ticket.is_live:
        return frozenset()
    verbs = {verb for verb in ("claim", "resolve", "hand_over") if person.may(f"desk.{verb}", step.path)}
    if step.handler_id is not None:
        verbs.discard("claim")
    if "hand_over" in verbs and has_somebody_behind(ticket, step):
        verbs.add("refuse")
    if "hand_over" in verbs and step.parent_id is None:
        verbs.add("split")
    return frozenset(verbs)


def takes(steps: Iterable[Step], person: Person) -> bool:
    """Does a step of this person's own unit wait for somebody to take it?"""
    free = [step for step in steps if step.state == StepState.OPEN and step.handler_id is None]
    free = [step for step in free if person.may("desk.claim", step.path)]
    home = person.home.path if free and person.home else ""
    return any(step.path.startswith(home) for step in free)


def has_somebody_behind(ticket: Ticket, step: Step) -> bool:
    """Is there anybody to whom this step could be sent back?"""
    if ticket.owner_id is not None:
        return step.handler_id != ticket.owner_id
    return step.unit_id != ticket.unit_id


@dataclass(frozen=True, slots=True)
class Whole:
    """What may be done to the case as a whole, by whoever answers for it."""

    may_add: bool
    may_reclassify: bool
    may_close: bool
    may_reopen: bool


def whole_of(ticket: Ticket, steps: Iterable[Step], person: Person, *, now: datetime) -> Whole:
    answers = ticket.is_live and answers_for(person, ticket)
    owed = any(step.state in (StepState.OPEN, StepState.WAITING) for step in steps)
    is_resolved = ticket.state == State.RESOLVED and ticket.merged_into_id is None
    return Whole(
        may_add=answers,
        may_reclassify=answers and ticket.kind not in OUR_OWN,
        may_close=answers and not owed and ticket.closing == Closing.OWNER,
        may_reopen=is_resolved
        and bool(ticket.resolved_at and is_reopenable(ticket.resolved_at, now=now))
        and person.may("desk.answer", ticket.path),
    )


def asked_of(ticket: Ticket) -> list[tuple[str, str]]:
    """What was asked when the case opened, in the words of its plan, and the answers."""
    if not ticket.answers:
        return []
    labels = _labels(CasePlan.objects.filter(kind=ticket.kind))
    if not ticket.answers.keys() <= labels.keys():  # it was another kind before, or a plan asks no longer
        labels = {**labels, **_labels(CasePlan.objects.exclude(kind=ticket.kind)), **labels}
    # In the order of the plan: the table keeps no order of keys. What a plan no longer asks comes last.
    keys = [key for key in labels if key in ticket.answers]
    keys += [key for key in ticket.answers if key not in labels]
    return [(labels.get(key, key), shown(str(ticket.answers[key]))) for key in keys if ticket.answers[key]]


def _labels(plans: "QuerySet[CasePlan]") -> dict[str, str]:
    """How plans put their questions, by key; that of a rule of its own comes last, and holds."""
    asks = (ask for plan in plans.order_by("rule") for ask in plan.asks)
    return {ask["key"]: shown(ask["label"], ask.get("label_en", "")) for ask in asks}


def open_step(ticket: Ticket, step_id: int | None, person: Person, permission: str) -> Step:
    """The step that a dialog is about: the one named, else the first open one that this person may act on."""
    steps = ticket.steps.select_related("unit", "clock", "handler", "parent").filter(state=StepState.OPEN)
    if step_id is not None:
        steps = steps.filter(pk=step_id)
    mine = [step for step in steps if person.may(permission, step.path)]
    if not mine:
        raise NotFound(step=step_id)
    return min(mine, key=lambda step: step.handler_id != person.pk)


@dataclass(frozen=True, slots=True)
class Following:
    """What comes after a step is finished: who is still at it beside, or who is next."""

    beside: list[Step]
    parts: list[Step]
    following: list[Step]


def after(ticket: Ticket, step: Step) -> Following:
    rest = list(
        ticket.steps.select_related("unit")
        .filter(state__in=[StepState.OPEN, StepState.WAITING])
        .exclude(pk=step.pk)
    )
    waiting = [s for s in rest if s.state == StepState.WAITING]
    first = min((s.order for s in waiting), default=None)
    return Following(
        beside=[s for s in rest if s.state == StepState.OPEN and s.parent_id != step.pk],
        parts=[s for s in rest if s.state == StepState.OPEN and s.parent_id == step.pk],
        following=[s for s in waiting if s.order == first],
    )


def units_to_ask(ticket: Ticket, term: str, *, but: OrgUnit | None = None) -> list[OrgUnit]:
    """Units that could take a step: neighbours and departments first, or what matches the words."""
    units = OrgUnit.objects.filter(is_active=True).exclude(kind="hq")
    if but is not None:
        units = units.exclude(pk=but.pk)
    if term:
        found = units.filter(name__icontains=term) | units.filter(code__istartswith=term)
        return list(found.order_by("path")[:20])
    codes = [code for code in ticket.path.split("/") if code]
    near = units.filter(parent__code__in=codes) | units.filter(code__in=codes)
    near |= units.filter(kind__in=["department", "hub"])
    return list(near.distinct().order_by("level", "path")[:20])


def planned_step(ticket: Ticket, step_id: int) -> Step:
    """A step of this case that has not begun."""
    step = ticket.steps.select_related("unit").filter(pk=step_id, state=StepState.WAITING).first()
    if step is None:
        raise NotFound(step=step_id)
    return step
