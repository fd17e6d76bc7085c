"""What a case is, said as words that stand in one index: what lists are narrowed by is found, however rare it is."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, Func, TextField, Value

from huhang.kit.search_fields import Meet

TRAITS = (
    "kind", "state", "priority", "product", "customer_class", "source", "entrance", "language", "closing", "ended_as",
    "opened_by", "resolved_by",
)  # fmt: skip
WORDS: Field[Any, Any] = ArrayField(TextField())


class Trait(Func):
    """`kind:claim`; nothing where the field is empty."""

    template = "'%(name)s:' || NULLIF(%(expressions)s, '')"
    output_field = TextField()


class Traits(Func):
    """The traits of a case, as an array."""

    template = "ARRAY[%(expressions)s]"
    output_field = WORDS

    def __init__(self, *fields: str) -> None:
        super().__init__(*(Trait(field, name=field) for field in fields))


class Is(Meet):
    """Has a field of the case one of these values?"""

    def __init__(self, field: str, values: Iterable[str]) -> None:
        words = [f"{field}:{value}" for value in values]
        super().__init__(Traits(*TRAITS), Value(words, output_field=WORDS))
