"""A file of rows: what it is, how big it may be, and the rows that were put aside."""

import gzip
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from huhang.kit.sheets.errors import FileIsEmpty, FileTooLarge, FileUnreadable

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Caps:
    """How much may come in; sizes are of the unpacked file in bytes."""

    size: int = 4096 * MEGABYTE
    json_size: int = 256 * MEGABYTE
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
    caps: Caps = field(default_factory=Caps)
    rejected: list[Rejected] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each good row with its number."""
        from huhang.kit.sheets.reading import READERS  # the readers know the sheet, not the other way round

        return READERS[self.format](self)

    @property
    def format(self) -> str:
        return format_of(self.path, self.name)

    def reject(self, number: int, reason: str, row: dict[str, Any] | None = None) -> None:
        self.rejected.append(Rejected(number, reason, row or {}))
        if len(self.rejected) >= self.caps.rejected:
            raise FileUnreadable(_("有问题的行太多，已停在第 %(row)d 行") % {"row": number})


def open_sheet(path: Path, *, name: str = "", caps: Caps | None = None) -> Sheet:
    """A file as a sheet; `name` is what the sender called it, when the path is a temporary one. Gzip is unpacked."""
    caps = caps or Caps()
    name = name or path.name
    if path.stat().st_size == 0:
        raise FileIsEmpty(file=name)
    if _starts(path, 2) == b"\x1f\x8b":
        path, name = _unpacked(path, caps), name.removesuffix(".gz")
    if path.stat().st_size > caps.size:
        raise FileTooLarge(file=name, limit=caps.size)
    return Sheet(path, name, caps)


def format_of(path: Path, name: str) -> str:
    """By content first, as people rename files; `csv`, `xlsx`, `json`, `jsonl` or `parquet`."""
    start = _starts(path, 4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileUnreadable(_("这是旧版 XLS，请另存为 XLSX 或 CSV"), file=name)
    suffix = name.lower().rpartition(".")[2]
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix in {"json", "jsonl", "ndjson"} or text[:1] in {b"[", b"{"}:
        return "json" if text[:1] == b"[" else "jsonl"
    return "csv"


def _starts(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _unpacked(path: Path, caps: Caps) -> Path:
    """The gzip's content in a temporary file, stopped at the cap: a bomb costs no more than that."""
    written = 0
    with gzip.open(path) as packed, tempfile.NamedTemporaryFile(suffix=".unpacked", delete=False) as plain:
        target = Path(plain.name)
        try:
            while block := packed.read(MEGABYTE):
                written += len(block)
                if written > caps.size:
                    raise FileTooLarge(file=path.name, limit=caps.size)
                plain.write(block)
        except (OSError, EOFError) as error:
            target.unlink()
            raise FileUnreadable(_("压缩文件已损坏"), file=path.name) from error
        except FileTooLarge:
            target.unlink()
            raise
    return target
