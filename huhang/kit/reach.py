"""How far back to look until enough is found: what the database knows of its tables, asked without looking.

Everything here is a guess, for choosing a way. An answer is complete only when it came full, or from all rows.
"""

import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any, TypeVar, cast

from django.db.models import F, Model, Q, QuerySet
from django.db.models.lookups import GreaterThanOrEqual

from huhang.kit import hot, search
from huhang.kit.search_fields import Day, OnDays

# What ANALYZE saw changes slowly.
KNOWN_FOR = 60.0
# Looking back further than this is looking at everything.
MOST = 0.5
# Chance leaves fewer than are expected by the root of them; three times that hardly ever.
CHANCE = 3.0
# So much further back until enough are found.
FURTHER = 4
# As few as these are gathered all: that is quicker than to look twice.
FEW = 4
# To read a row that lies in memory costs as much as to name so many by an index; PostgreSQL takes it for far dearer.
NAMES = 20
# To name more days than these beside words costs as much as to ask each row that the words name when it was.
MOST_DAYS = 31
_SPREAD = """
    SELECT c.reltuples::float8, s.histogram_bounds::text::timestamptz[]
    FROM pg_class c LEFT JOIN pg_stats s
      ON s.schemaname = current_schema AND s.tablename = c.relname AND s.attname = %(column)s
    WHERE c.oid = to_regclass(%(table)s)
"""
_SHARES = """
    SELECT c.reltuples::float8 * (1 - s.null_frac), s.most_common_elems::text::text[], s.most_common_elem_freqs
    FROM pg_class c JOIN pg_stats s
      ON s.schemaname = current_schema AND s.tablename = c.relname AND s.attname = %(column)s
    WHERE c.oid = to_regclass(%(table)s)
"""
_TOKEN = re.compile(r"'[^']+'(?::\*)?")


@dataclass(frozen=True, slots=True)
class Spread:
    """How many rows there are, and the moments that cut them into equal parts, oldest first."""

    rows: float
    bounds: Sequence[datetime]

    def since(self, share: float, *, before: datetime | None = None) -> datetime | None:
        """The moment after which about this share of the rows lies, of those before another; None is all of them."""
        parts = len(self.bounds) - 1
        if parts < 1:
            return None
        end = parts if before is None else self._part_of(before)
        place = end - share * parts
        if place < (1 - MOST) * end or place <= 0:
            return None
        part = min(int(place), parts - 1)
        first, last = self.bounds[part], self.bounds[part + 1]
        return first + (last - first) * (place - part)

    def after(self, moment: datetime) -> float:
        """About how many rows lie after it."""
        parts = len(self.bounds) - 1
        return self.rows * (1 - self._part_of(moment) / parts) if parts > 0 else self.rows

    def _part_of(self, moment: datetime) -> float:
        """Where among the parts a moment lies."""
        for part, (first, last) in enumerate(zip(self.bounds, self.bounds[1:], strict=False)):
            if moment < last:
                return part + max(0.0, (moment - first) / (last - first)) if last > first else float(part)
        return float(len(self.bounds) - 1)


@dataclass(frozen=True, slots=True)
class Shares:
    """How many rows have words, and of the commonest tokens the share of these rows that hold each."""

    rows: float
    known: Mapping[str, float]

    def of(self, wanted: str) -> float | None:
        """The share of rows that hold all that is looked for; None when it is rarer than what is known.

        Chinese characters in a row mostly come together, so they are as common as the rarest pair of them.
        """
        words = _words(wanted)
        if not words:
            return None
        share = 1.0
        for word in words:
            found = [self._of_token(token) for token in word]
            if not all(found):
                return None
            share *= min(found)
        return share

    def leading(self, wanted: str) -> str:
        """Of each word the rarest token, as a tsquery."""
        return " & ".join(min(word, key=self._of_token) for word in _words(wanted))

    def _of_token(self, token: str) -> float:
        name, _, star = token[1:].partition("'")
        if not star:
            return self.known.get(name, 0.0)
        return min(1.0, sum(share for known, share in self.known.items() if known.startswith(name)))


@lru_cache(maxsize=512)
def _words(wanted: str) -> list[list[str]]:
    """The tokens of each word, as a tsquery spells them."""
    return [found for word in search.tsquery_text(wanted).split(" & ") if (found := _TOKEN.findall(word))]


Known = TypeVar("Known", Spread, Shares)
_remembered: dict[tuple[str, str, str], tuple[float, Spread | Shares | None]] = {}


def spread(model: type[Model], field: str) -> Spread:
    """How the rows of a table lie in time."""
    return _told(_SPREAD, model, field, lambda rows, bounds: Spread(max(0.0, rows), bounds or ())) or Spread(
        0.0, ()
    )


def shares(model: type[Model], field: str) -> Shares:
    """How common words are in a search field."""
    return _told(_SHARES, model, field, _shares) or Shares(0.0, {})


def _shares(rows: float, tokens: list[str] | None, frequencies: list[float] | None) -> Shares:
    return Shares(max(0.0, rows), dict(zip(tokens or (), frequencies or (), strict=False)))


def _told(statement: str, model: type[Model], field: str, made: Callable[..., Known]) -> Known | None:
    """What is known of a column, remembered for a while."""
    table, column = model._meta.db_table, str(getattr(model._meta.get_field(field), "column", field))
    key = (statement, table, column)
    until, known = _remembered.get(key, (0.0, None))
    if until < time.monotonic():
        row = hot.row(statement, {"table": table, "column": column})
        known = made(*row) if row else None
        _remembered[key] = (time.monotonic() + KNOWN_FOR, known)
    return cast("Known | None", known)


def back(
    known: Spread, count: float, *, wanted: int, before: datetime | None = None, looks: int | None = None
) -> Iterator[datetime | None]:
    """Since when to look for so many wanted rows of about `count` in all; the last is None, which is everything.

    All looks together cost little more than the last one. `looks` says after how many everything is sooner read, where
    a row that is looked at costs more than one that is found.
    """
    share = _enough(wanted) / count if count > FEW * wanted else 1.0
    for _ in repeat(None) if looks is None else repeat(None, looks):
        since = known.since(share, before=before)
        if since is None:
            break
        yield since
        share *= FURTHER
    yield None


def _enough(wanted: int) -> float:
    """So many are to be expected where so many are wanted."""
    return wanted + CHANCE * math.sqrt(wanted)


def later(moment: str, begin: datetime, *, known: Spread, among: float) -> Q:
    """From a moment on, asked of about `among` rows to which something else leads.

    Where these are few, each is asked when it was: to name all rows of that time by its index would cost more.
    """
    if among * NAMES < known.after(begin):
        return _asked_when(moment, begin)
    return Q(**{f"{moment}__gte": begin})


def on_days(moment: str, begin: datetime, *, known: Spread, now: datetime) -> Q | None:
    """The same where the index that leads to the rows holds their `Day` too; None where it would be too many days."""
    end = Day.of(max(now, *known.bounds[-1:])) + 1  # and the next, as no two clocks agree
    days = list(range(Day.of(begin), end + 1))
    return Q(OnDays(moment, days)) & _asked_when(moment, begin) if len(days) <= MOST_DAYS else None


def _asked_when(moment: str, begin: datetime) -> Q:
    """Said so that no index is looked for."""
    return Q(GreaterThanOrEqual(F(moment) + timedelta(), begin))


def expected(rows: "QuerySet[Any, Any]") -> float:
    """How many rows the database expects; nothing is read. Of what can be no row it is not even asked."""
    told = rows.order_by().values("pk").explain(format="json")
    return float(json.loads(told)[0]["Plan"]["Plan Rows"]) if told else 0.0
