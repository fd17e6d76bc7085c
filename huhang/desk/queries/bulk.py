"""What a verb on many cases would do, and what came of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from huhang.desk.models import BulkItem, BulkRun, Ticket
from huhang.desk.queries.tickets import visible
from huhang.desk.rules.bulk import AT_MOST, OF_OVER_TOO, ItemState, Verb
from huhang.desk.rules.kinds import LIVE_STATES
from huhang.kit.errors import NotFound
from huhang.network.models import Person
from huhang.network.models.scope import under

FAILURES_SHOWN = 100
RUNS_SHOWN = 50
COLLEAGUES_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Preview:
    """How many were chosen, and how many of them the verb will refuse, for which reason."""

    chosen: int
    foreign: int
    over: int
    owned: int

    @property
    def likely(self) -> int:
        return self.chosen - self.foreign - self.over - self.owned


def preview(person: Person, verb: Verb, ids: list[int]) -> Preview:
    """Counted from rights and states, in one statement; the verb itself has the last word on each case."""
    allowed = visible(person, verb.permission).filter(pk__in=ids)
    live = Q(state__in=LIVE_STATES)
    taken = live & Q(owner__isnull=False) & ~Q(owner=person.pk) if verb == Verb.CLAIM else Q(pk__in=[])
    told = allowed.aggregate(
        allowed=Count("pk"), over=Count("pk", filter=~live), owned=Count("pk", filter=taken)
    )
    over = 0 if verb in OF_OVER_TOO else told["over"]
    return Preview(len(ids), len(ids) - told["allowed"], over, told["owned"])


def colleagues(person: Person) -> list[Person]:
    """Whom a person may give cases to: those who work where one may assign."""
    paths = person.visible_paths("desk.assign")
    people = Person.objects.filter(under(paths, "home__path"), is_active=True, home__isnull=False)
    return list(people.select_related("home").order_by("display_name", "username")[:COLLEAGUES_SHOWN])


def chosen_ids(person: Person, numbers: Iterable[str]) -> list[int]:
    """The cases with these numbers that this person sees, in the order of the numbers."""
    found = dict(visible(person).filter(no__in=list(numbers)).values_list("no", "pk"))
    return [found[no] for no in dict.fromkeys(numbers) if no in found]


def matching_ids(rows: QuerySet[Ticket]) -> list[int]:
    """All cases of a list, one more than can be taken at once."""
    return list(rows.values_list("pk", flat=True)[: AT_MOST + 1])


@dataclass(frozen=True, slots=True)
class Progress:
    """A run as its report shows it."""

    run: BulkRun
    waiting: int
    done: int
    failed: int
    undone: int
    kept: int
    failures: list[BulkItem]
    as_of: datetime

    @property
    def over(self) -> int:
        return self.run.total - self.waiting

    @property
    def is_at_work(self) -> bool:
        return self.run.state in ("running", "undoing")


def progress(run: BulkRun, *, now: datetime) -> Progress:
    """How far a run is and what it could not do; two statements."""
    counts = dict(run.items.order_by().values_list("state").annotate(Count("pk")))
    told = {state: counts.get(state.value, 0) for state in ItemState}
    return Progress(
        run, told[ItemState.WAITING], told[ItemState.DONE], told[ItemState.FAILED],
        told[ItemState.UNDONE], told[ItemState.KEPT], list(failures(run)[:FAILURES_SHOWN]), now,
    )  # fmt: skip


def failures(run: BulkRun) -> QuerySet[BulkItem]:
    """The cases that were refused, and those that were left as they are on the way back."""
    return run.items.filter(state__in=[ItemState.FAILED, ItemState.KEPT]).select_related("ticket")


def runs_of(person: Person) -> QuerySet[BulkRun]:
    return BulkRun.objects.filter(person=person.pk).order_by("-made_at", "-id")


def reachable(person: Person, run_id: int) -> BulkRun:
    """A run of one's own; NotFound for anybody else's."""
    run = runs_of(person).filter(pk=run_id).first()
    if run is None:
        raise NotFound(run=run_id)
    return run
