"""Entrances at which a person takes down what somebody tells them: the counter, the telephone, the regulator's mail."""

from dataclasses import dataclass

from huhang.channels.models import Entrance
from huhang.channels.rules.entrances import EntranceKind
from huhang.desk.rules.kinds import Priority
from huhang.kit.errors import BadInput
from huhang.network.models import Person
from huhang.network.models.scope import under
from huhang.network.rules.tree import above

TAKEN_DOWN = (EntranceKind.OUTLET_DESK, EntranceKind.HOTLINE, EntranceKind.REGULATOR)


class NoSuchEntrance(BadInput):
    """没有这个入口，或不在您的权限范围内。"""


@dataclass(frozen=True, slots=True)
class From:
    """What an entrance says about a case; an appeal that a regulator passed on is urgent, whichever one it was."""

    entrance: str = ""
    customer_class: str = ""
    priority: Priority = Priority.NORMAL


def entrances_for(person: Person) -> list[Entrance]:
    """Those of the units that this person opens cases at, and of the units above their own."""
    home = above(person.home.path) if person.home else []
    here = under(person.visible_paths("desk.open"))
    rows = Entrance.objects.filter(is_active=True, kind__in=TAKEN_DOWN)
    found = {row.pk: row for row in [*rows.filter(here), *rows.filter(path__in=home)]}
    return sorted(found.values(), key=lambda row: (TAKEN_DOWN.index(EntranceKind(row.kind)), row.name))


def come_by(person: Person, key: str) -> From:
    """What is stored of the entrance of this key; nothing where none was named."""
    if not key:
        return From()
    row = next((row for row in entrances_for(person) if row.key == key), None)
    if row is None:
        raise NoSuchEntrance(entrance=key)
    if row.kind == EntranceKind.REGULATOR:
        return From(EntranceKind.REGULATOR, row.customer_class, Priority.URGENT)
    return From(row.key, row.customer_class)
