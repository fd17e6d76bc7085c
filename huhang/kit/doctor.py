"""The registry of health checks: rooms say what they can verify about themselves, `huhang doctor` asks them all.

    @check("扫描日志")
    def log_is_complete() -> Finding:
        return fine("…") or trouble("…")

Checks are registered in a room's `tasks`, `listeners` or `measures`, which are imported at start.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing, and whether a person must act."""

    is_well: bool
    sentence: str


Check = Callable[[], Finding | Iterable[Finding]]
C = TypeVar("C", bound=Check)
checks: dict[str, Check] = {}


def check(name: str) -> Callable[[C], C]:
    """Register a check under the name people read; it returns one finding or several."""

    def register(function: C) -> C:
        checks[name] = function
        return function

    return register


def fine(sentence: str) -> Finding:
    return Finding(True, sentence)


def trouble(sentence: str) -> Finding:
    return Finding(False, sentence)
