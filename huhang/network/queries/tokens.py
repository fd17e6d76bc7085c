"""Whose program is calling."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from huhang.kit import ground, hot
from huhang.network.models import ApiToken, Person
from huhang.network.queries.acting import COLUMNS, GRANTED, with_grants
from huhang.network.rules.tokens import digest_of

MINUTE = timedelta(minutes=1)
# Asked by every request of a program: the token, its person, what was granted to them and what all decisions
# stand on, at once.
_WHOSE = (
    """
    SELECT t.id, t.scopes, t.used_at, g.roles, g.paths, {standing}, {columns}
    FROM network_apitoken t JOIN network_person p ON p.id = t.person_id AND p.is_active CROSS JOIN {granted}
    WHERE t.digest = %(digest)s AND t.expires_at > %(now)s
""".replace("{standing}", ground.STANDING)
    .replace("{columns}", COLUMNS)
    .replace("{granted}", GRANTED)
)


class Caller(NamedTuple):
    """For whom a program calls, and the standing of the ground as it came in."""

    person: Person
    standing: str


def person_of_token(token: str, now: datetime) -> Caller | None:
    """The active person of a token that has not expired, as narrow as the token; one statement, once a minute two."""
    found = hot.row(_WHOSE, {"digest": digest_of(token), "now": now})
    if found is None:
        return None
    key, scopes, used_at, roles, paths, standing, *columns = found
    if used_at is None or used_at < now - MINUTE:
        stale = Q(used_at__isnull=True) | Q(used_at__lt=now - MINUTE)
        ApiToken.objects.filter(stale, pk=key).update(used_at=now)
    person = with_grants(columns, roles, paths)
    person.acts_within = frozenset(scopes)
    return Caller(person, standing)
