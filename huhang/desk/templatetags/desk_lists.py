"""Parts of long lists that are made in Python: a page has hundreds of them."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


# By column, blankness and language: as many as there are columns.
_openings: dict[tuple[str, bool, str], str] = {}


@register.simple_tag
def table_cells(row: Iterable[tuple[Any, SafeString | str]]) -> SafeString:
    """The cells of one row, each with its column's look and, for narrow screens, its column's name."""
    language = get_language() or ""
    return mark_safe(
        "".join(
            f"{_opening(column, not cell, language)}{conditional_escape(cell or '—')}</td>"
            for column, cell in row
        )
    )


def _opening(column: Any, is_blank: bool, language: str) -> str:
    known = _openings.get((column.key, is_blank, language))
    if known is None:
        look = f"{column.look}{' blank' if is_blank else ''}"
        names = f' class="{escape(look)}"' if look else ""
        is_named = column.look != "card-lead" and column.key != "due"
        label = f' data-label="{escape(column.label)}"' if is_named else ""
        known = _openings[column.key, is_blank, language] = f"<td{names}{label}>"
    return known
