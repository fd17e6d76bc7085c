"""The column that holds search tokens, asked by `Customer.objects.filter(search__matches="张三 5678")`; and what stands
beside words in one inverted index."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Field, Func, IntegerField, Lookup, Value
from django.db.models.sql.compiler import SQLCompiler

from huhang.kit import search

NUMBERS: Field[Any, Any] = ArrayField(IntegerField())
A_DAY = 86_400


class SearchField(SearchVectorField[Any, Any]):
    """Written as `search.tsvector_text(…)` by the action that writes the texts; index it by `GinIndex`."""


class Meet(Func):
    """Have two arrays anything in common?"""

    template = "%(expressions)s"
    arg_joiner = " && "
    output_field = BooleanField()


class Day(Func):
    """The day of a moment, counted in UTC from 1970, as an array of one: an inverted index can hold it beside words."""

    template = f"ARRAY[floor(extract(epoch FROM %(expressions)s AT TIME ZONE 'UTC') / {A_DAY})::int]"
    output_field = NUMBERS

    @staticmethod
    def of(moment: datetime) -> int:
        """The same of a moment that is at hand."""
        return int(moment.timestamp() // A_DAY)


class OnDays(Meet):
    """Is a moment on one of these days?"""

    def __init__(self, moment: str, days: list[int]) -> None:
        super().__init__(Day(moment), Value(days, output_field=NUMBERS))


@SearchField.register_lookup
class Matches(Lookup[Any]):
    """Every word of the given text is in the row; words without anything searchable match nothing."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", (*parameters, search.tsquery_text(str(self.rhs)))


@SearchField.register_lookup
class Holds(Matches):
    """The same, asked of each row that something else has found: said so that no index is looked for."""

    lookup_name = "holds"

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        asked, parameters = super().as_sql(compiler, connection)
        return f"COALESCE({asked}, false)", parameters


@SearchField.register_lookup
class Led(Lookup[Any]):
    """The same, led by one token of each word: (what leads, as a tsquery, and the whole text).

    The database takes the pairs of a Chinese phrase for strangers and so expects far too few rows; of one pair it
    knows better. The rest is only asked of what that one finds.
    """

    lookup_name = "led"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        leading, wanted = self.rhs
        whole = search.tsquery_text(str(wanted))
        if leading == whole:
            return f"{column} @@ %s::tsquery", (*parameters, whole)
        return (
            f"({column} @@ %s::tsquery AND COALESCE({column} @@ %s::tsquery, false))",
            (*parameters, leading, *parameters, whole),
        )
