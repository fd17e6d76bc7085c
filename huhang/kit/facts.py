"""Facts about this installation as a whole, remembered by each process for half a minute."""

import time
from typing import Any

from huhang.kit.models import Fact

REMEMBERED_FOR = 30.0
# key → (until when this process believes it, what it read)
_known: dict[str, tuple[float, Any]] = {}


def get(key: str) -> Any:
    """The value, or None. Another process's `put` is seen within half a minute."""
    until, value = _known.get(key, (0.0, None))
    if time.monotonic() < until:
        return value
    value = Fact.objects.filter(pk=key).values_list("value", flat=True).first()
    _known[key] = (time.monotonic() + REMEMBERED_FOR, value)
    return value


def put(key: str, value: Any) -> None:
    """Remember a fact; None forgets it."""
    if value is None:
        Fact.objects.filter(pk=key).delete()
    else:
        Fact.objects.update_or_create(pk=key, defaults={"value": value})
    forget()


def forget() -> None:
    """Read again at the next question (tests, and after a restore)."""
    _known.clear()
