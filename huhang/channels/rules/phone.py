"""The port of a switch: a conversation over one connection, of which we know the words and not the socket."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from huhang.channels.rules.calls import CallEvent

# The switches that we ring up ourselves: they tell us what happens, and take commands.
COMMANDED = ("esl", "ami")
# All by which calls become known to us.
SWITCHES = (*COMMANDED, "call_http")
# What may stand in a command to a switch: a number, an extension, a queue. Never a space, a comma, a line's end.
_WORD = re.compile(r"[0-9A-Za-z_.@+*#/-]{1,100}\Z")


class SwitchRefused(Exception):
    """The switch does not let us in, or does not take a command: trying again the same way is of no use."""


class NotAWord(ValueError):
    """This cannot stand in a command to a switch."""


class Session(Protocol):
    """One connection to a switch, without the connection: bytes in, bytes out, and what was told in between."""

    # Are we let in and hearing?
    is_ready: bool

    def receive(self, data: bytes, *, now: datetime) -> Iterable[CallEvent]:
        """What these bytes tell; half a frame waits for its other half. Raises SwitchRefused or Unreadable."""
        ...

    def to_send(self) -> bytes:
        """What waits to be sent, taken at once."""
        ...

    def keep_alive(self) -> None:
        """Ask for a sign of life."""
        ...

    def call(self, extension: str, number: str, *, key: str) -> None:
        """Ring a telephone of ours and, when it is taken, the number. `key` names the call."""
        ...

    def pause(self, agent: str, *, reason: str = "") -> None:
        """Give this agent no calls for now."""
        ...

    def resume(self, agent: str) -> None: ...

    def transfer(self, call_id: str, extension: str) -> None: ...


def word(text: str) -> str:
    """The text, if it can do no harm in a command."""
    if not _WORD.match(text):
        raise NotAWord(text[:40])
    return text
