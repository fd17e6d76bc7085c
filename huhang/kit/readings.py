"""Reads that pages repeat: composed by the ORM once in a process, planned by PostgreSQL once per connection.

    STEPS = Reading(lambda: Step.objects.filter(ticket=Given("ticket")).select_related("unit"))
    steps = STEPS.rows(ticket=case.pk)

The rows are models as the queryset itself would give. Without this, composing such a statement and planning it costs
several times what answering it does.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators

from huhang.kit import hot

M = TypeVar("M", bound=Model)


class Given(Expression):
    """A place in a reading for a value that is known when it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Reading(Generic[M]):
    """A queryset with places in it. It may join (`select_related`) and slice, but not annotate or prefetch."""

    def __init__(self, compose: Callable[[], QuerySet[M]]) -> None:
        self._compose = compose

    def rows(self, **given: Any) -> list[M]:
        """What it finds with these values in its places."""
        sql, places, as_models = self._composed
        return as_models(hot.rows(sql, [given[p.name] if isinstance(p, Given) else p for p in places]))

    def first(self, **given: Any) -> M | None:
        """The first row, or None; say `[:1]` in the queryset when there may be more."""
        found = self.rows(**given)
        return found[0] if found else None

    @cached_property
    def _composed(self) -> tuple[str, tuple[Any, ...], Callable[[list[tuple[Any, ...]]], list[M]]]:
        compiler = self._compose().query.get_compiler(connection=connection)
        sql, places = compiler.as_sql()
        return sql, places, _maker(compiler)


def _maker(compiler: Any) -> Callable[[list[tuple[Any, ...]]], list[Any]]:
    """What makes models of rows, as Django's own `ModelIterable` does."""
    select, of = compiler.select, compiler.klass_info
    start, end = of["select_fields"][0], of["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    related = get_related_populators(of, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    converters = compiler.get_converters([column[0] for column in select])

    def as_models(rows: list[tuple[Any, ...]]) -> list[Any]:
        found = []
        for row in compiler.apply_converters(rows, converters) if converters else rows:
            model = of["model"].from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator in related:
                populator.populate(row, model)
            found.append(model)
        return found

    return as_models
