"""Hot statements: written by hand, planned once per connection, answered as plain tuples."""

from typing import Any

import orjson
from django.db import connection
from django.db.models import Model


def rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement with `%(name)s` places; inside the caller's transaction if there is one."""
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
    """JSON as PostgreSQL reads it; a money amount or another exact number as text."""
    return orjson.dumps(value, default=str).decode()
