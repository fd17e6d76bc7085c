"""Who acts: a person with everything that was granted to them, in one statement."""

from collections.abc import Iterable
from typing import Any

from huhang.kit import hot
from huhang.network.models import Grant, OrgUnit, Person
from huhang.network.rules.roles import Held

COLUMNS, HOME = hot.columns(Person, "p"), hot.columns(OrgUnit, "h")
# Everything granted to `p`: the roles and, in the same order, the paths over which they are held.
GRANTED = """
    LATERAL (
        SELECT array_agg(g.role) AS roles, array_agg(u.path) AS paths
        FROM network_grant g JOIN network_orgunit u ON u.id = g.unit_id
        WHERE g.person_id = p.id
    ) g
"""
_SIGNED_IN = """
    SELECT g.roles, g.paths, {columns}
    FROM network_person p LEFT JOIN network_orgunit h ON h.id = p.home_id CROSS JOIN {granted}
    WHERE p.id = %(person)s
""".replace("{columns}", f"{COLUMNS}, {HOME}").replace("{granted}", GRANTED)
_WIDTH = len(Person._meta.concrete_fields)


def signed_in(key: int) -> Person | None:
    """The person of a session, with their home."""
    found = hot.row(_SIGNED_IN, {"person": key})
    if found is None:
        return None
    roles, paths, *columns = found
    person = with_grants(columns[:_WIDTH], roles, paths)
    if person.home_id is not None:
        person.home = hot.made(OrgUnit, columns[_WIDTH:])
    return person


def know_grants(people: Iterable[Person]) -> None:
    """Read by one statement what was granted to all of them; asked what they may, each would read their own."""
    asked = list(people)
    granted: dict[int, list[Held]] = {person.pk: [] for person in asked}
    for key, role, path in Grant.objects.filter(person__in=granted).values_list(
        "person", "role", "unit__path"
    ):
        granted[key].append(Held(role, path))
    for person in asked:
        person.held = granted[person.pk]


def with_grants(columns: list[Any], roles: list[str] | None, paths: list[str] | None) -> Person:
    """A person of the columns of their row, and what was granted to them."""
    person = hot.made(Person, columns)
    person.held = [Held(role, path) for role, path in zip(roles or (), paths or (), strict=True)]
    return person
