"""Entrances as people see them: their own, and those of the units below."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from huhang.channels.models import Entrance
from huhang.channels.rules.conversation import Stage
from huhang.kit.languages import shown
from huhang.network.models import Person, under

SEE = "channels.see"


def entrances(person: Person) -> "QuerySet[Entrance]":
    """Entrances in this person's reach, with how many talks are open at each."""
    return (
        Entrance.objects.filter(under(person.visible_paths(SEE)))
        .select_related("account", "queue", "calendar", "unit")
        .annotate(talks=Count("conversations", filter=~Q(conversations__stage=Stage.CLOSED)))
        .order_by("kind", "name")
    )


def reachable(person: Person, key: str, permission: str = SEE) -> Entrance | None:
    """The entrance of this key if it lies in the person's reach for this permission."""
    found = Entrance.objects.filter(under(person.visible_paths(permission)), key=key)
    return found.select_related("account", "queue", "calendar", "unit").first()


def closed_words(entrance: Entrance, opens: datetime) -> str:
    """What a customer reads while nobody is there, in the reader's language; people come again at `opens`."""
    # Whoever edits it may write any braces: only this name is filled in.
    return shown(entrance.closed_words).replace("{opens}", f"{timezone.localtime(opens):%m-%d %H:%M}")
