"""Hot statements: written by hand, planned once per connection, answered as plain tuples."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, DataError, connection
from django.db.models import Model, QuerySet
from psycopg.types.datetime import TimestamptzLoader

M = TypeVar("M", bound=Model)

ESCAPED_NUL = "\\u0000"
# A backslash that is itself escaped begins no escape.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def rows(statement: str, values: dict[str, Any] | list[Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement with `%(name)s` or `%s` places; inside the caller's transaction if there is one."""
    with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def row(statement: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = rows(statement, values)
    return found[0] if found else None


def columns_of(row: Model) -> dict[str, Any]:
    """A row as its columns, to be written by a statement that takes rows as JSON."""
    return {str(field.column): getattr(row, field.attname) for field in row._meta.concrete_fields}


def as_json(value: Any) -> str:
    """JSON as PostgreSQL reads it; a money amount or another exact number as text.

    Refuses (DataError) the one character that no table keeps before PostgreSQL does, which would spoil the
    transaction of whoever asked.
    """
    text = orjson.dumps(value, default=str).decode()
    if ESCAPED_NUL in text and _NUL.search(text):
        raise DataError("a text with NUL cannot be kept")
    return text


def values(asked: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """What a `values_list` asks for, as plain tuples read in C; planned each time, since its words decide the plan."""
    try:
        sql, parameters = asked.query.sql_with_params()
    except EmptyResultSet:  # asked for what cannot be: Django knows without asking
        return []
    with connection.cursor() as cursor:
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def first(model: type[M], where: str, given: dict[str, Any]) -> M | None:
    """The first row of a table that fits a condition of ours with `%(name)s` places, as a model."""
    found = row(_select(model, where), given)
    return made(model, found) if found else None


def columns(model: type[Model], of: str) -> str:
    """All columns of a table that a statement of ours calls `of`."""
    return ", ".join(f'{of}."{field.column}"' for field in model._meta.concrete_fields)


def made(model: type[M], found: Sequence[Any]) -> M:
    """A model of all its columns; one with JSON in it needs a `Reading`."""
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in model._meta.concrete_fields], found)


@cache
def _select(model: type[Model], where: str) -> str:
    return " ".join(
        ("SELECT", columns(model, "r"), "FROM", model._meta.db_table, "r WHERE", where, "LIMIT 1")
    )
