"""The rows of a list of cases as HTML: a page has fifty, so what is the same for all of them is worked out once."""

from collections.abc import Callable, Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from huhang.desk.pages.columns import CASE, Column, Line, Text
from huhang.desk.rules.kinds import LIVE_STATES
from huhang.kit.ui.cells import Pen

# What leads a card of a narrow screen needs no name there.
LEADING = frozenset({CASE, "due"})

Row = Callable[[Line], str]


def body(lines: Iterable[Line], columns: Iterable[Column], pen: Pen) -> SafeString:
    """The rows of a table of these columns, each with its box to choose it by."""
    pick, cells = _pick(pen), [_cell(column, pen) for column in columns]
    return mark_safe(
        "".join(
            f'<tr data-row="{line.no}">{pick(line)}{"".join([cell(line) for cell in cells])}</tr>\n'
            for line in lines
        )
    )


def _cell(column: Column, pen: Pen) -> Row:
    """A column's cell with its look and, for narrow screens, its name."""
    text = column.cell(pen)
    name = "" if column.key in LEADING else f' data-label="{escape(str(column.label))}"'
    begin = f"<td{_look(column.look)}{name}>"
    blank = f"<td{_look(f'{column.look} blank'.strip())}{name}>—</td>"
    return lambda line: f"{begin}{said}</td>" if (said := text(line)) else blank


def _look(names: str) -> str:
    return f' class="{names}"' if names else ""


def _pick(pen: Pen) -> Text:
    """The box to choose a row by, and for the key `c` a way to claim it."""
    choose, claim, address = escape(_("选择")), escape(_("认领")), pen.address("desk:claim_in_list")

    def cell(line: Line) -> str:
        box = (
            f'<td class="pick"><label><input type="checkbox" data-do="select" data-select="{line.no}">'
            f'<span class="visually-hidden">{choose} {line.no}</span></label>'
        )
        if line.owner_id is not None or line.state not in LIVE_STATES:
            return f"{box}</td>"
        return (
            f'{box}<button class="visually-hidden" type="button" tabindex="-1" data-do="claim"'
            f' hx-post="{address(line.no)}" hx-swap="none">{claim}</button></td>'
        )

    return cell
