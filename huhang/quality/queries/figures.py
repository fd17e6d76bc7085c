"""Satisfaction beside its response rate, and first-time resolution from its two sources; each in known statements."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from huhang.channels.models import Entrance
from huhang.network.models import OrgUnit, Person
from huhang.quality.models import Survey, Touch
from huhang.quality.models.survey import NOT_SATISFIED, SORT_NAMES
from huhang.quality.queries.asked import SEE, Asked
from huhang.quality.rules.answers import GOOD_FROM
from huhang.quality.rules.asking import Sort

# By what figures are told apart, and by which field.
GROUPS = {"unit": _("按单位"), "agent": _("按客服"), "entrance": _("按入口"), "sort": _("按渠道")}
_NOBODY = ("", "")
_NAMED = {"unit": OrgUnit, "agent": Person, "entrance": Entrance}


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What was asked and answered; shares are None while there is nothing to divide by."""

    name: str = ""
    key: Any = None
    # What narrows a list to this one: `agent=5`.
    query: str = ""
    invited: int = 0
    answered: int = 0
    rated: int = 0
    good: int = 0
    bad: int = 0
    solved: int = 0
    unsolved: int = 0

    @property
    def satisfied(self) -> str:
        return percent(self.good, self.rated)

    @property
    def response(self) -> str:
        return percent(self.answered, self.invited)

    @property
    def solved_share(self) -> str:
        return percent(self.solved, self.solved + self.unsolved)

    @property
    def bad_share(self) -> str:
        return percent(self.bad, self.answered)


@dataclass(frozen=True, slots=True)
class FirstTime:
    """Both figures of one unit, agent or entrance: what customers did, and what they said."""

    name: str
    key: Any
    query: str = ""
    once: int = 0
    repeated: int = 0
    # Not certain yet: their days are not over.
    waiting: int = 0
    said: Satisfaction = Satisfaction()

    @property
    def by_contact(self) -> str:
        return percent(self.once, self.once + self.repeated)

    @property
    def by_survey(self) -> str:
        return self.said.solved_share


def percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"


_SUMS = {
    "invited": Count("pk"),
    "answered": Count("pk", filter=Q(answered_at__isnull=False)),
    "rated": Count("pk", filter=Q(score__isnull=False)),
    "good": Count("pk", filter=Q(score__gte=GOOD_FROM)),
    "bad": Count("pk", filter=NOT_SATISFIED),
    "solved": Count("pk", filter=Q(is_solved=True)),
    "unsolved": Count("pk", filter=Q(is_solved=False)),
}
_JUDGED = {
    "once": Count("pk", filter=Q(judged_at__isnull=False, repeated_by__isnull=True)),
    "repeated": Count("pk", filter=Q(judged_at__isnull=False, repeated_by__isnull=False)),
    "waiting": Count("pk", filter=Q(judged_at__isnull=True)),
}


def total(person: Person, asked: Asked) -> Satisfaction:
    """All of it together; one statement."""
    return Satisfaction(**_surveys(person, asked).aggregate(**_SUMS))


def groups(person: Person, asked: Asked, by: str) -> list[Satisfaction]:
    """Told apart, the most asked first; two statements."""
    rows = list(_surveys(person, asked).values(by).annotate(**_SUMS).order_by("-invited", by)[:200])
    known = _known(by, [row[by] for row in rows])
    return [
        Satisfaction(
            known.get(row[by], _NOBODY)[0],
            row[by],
            known.get(row[by], _NOBODY)[1],
            **{n: row[n] for n in _SUMS},
        )
        for row in rows
    ]


def first_time(person: Person, asked: Asked) -> FirstTime:
    """Both figures together; two statements."""
    return FirstTime("", None, said=total(person, asked), **_touches(person, asked).aggregate(**_JUDGED))


def first_time_groups(person: Person, asked: Asked, by: str) -> list[FirstTime]:
    """Both figures side by side; four statements at most."""
    said = {row.key: row for row in groups(person, asked, by)}
    rows = _touches(person, asked).values(by).annotate(**_JUDGED, whole=Count("pk")).order_by("-whole", by)
    judged = {row[by]: {name: row[name] for name in _JUDGED} for row in rows[:200]}
    keys = list(dict.fromkeys([*judged, *said]))
    known = _known(by, keys)
    return [
        FirstTime(
            known.get(key, _NOBODY)[0], key, known.get(key, _NOBODY)[1], said=said.get(key, Satisfaction()),
            **judged.get(key, {}),
        )
        for key in keys
    ]  # fmt: skip


def _surveys(person: Person, asked: Asked) -> QuerySet[Survey]:
    rows = Survey.objects.within(person.visible_paths(SEE)).invited()
    return rows.filter(asked.of("invited_at")).order_by()


def _touches(person: Person, asked: Asked) -> QuerySet[Touch]:
    rows = Touch.objects.within(person.visible_paths(SEE)).filter(is_served=True)
    return rows.filter(asked.of("ended_at")).order_by()


def _known(by: str, keys: list[Any]) -> dict[Any, tuple[str, str]]:
    """The name of each, and what narrows a list to it."""
    if by == "sort":
        return {key: (str(SORT_NAMES[Sort(key)]), f"sort={key}") for key in keys}
    model: Any = _NAMED[by]
    rows = model.objects.filter(pk__in=[key for key in keys if key])
    return {row.pk: (str(row), f"{by}={row.code if by == 'unit' else row.pk}") for row in rows}
