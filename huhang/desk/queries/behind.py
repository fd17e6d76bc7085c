"""The steps behind a department's figure: a page of them is found by unit and deadline, whatever the history."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.desk.models import Step, StepRating, Ticket
from huhang.desk.queries.tickets import LONG
from huhang.desk.rules.kinds import StepState
from huhang.desk.sql import statement
from huhang.kit import hot
from huhang.kit.ui.lists import LAST_PAGE, SIZE, Cut
from huhang.metrics.queries.readings import sums
from huhang.metrics.rules.windows import Window
from huhang.network.models import OrgUnit, Person

MISSED, MET, REFUSED, RATED = "missed", "met", "refused", "rated"
OUTCOMES = {MISSED: _("超时"), MET: _("按时"), REFUSED: pgettext_lazy("step", "退回"), RATED: _("客户评分")}
# The latest of as many paths are looked up each and put together; of more, all steps are walked from the latest on.
FEW = 100


@dataclass(frozen=True, slots=True)
class Behind:
    """The steps that a figure counts, with their cases; only of cases that this person may see. To be sliced."""

    person: Person
    unit: OrgUnit
    outcome: str
    window: Window
    now: datetime

    def __getitem__(self, wanted: slice) -> list[Step]:
        numbers = list(self._numbers(wanted.start, wanted.stop))
        found = Step.objects.select_related("ticket", "unit", "clock", "handler", "rating").defer(*UNSHOWN)
        steps = found.in_bulk(numbers)
        return [steps[number] for number in numbers]

    def how_many(self, shown: Cut) -> tuple[int, bool]:
        """(Of how many it is a page, are there more than that): what was counted, and no count of its own."""
        seen = (shown.number - 1) * SIZE + len(shown)
        is_end = not shown.has_next and shown.number < LAST_PAGE
        if is_end and (shown.rows or shown.number == 1):
            return seen, False
        counted = self._counted() if self._sees_all else 0
        return max(counted, seen), counted <= seen

    def _counted(self) -> int:
        measure = f"desk.step.{self.outcome}"
        found = sums([measure], [self.unit.path], [self.window]).get((self.unit.path, 0, measure))
        return found.amount if found else 0

    @property
    def _sees_all(self) -> bool:
        """Whoever sees a unit sees every case of which it ever had a step."""
        return any(self.unit.path.startswith(path) for path in self._seen)

    @property
    def _seen(self) -> list[str]:
        return list(self.person.visible_paths("desk.see"))

    def _numbers(self, start: int, stop: int) -> Iterable[int]:
        if self.outcome == RATED:
            return self._rated()[start:stop]
        if self._sees_all and self.outcome != REFUSED:
            paths = self._paths()
            if len(paths) <= FEW:
                return self._of(paths, start, stop)
        return self._walked().values_list("pk", flat=True)[start:stop]

    def _paths(self) -> list[str]:
        """The paths below the unit at which a step was ever owed, or too many of them."""
        path = self.unit.path
        given = {"path": path, "end": f"{path[:-1]}{chr(ord(path[-1]) + 1)}", "at_most": FEW + 1}
        return [row[0] for row in hot.rows(statement("paths_below"), given)]

    def _of(self, paths: list[str], start: int, stop: int) -> list[int]:
        given = {
            "paths": paths, "since": self.window.since, "until": self.window.until, "now": self.now,
            "outcome": self.outcome, "start": start, "stop": stop,
        }  # fmt: skip
        return [row[0] for row in hot.rows(statement("steps_of_paths"), given)]

    def _walked(self) -> "QuerySet[Step]":
        steps = Step.objects.filter(
            CAME_TO[self.outcome](self.now),
            path__startswith=self.unit.path,
            due_at__gte=self.window.since,
            due_at__lt=self.window.until,
        )
        if not self._sees_all:
            steps = steps.filter(ticket__in=Ticket.objects.within(self._seen))
        return steps.order_by("-due_at", "-pk")

    def _rated(self) -> "QuerySet[StepRating, int]":
        """The worst first."""
        ratings = StepRating.objects.filter(
            path__startswith=self.unit.path, at__gte=self.window.since, at__lt=self.window.until
        )
        if not self._sees_all:
            ratings = ratings.filter(step__ticket__in=Ticket.objects.within(self._seen))
        return ratings.order_by("score", "-at", "-pk").values_list("step", flat=True)


CAME_TO: dict[str, Callable[[datetime], Q]] = {
    MET: lambda now: Q(state=StepState.DONE, done_at__lte=F("due_at")),
    REFUSED: lambda now: Q(state=StepState.REFUSED),
    MISSED: lambda now: Q(done_at__gt=F("due_at")) | Q(done_at__isnull=True, due_at__lte=now),
}
UNSHOWN = tuple(f"ticket__{name}" for name in LONG)
