"""Cases as a list shows them: just what its columns ask for, as plain rows without models in between."""

from collections import namedtuple
from collections.abc import Iterable
from functools import cache
from typing import Any

from huhang.desk.models.ticket import TicketQuerySet
from huhang.kit import hot

# What every row needs for itself, whatever its columns are.
OF_EVERY_ROW = ("no", "state", "owner_id")


def lines(rows: TicketQuerySet, reads: Iterable[str]) -> list[Any]:
    """The rows with the fields that are read of them, by their names as in a query: `line.at_unit__name`."""
    names = tuple(dict.fromkeys((*OF_EVERY_ROW, *reads)))
    line = _line(names)
    return [line(*found) for found in hot.values(rows.values_list(*names))]


@cache
def _line(names: tuple[str, ...]) -> Any:
    return namedtuple("Line", names)
