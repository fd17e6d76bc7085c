"""How often a program may ask: requests of one token in a minute, counted in Django's cache.

With the cache of the settings (memory of each web process) the limit holds for each process by itself; a shared
cache makes it exact. A minute begins when the clock says so.
"""

import hashlib
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

from huhang.kit.errors import TooManyRequests

SPAN = 60
_NAME = "huhang_turn"


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a token stands in its minute."""

    limit: int
    remaining: int
    resets_in: int


def take(request: HttpRequest, token: str) -> None:
    """Count a request; refuses (429) when the token has asked too often this minute."""
    limit = settings.HUHANG_API_PER_MINUTE
    if not limit:
        return
    minute, passed = divmod(time.time(), SPAN)
    used = _count(f"api.{int(minute)}.{hashlib.sha256(token.encode(errors='replace')).hexdigest()[:32]}")
    setattr(request, _NAME, Turn(limit, max(0, limit - used), max(1, int(SPAN - passed))))
    if used > limit:
        raise TooManyRequests


def _count(key: str) -> int:
    cache.add(key, 0, timeout=SPAN)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two calls
        return 1


def say(request: HttpRequest, response: HttpResponseBase) -> None:
    """How often this token may still ask, by the header names of draft-ietf-httpapi-ratelimit-headers."""
    turn: Turn | None = getattr(request, _NAME, None)
    if turn is None:
        return
    response["RateLimit-Limit"] = str(turn.limit)
    response["RateLimit-Remaining"] = str(turn.remaining)
    response["RateLimit-Reset"] = str(turn.resets_in)
    if response.status_code == TooManyRequests.status:
        response["Retry-After"] = str(turn.resets_in)
