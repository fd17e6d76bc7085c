"""What a file is, by its content, and whether it may come in."""

import gzip
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from huhang.kit.sheets.errors import FileIsEmpty, FileTooLarge, FileUnreadable
from huhang.kit.sheets.reading import READERS
from huhang.kit.sheets.sheet import MEGABYTE, Caps, Sheet


def open_sheet(path: Path, *, name: str = "", caps: Caps | None = None) -> Sheet:
    """A file as a sheet, gzip unpacked; `name` is what the sender called it when `path` is a temporary one."""
    caps = caps or Caps()
    name = name or path.name
    if path.stat().st_size == 0:
        raise FileIsEmpty(file=name)
    is_packed = _starts(path, 2) == b"\x1f\x8b"
    if is_packed:
        path, name = _unpacked(path, caps), name.removesuffix(".gz")
    if path.stat().st_size > caps.size:
        raise FileTooLarge(file=name, limit=caps.size)
    kind = format_of(path, name)
    return Sheet(path, name, kind, READERS[kind], caps, is_temporary=is_packed)


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
