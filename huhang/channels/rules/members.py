"""Who is signed in at a website of ours, as that site says: a JSON Web Token (RFC 7519), HS256 by its own key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

# What is signed for longer would outlive the sign-in that it speaks of.
HOLDS_AT_MOST = timedelta(days=1)
LONGEST, LONGEST_NUMBER, LONGEST_NAME = 4000, 120, 80


@dataclass(frozen=True, slots=True)
class Member:
    """`number` is theirs alone at every site of the house; the phone is one that the site has verified."""

    number: str
    phone: str = ""
    name: str = ""


def member_of(token: str, key: str, *, now: datetime) -> Member | None:
    """Who the token speaks of; None when it is not signed by this key, is over, or holds for too long."""
    if not key or len(token) > LONGEST:
        return None
    try:
        claims = jwt.decode(
            token, key, algorithms=["HS256"], options={"require": ["sub", "exp"], "verify_exp": False}
        )
    except jwt.InvalidTokenError:
        return None
    number, ends = _text(claims, "sub", LONGEST_NUMBER), claims["exp"]
    if not number or type(ends) is not int or not now.timestamp() < ends <= (now + HOLDS_AT_MOST).timestamp():
        return None
    return Member(number, _text(claims, "phone", LONGEST_NUMBER), _text(claims, "name", LONGEST_NAME))


def _text(claims: dict[str, Any], name: str, longest: int) -> str:
    value = claims.get(name, "")
    return value.strip()[:longest] if isinstance(value, str) and "\x00" not in value else ""
