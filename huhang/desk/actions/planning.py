"""Which plan a new case follows, and which unit each of its steps falls to."""

from collections.abc import Iterable, Sequence

from huhang.desk.models import CasePlan, Step, Ticket
from huhang.desk.rules import steps as rules
from huhang.network.models import OrgUnit


def plan_for(kind: str, watch_rule: str, among: Iterable[CasePlan] | None = None) -> CasePlan | None:
    """The plan of the watch rule itself, else that of the kind; its templates come with it."""
    plans = CasePlan.objects.filter(kind=kind).prefetch_related("steps") if among is None else among
    rows = [plan for plan in plans if plan.kind == kind and plan.rule in ("", watch_rule)]
    return max(rows, key=lambda plan: bool(plan.rule), default=None)


def planned(
    ticket: Ticket,
    plan: CasePlan | None,
    *,
    origin: OrgUnit | None,
    departments: Sequence[OrgUnit] | None = None,
) -> list[Step]:
    """The steps that a new case gets from its plan, not yet saved; none is open."""
    templates = list(plan.steps.all()) if plan else []
    units = _units({rules.Who(t.who) for t in templates}, ticket, origin, departments)
    return [
        Step(
            ticket=ticket, order=t.order, lane=t.lane, title=t.title, title_en=t.title_en, ask=t.ask,
            minutes=t.minutes, calendar=t.calendar,
            unit=units[rules.Who(t.who)], path=units[rules.Who(t.who)].path,
        )
        for t in templates
    ]  # fmt: skip


def departments_by_rank() -> list[OrgUnit]:
    """Every unit that a department word may mean."""
    kinds = {department.kind for department in rules.DEPARTMENTS.values()}
    return list(OrgUnit.objects.filter(kind__in=kinds, is_active=True).order_by("level", "code"))


def _units(
    wanted: set[rules.Who],
    ticket: Ticket,
    origin: OrgUnit | None,
    departments: Sequence[OrgUnit] | None,
) -> dict[rules.Who, OrgUnit]:
    """Which unit each department word means for this case; the case's own unit when there is no such one."""
    found = {rules.Who.OUTLET: ticket.unit, rules.Who.ORIGIN: origin or ticket.unit}
    asked = wanted - set(found)
    if asked:
        candidates = departments_by_rank() if departments is None else departments
        places = [rules.Place(unit.code, unit.kind, unit.path) for unit in candidates]
        for who in asked:
            nearest = rules.nearest(rules.DEPARTMENTS[who], places, path=ticket.path)
            found[who] = candidates[nearest] if nearest is not None else ticket.unit
    return found
