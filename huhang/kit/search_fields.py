"""The column that holds search tokens, asked by `Customer.objects.filter(search__matches="张三 5678")`."""

import re
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Model
from django.db.models.sql.compiler import SQLCompiler

from huhang.kit import hot, search


class SearchField(SearchVectorField[Any, Any]):
    """Written as `search.tsvector_text(…)` by the action that writes the texts; index it by `GinIndex`."""


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


# A word in so many of the rows is common.
COMMON = 0.05
# What ANALYZE saw: the commonest tokens of a column, each with the share of rows that hold it.
_SHARES = """
    SELECT asked.token, coalesce(max(seen.share), 0)
    FROM unnest(%(tokens)s::text[]) AS asked (token)
    LEFT JOIN (
        SELECT seen.token, seen.share
        FROM pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS seen (token, share)
        WHERE s.schemaname = current_schema AND s.tablename = %(table)s AND s.attname = %(column)s
    ) seen ON seen.token = asked.token
        OR (right(asked.token, 1) = '*' AND starts_with(seen.token, rtrim(asked.token, '*')))
    GROUP BY asked.token
"""
_TOKEN = re.compile(r"'([^']+)'(?::(\*))?")


def is_common(model: type[Model], column: str, wanted: str) -> bool:
    """Do many rows hold all of these words, as far as the database knows? For choosing a way, never an answer."""
    tokens = [token + star for token, star in _TOKEN.findall(search.tsquery_text(wanted))]
    asked = {"tokens": tokens, "table": model._meta.db_table, "column": column}
    shares = [share for _, share in hot.rows(_SHARES, asked)] if tokens else []
    return bool(shares) and min(shares) >= COMMON
