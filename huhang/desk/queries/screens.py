"""The big screens that somebody may see and switch off."""

from datetime import datetime

from django.db.models import Q, QuerySet

from huhang.desk.models import ScreenLink
from huhang.network.models import Person
from huhang.network.models.scope import under

PERMISSION = "desk.wall.screen"


def screens(person: Person, *, now: datetime) -> QuerySet[ScreenLink]:
    """Links of the units below which this person may make some; those that work first."""
    rows = ScreenLink.objects.filter(under(person.visible_paths(PERMISSION), "unit__path"))
    works = Q(revoked_at__isnull=True, expires_at__gt=now)
    return rows.select_related("unit").annotate(works=works).order_by("-works", "-created_at", "-pk")
