"""CSV as it comes: encoding and delimiter found out, a broken record put aside without losing the next."""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.utils.translation import gettext as _

BLOCK = 1024 * 1024
DELIMITERS = ",\t;|"
# An open quote swallows the rest of the file; each time we start again behind it. Real files have few.
MAX_RESTARTS = 50
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

Reject = Callable[[int, str, dict[str, Any] | None], None]


@dataclass(frozen=True, slots=True)
class Text:
    """A text file of known encoding; bytes that do not fit become lone surrogates: their rows can be named."""

    path: Path
    encoding: str
    is_clean: bool

    def open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="surrogateescape", newline="")

    def read(self) -> str:
        with self.open() as file:
            return file.read()


def detect(path: Path) -> Text:
    """UTF-8 unless the bytes say otherwise; the whole file is looked at, as Chinese may come late."""
    with path.open("rb") as file:
        start = file.read(4)
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            return Text(path, encoding, _decodes_until(path, encoding) is None)
    breaks: dict[str, int] = {}
    for encoding in ("utf-8", "gb18030"):
        at = _decodes_until(path, encoding)
        if at is None:
            return Text(path, encoding, not _has_nul(path))
        breaks[encoding] = at
    return Text(path, max(breaks, key=breaks.__getitem__), False)


def _has_nul(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b"\x00" in block for block in iter(lambda: file.read(BLOCK), b""))


def _decodes_until(path: Path, encoding: str) -> int | None:
    """Where the file stops being this encoding, to the block; None when it never does."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
                done += len(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return done + error.start
    return None


def sniff(text: Text) -> str:
    """The delimiter of the header: the one that occurs most outside quotes."""
    with text.open() as file:
        header = file.readline(BLOCK)
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def read_delimited(text: Text, reject: Reject) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not blank with its row number (header = 1); broken ones go to `reject`."""
    delimiter = sniff(text)
    number, skip = 0, 0
    for _restart in range(MAX_RESTARTS):
        with text.open() as file:
            lines = _Lines(islice(file, skip, None))
            for place, record in _records(lines, delimiter, number, reject):
                yield place, record
                number = place
        if lines.open_quote is None:
            return
        number += 1
        skip += lines.open_quote
        reject(number, _("引号没有成对"), None)
    reject(number, _("没有成对的引号太多，之后的内容没有读取"), None)


class _Lines:
    """Lines being read, counted, and the count at which an unclosed quote was opened."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.count = 0
        self.ended = False
        self.open_quote: int | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self.lines)
        except StopIteration:
            self.ended = True
            raise
        self.count += 1
        return line


def _records(lines: _Lines, delimiter: str, number: int, reject: Reject) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begun = lines.count
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.ended:
                lines.open_quote = begun + 1
                return
            number += 1
            reject(number, _("这一行的格式有误：%(reason)s") % {"reason": error}, None)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        number += 1
        if any(record):
            yield number, record


def wrong_with(record: list[str], columns: list[str]) -> str:
    """Why a record cannot be a row, or an empty string."""
    if len(record) < len(columns):
        return _("列数不足：应有 %(want)d 列，只有 %(have)d 列") % {"want": len(columns), "have": len(record)}
    if any(record[len(columns) :]):
        return _("列数过多：应有 %(want)d 列，却有 %(have)d 列") % {"want": len(columns), "have": len(record)}
    whole = "".join(record)
    if not whole.isascii() and any("\udc80" <= char <= "\udcff" for char in whole):
        return _("文字编码有误（应为 UTF-8 或 GB18030）")
    return _("含有不可见的非法字符") if "\x00" in whole else ""
