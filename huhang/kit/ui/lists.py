"""Lists: a page of rows without counting the whole table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

SIZE = 50
# Nobody pages further than this; a filter is the better way, and deep offsets are slow.
LAST_PAGE = 200


@dataclass(frozen=True)
class Cut:
    """One page of a list; iterating gives its rows."""

    rows: list[Any]
    number: int
    has_next: bool

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


def cut(rows: Any, request: HttpRequest, *, size: int = SIZE, read: Callable[[Any], list[Any]] = list) -> Cut:
    """The page that `?page=` asks for, of a queryset or sequence; one row more is read to know of a next."""
    number = _number(request)
    start = (number - 1) * size
    found = read(rows[start : start + size + 1])
    return Cut(found[:size], number, len(found) > size and number < LAST_PAGE)


def rows_for(request: HttpRequest, *, size: int = SIZE) -> int:
    """How many rows of a list must be known to show the page that `?page=` asks for."""
    return _number(request) * size + 1


def _number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    # `isdecimal`: a superscript two is a digit that `int` does not read, and neither is a novel of digits.
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 1
    return min(max(number, 1), LAST_PAGE)
