"""The 1 % list: who was not satisfied, who calls them back until when, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from huhang.kit.errors import NotFound
from huhang.network.models import Person
from huhang.quality.models import CallBack, Survey, Touch
from huhang.quality.queries.asked import SEE, Asked

CALL_BACK = "quality.call_back"
SHOWN = {"open": _("待回访"), "mine": _("我的"), "done": _("已回访"), "all": _("全部")}
WHAT = {"": _("全部不满意"), "bad": _("打 1–2 分"), "unsolved": _("没有解决")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them."""

    show: str = "open"
    what: str = ""
    agent: int | None = None
    entrance: int | None = None
    sort: str = ""

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> "Wanted":
        show, what = str(query.get("show", "")), str(query.get("what", ""))
        return cls(
            show=show if show in SHOWN else "open", what=what if what in WHAT else "",
            agent=_number(query.get("agent")), entrance=_number(query.get("entrance")), sort=str(query.get("sort", "")),
        )  # fmt: skip


def rows(person: Person, asked: Asked, wanted: Wanted) -> QuerySet[Survey]:
    """Those in reach: what is owed by its deadline, what is done by when it was answered; two statements."""
    found = Survey.objects.within(person.visible_paths(SEE)).unhappy()
    found = _chosen(found, wanted)
    if wanted.show in ("open", "mine"):
        # What is owed is owed whatever time one looks at.
        found = found.filter(call_back__done_at__isnull=True)
        found = found.filter(path__startswith=asked.unit.path) if asked.unit else found
        if wanted.show == "mine":
            found = found.filter(call_back__ticket__owner=person)
        ordered = found.order_by(
            F("call_back__ticket__next_due_at").asc(nulls_last=True), "answered_at", "pk"
        )
    else:
        found = found.filter(asked.of("answered_at" if wanted.show == "done" else "invited_at"))
        if wanted.show == "done":
            found = found.filter(call_back__done_at__isnull=False)
        ordered = found.order_by("-answered_at", "-pk")
    return _with_all(ordered)


def _chosen(found: Any, wanted: Wanted) -> Any:
    if wanted.what == "bad":
        found = found.filter(score__lte=2)
    elif wanted.what == "unsolved":
        found = found.filter(is_solved=False)
    for name in ("agent", "entrance", "sort"):
        value = getattr(wanted, name)
        found = found.filter(**{name: value}) if value else found
    return found


def _with_all(found: QuerySet[Survey]) -> QuerySet[Survey]:
    touches = Touch.objects.select_related("ticket", "conversation__contact", "call").order_by("pk")
    return found.select_related(
        "call_back__ticket__owner", "call_back__done_by", "agent", "entrance", "unit"
    ).prefetch_related(Prefetch("touches", queryset=touches))  # fmt: skip


def open_count(person: Person) -> int:
    """How many wait; a few hundred at most are counted."""
    found = Survey.objects.within(person.visible_paths(SEE)).unhappy().filter(call_back__done_at__isnull=True)
    return found.order_by()[:999].count()


def call_back(person: Person, call_back_id: int, permission: str = SEE) -> CallBack:
    """The call-back in somebody's reach; NotFound otherwise."""
    surveys = Survey.objects.within(person.visible_paths(permission))
    row = (
        CallBack.objects.filter(pk=call_back_id, survey__in=surveys)
        .select_related("survey", "ticket")
        .first()
    )
    if row is None:
        raise NotFound(call_back=call_back_id)
    return row


def survey(person: Person, survey_id: int) -> Survey:
    """The survey in somebody's reach; NotFound otherwise."""
    row = _with_all(Survey.objects.within(person.visible_paths(SEE))).filter(pk=survey_id).first()
    if row is None:
        raise NotFound(survey=survey_id)
    return row


def _number(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
