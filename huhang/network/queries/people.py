"""People and what they were granted."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from huhang.kit import hot
from huhang.kit.errors import NotFound
from huhang.network.models import Grant, OrgUnit, Person, under

SEE = "network.see"
_NAMED = "SELECT username, display_name FROM network_person WHERE username = ANY(%(usernames)s::varchar[])"


def visible(person: Person) -> QuerySet[Person]:
    """People whose unit one may see; those without a unit only by who sees everything."""
    paths = person.visible_paths(SEE)
    everybody = Q() if "/" in paths else Q(pk__in=[])
    seen = Person.objects.filter(everybody | under(paths, "home__path")) if paths else Person.objects.none()
    return seen.select_related("home")


def found(person: Person, *, term: str = "", role: str = "", unit: OrgUnit | None = None) -> QuerySet[Person]:
    rows = visible(person).prefetch_related("grants__unit").order_by("home__path", "username")
    if term:
        match = Q(display_name__icontains=term) | Q(username__istartswith=term) | Q(phone=term)
        rows = rows.filter(match)
    if role:
        rows = rows.filter(pk__in=Grant.objects.filter(role=role).values("person"))
    return rows.filter(under([unit.path], "home__path")) if unit else rows


def names_of(usernames: Iterable[str]) -> dict[str, str]:
    """What people are called, by user name; of whom nobody knows a name, the user name itself."""
    asked = [*{*usernames} - {""}]
    named = hot.rows(_NAMED, {"usernames": asked}) if asked else ()
    return {username: display_name or username for username, display_name in named}


def get(person: Person, username: str) -> Person:
    seen = visible(person).filter(username=username).first()
    if seen is None:
        raise NotFound
    return seen
