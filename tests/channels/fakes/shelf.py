"""A shelf for one process: as the true one, it lets one renew at a time and forgets what the vendor refused."""

from collections.abc import Callable
from threading import Lock


class MemoryShelf:
    """Keeps an access token until it is called stale."""

    def __init__(self) -> None:
        self.renewed = 0
        self._held = ""
        self._lock = Lock()

    def token(self, renew: Callable[[], tuple[str, int]], *, stale: str = "") -> str:
        """The token in force; whoever comes second with the same stale one gets what the first has fetched."""
        with self._lock:
            if not self._held or self._held == stale:
                self._held, _ = renew()
                self.renewed += 1
            return self._held
