"""How often a page behind a secret address answers: counted in Django's cache, by address, token and minute.

With the cache of the settings (memory of each web process) the limits hold per process; a shared cache makes them
exact. They keep guessing and flooding down; the token's 128 bits are what keeps strangers out.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.http import HttpRequest

from huhang.kit.errors import TooManyRequests
from huhang.kit.reveal import address_of

SPAN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one page, counted under its name."""

    name: str
    from_address: int = 120
    of_token: int = 60
    writes_of_token: int = 10
    misses_from_address: int = 20

    def take(self, request: HttpRequest, token: str) -> None:
        """Count this request; refuses (429) when address or token have asked too often."""
        if self._counted("miss", address_of(request), add=0) >= self.misses_from_address:
            raise TooManyRequests
        self._take("address", address_of(request), self.from_address)
        self._take("token", token, self.of_token)
        if request.method == "POST":
            self._take("write", token, self.writes_of_token)

    def missed(self, request: HttpRequest) -> None:
        """Count an address that asked for something that is not there."""
        self._counted("miss", address_of(request), add=1)

    def _take(self, what: str, whose: str, at_most: int) -> None:
        if self._counted(what, whose, add=1) > at_most:
            raise TooManyRequests

    def _counted(self, what: str, whose: str, *, add: int) -> int:
        key = f"{self.name}.{what}.{hashlib.sha256(whose.encode(errors='replace')).hexdigest()[:32]}"
        cache.add(key, 0, timeout=SPAN.total_seconds())
        if not add:
            return int(cache.get(key, 0))
        try:
            return int(cache.incr(key, add))
        except ValueError:  # it ran out between the two calls
            return add
