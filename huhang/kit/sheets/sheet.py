"""A file of rows: what it is, how big it may be, and the rows that were put aside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from django.utils.translation import gettext as _

from huhang.kit.sheets.errors import FileUnreadable

MEGABYTE = 1024 * 1024

Row = dict[str, Any]
Reader = Callable[["Sheet"], Iterator[tuple[int, Row]]]


@dataclass(frozen=True, slots=True)
class Caps:
    """How much may come in; sizes are of the unpacked file in bytes."""

    size: int = 4096 * MEGABYTE
    json_size: int = 256 * MEGABYTE
    # A spreadsheet keeps its words in one table that is read whole.
    xlsx_size: int = 512 * MEGABYTE
    rejected: int = 10_000


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was put aside; `row` is what could be made out of it."""

    number: int
    reason: str
    row: dict[str, Any] = field(default_factory=dict)


@dataclass
class Sheet:
    """A file of rows; iterate it once. `rejected` grows while it is read."""

    path: Path
    name: str
    format: str
    reader: "Reader" = field(repr=False)
    caps: Caps = field(default_factory=Caps)
    is_temporary: bool = False
    columns: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each good row with its number."""
        return self.reader(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was unpacked."""
        if self.is_temporary:
            self.path.unlink(missing_ok=True)

    def reject(self, number: int, reason: str, row: dict[str, Any] | None = None) -> None:
        self.rejected.append(Rejected(number, reason, row or {}))
        if len(self.rejected) >= self.caps.rejected:
            raise FileUnreadable(_("有问题的行太多，已停在第 %(row)d 行") % {"row": number})
