"""Whose program is calling."""

from datetime import datetime

from huhang.network.models import Person
from huhang.network.rules.tokens import digest_of


def person_of_token(token: str, now: datetime) -> Person | None:
    """The active person of a token that has not expired."""
    return Person.objects.filter(
        tokens__digest=digest_of(token), tokens__expires_at__gt=now, is_active=True
    ).first()
