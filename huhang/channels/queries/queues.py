"""Queues as people see them: their own, and those of the units below."""

from django.db.models import Count, Q, QuerySet

from huhang.channels.models import ServiceQueue
from huhang.channels.queries.entrances import SEE
from huhang.network.models import Person, under


def queues(person: Person) -> "QuerySet[ServiceQueue]":
    """Queues in this person's reach, with the open entrances that lead to each."""
    leading = Count("entrances", filter=Q(entrances__is_active=True))
    rows = ServiceQueue.objects.filter(under(person.visible_paths(SEE))).select_related("unit")
    return rows.annotate(open_entrances=leading).order_by("-is_active", "rank", "name")


def reachable(person: Person, key: str, permission: str) -> ServiceQueue | None:
    """The queue of this key if it lies in the person's reach for this permission."""
    return ServiceQueue.objects.filter(under(person.visible_paths(permission)), key=key).first()


def skills(person: Person) -> list[str]:
    """What is asked for already: so that one skill keeps one name."""
    named = queues(person).exclude(skill="").order_by("skill").values_list("skill", flat=True)
    return list(dict.fromkeys(named))
