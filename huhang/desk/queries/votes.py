"""Whom a person of customer service may vote on, and what they have voted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huhang.desk.models import DepartmentVote, Step
from huhang.metrics.rules.windows import ZONE, Grain, Window, whole
from huhang.network.models import OrgUnit, Person


@dataclass(frozen=True, slots=True)
class Ballot:
    """A department that one has worked with, how often, and one's vote so far."""

    unit: OrgUnit
    steps: int
    vote: DepartmentVote | None


def months_to_judge(now: datetime) -> list[date]:
    """This month and the one before."""
    this = now.astimezone(ZONE).date().replace(day=1)
    return [this, (this - timedelta(days=1)).replace(day=1)]


def ballots(person: Person, month: date) -> list[Ballot]:
    """Departments whose steps this person met in the month, most work first; three statements."""
    met = steps_met(person, month)
    units = OrgUnit.objects.filter(pk__in=met)
    given = {vote.unit_id: vote for vote in DepartmentVote.objects.filter(by=person, month=month)}
    rows = [Ballot(unit, met[unit.pk], given.get(unit.pk)) for unit in units]
    return sorted(rows, key=lambda row: (-row.steps, row.unit.path))


def steps_met(person: Person, month: date) -> dict[int, int]:
    """By unit, the steps that opened in the month in cases that are one's own or in which one did a step oneself."""
    window = _window(month)
    steps = Step.objects.filter(opened_at__gte=window.since, opened_at__lt=window.until)
    if person.home_id:
        steps = steps.exclude(unit=person.home_id)
    # Asked one after the other, so that each walks along its own index.
    own = steps.filter(ticket__owner=person)
    helped = steps.filter(ticket__in=Step.objects.filter(handler=person).values("ticket"))
    found: dict[int, int] = {}
    for _pk, unit in {*own.values_list("pk", "unit"), *helped.values_list("pk", "unit")}:
        found[unit] = found.get(unit, 0) + 1
    return found


def _window(month: date) -> Window:
    return whole(Grain.MONTH, datetime(month.year, month.month, 1, 12, tzinfo=ZONE))
