"""The contacts behind first-time resolution: which customers came again, and by what."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from huhang.network.models import Person
from huhang.quality.models import Touch
from huhang.quality.queries.asked import SEE, Asked

WHICH = {"repeated": _("又来一次"), "once": _("没有再来"), "waiting": _("观察中"), "all": _("全部")}


def rows(
    person: Person, asked: Asked, which: str, *, agent: int | None = None, entrance: int | None = None, sort: str = ""
) -> QuerySet[Touch]:  # fmt: skip
    """Contacts that ended in this time, the latest first; one statement."""
    found = Touch.objects.within(person.visible_paths(SEE)).filter(asked.of("ended_at"), is_served=True)
    if which == "repeated":
        found = found.filter(repeated_by__isnull=False)
    elif which == "once":
        found = found.filter(repeated_by__isnull=True, judged_at__isnull=False)
    elif which == "waiting":
        found = found.filter(repeated_by__isnull=True, judged_at__isnull=True)
    for name, value in (("agent", agent), ("entrance", entrance), ("sort", sort)):
        found = found.filter(**{name: value}) if value else found
    return found.select_related(
        "ticket", "conversation__contact", "call__report", "agent", "entrance", "unit", "survey",
        "repeated_by__ticket", "repeated_by__conversation", "repeated_by__call", "repeated_by__entrance",
    ).order_by("-ended_at", "-pk")  # fmt: skip
