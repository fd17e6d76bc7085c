"""What decisions stand on, kept in memory and never stale: tables that are read often and changed rarely.

A migration watches a table with `SELECT kit_watch_ground_v1('desk_clockpolicy')`. From then on every change, also
one by hand, moves its version in the same transaction. `standing` reads the versions; what was loaded under other
ones is loaded again. Read the standing first and load after it, so that what is kept is never older than its name.
A door that reads a row of its own anyhow reads the standing beside it (`STANDING`) and hands it on as `at`; whoever
changes the ground themselves reads it again.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from huhang.kit import hot

T = TypeVar("T")
# A column for any statement.
STANDING = "(SELECT coalesce(string_agg(key || '=' || version, ' ' ORDER BY key), '') FROM kit_ground)"
_known: dict[str, tuple[str, object]] = {}


def standing() -> str:
    """The versions of all watched tables, as this transaction sees them."""
    found = hot.row(f"SELECT {STANDING}", {})
    return str(found[0]) if found else ""


def known(what: str, at: str, load: Callable[[], T]) -> T:
    """What `load` reads, loaded once in this process for each standing; not to be changed by whoever gets it.

    What it refuses is not kept, so that a name from outside takes room only when there is such a thing.
    """
    held = _known.get(what)
    if held is None or held[0] != at:
        held = _known[what] = (at, load())
    return cast(T, held[1])
