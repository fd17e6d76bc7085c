"""How often the customer's page answers: counted in Django's cache, per address and per token, by the minute.

With the cache of the settings (memory of each web process) the limits hold per process; a shared cache makes them
exact. They keep guessing and flooding down; the token's 128 bits are what keeps strangers out.
"""

import hashlib
from datetime import timedelta

from django.core.cache import cache
from django.http import HttpRequest

from huhang.kit.errors import TooManyRequests
from huhang.kit.reveal import address_of

SPAN = timedelta(minutes=1)
FROM_ADDRESS = 120
OF_TOKEN = 60
WRITES_OF_TOKEN = 10
MISSES_FROM_ADDRESS = 20


def take(request: HttpRequest, token: str) -> None:
    """Count this request; refuses (429) when address or token have asked too often."""
    if _counted("miss", address_of(request), add=0) >= MISSES_FROM_ADDRESS:
        raise TooManyRequests
    _take("address", address_of(request), FROM_ADDRESS)
    _take("token", token, OF_TOKEN)
    if request.method == "POST":
        _take("write", token, WRITES_OF_TOKEN)


def missed(request: HttpRequest) -> None:
    """Count an address that asked for something that is not there."""
    _counted("miss", address_of(request), add=1)


def _take(what: str, whose: str, at_most: int) -> None:
    if _counted(what, whose, add=1) > at_most:
        raise TooManyRequests


def _counted(what: str, whose: str, *, add: int) -> int:
    key = f"desk.progress.{what}.{hashlib.sha256(whose.encode()).hexdigest()[:32]}"
    cache.add(key, 0, timeout=SPAN.total_seconds())
    if not add:
        return int(cache.get(key, 0))
    try:
        return int(cache.incr(key, add))
    except ValueError:  # it ran out between the two calls
        return add
