"""The port of an account: an adapter that also hears what customers write, not only sends.

A vendor's adapter is a folder in `channels/adapters/` whose class is made with the account's settings (strings, secrets
among them), a wire to the vendor and a shelf for its access token, and satisfies `Vendor`.
"""

from typing import Protocol

from huhang.channels.rules.gateway import Gateway
from huhang.channels.rules.incoming import Pulled, Reading
from huhang.channels.rules.matter import Media
from huhang.channels.rules.wire import Callback


class Vendor(Gateway, Protocol):
    """One account at one vendor: a gateway that is also called back."""

    def read(self, callback: Callback) -> Reading:
        """Check and translate a callback. Raises Forged or Unreadable; talks to nobody."""
        ...

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """The page after the cursor of what waits at a door. Raises GatewayAway; nothing to pull: an empty page."""
        ...

    def fetch(self, ref: str) -> Media:
        """The bytes behind a reference. Raises GatewayAway or GatewayRefused (too old, too large)."""
        ...


class LineVendor(Vendor, Protocol):
    """An account that keeps a line open: `collect` holds it for this process, if no other one does."""

    def close(self) -> None:
        """Let go of the line, if this process holds it."""
        ...
