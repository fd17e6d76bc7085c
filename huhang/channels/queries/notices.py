"""Which notices are whose."""

from django.db.models import Q, QuerySet

from huhang.channels.models import Notice
from huhang.network.models import OrgUnit, Person

# Beyond this the bell says "99+" and stops counting.
COUNTED_AT_MOST = 99
# Who may look at the cases of a subtree may also see what its units were told.
BELOW = "desk.see"


def own_units(person: Person) -> list[OrgUnit]:
    """Where somebody works or holds a role, and may see cases: the units whose notices are theirs to act on."""
    theirs = Q(grants__person=person) | Q(pk=person.home_id)
    found = OrgUnit.objects.filter(theirs).distinct().order_by("path")
    return [unit for unit in found if person.may(BELOW, unit.path)]


def mine(person: Person, units: list[OrgUnit]) -> QuerySet[Notice]:
    """To the person, or to the person's unit as a whole."""
    unit = Q(path__in=[u.path for u in units], person__isnull=True)
    return Notice.objects.filter(Q(person=person) | unit)


def visible(person: Person, units: list[OrgUnit]) -> QuerySet[Notice]:
    """All that may be opened: one's own, and those of every unit below one's permission."""
    allowed = Q(person=person) | Q(path__in=[u.path for u in units], person__isnull=True)
    for path in person.visible_paths(BELOW):
        allowed |= Q(path__startswith=path)
    return Notice.objects.filter(allowed)


def unread(person: Person, units: list[OrgUnit]) -> int:
    """How many are waiting, counted on the unread indexes up to one more than the bell shows."""
    return mine(person, units).filter(read_at__isnull=True)[: COUNTED_AT_MOST + 1].count()


def topics(person: Person, units: list[OrgUnit]) -> list[str]:
    """What the bell listens for: only what rings it, never a whole subtree."""
    return [person_ref(person), *(unit_ref(unit) for unit in units)]


def person_ref(person: Person) -> str:
    return f"person-{person.pk}"


def unit_ref(unit: OrgUnit) -> str:
    return f"unit-{unit.code}"
