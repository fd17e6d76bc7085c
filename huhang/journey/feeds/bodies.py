"""The body of a request that brings scans: unpacked within hard limits, then rows, each with its number."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa

MEGABYTE = 1024 * 1024
# What one request may bring. A sender with more sends more requests: nothing here may cost the house its memory.
PACKED_LIMIT = 8 * MEGABYTE
UNPACKED_LIMIT = 32 * MEGABYTE
BLOCK = 64 * 1024
TOO_DEEP = "{…}"
GZIP = 31  # zlib's number for "gzip, with its header and checksum"


class BodyTooLarge(ValueError):
    """More than may come in one request; `limit` in bytes, `unpacked` says which of the two limits."""

    def __init__(self, limit: int, *, unpacked: bool) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit
        self.unpacked = unpacked


class BodyIsBroken(ValueError):
    """The body ends early or is damaged: nothing of it is taken. `byte` is where, in the body named by `what`."""

    def __init__(self, what: str, byte: int, detail: str) -> None:
        super().__init__(f"{what}: {detail} (byte {byte})")
        self.what, self.byte, self.detail = what, byte, detail


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that is no JSON object, as it came."""

    number: int
    text: str


@dataclass
class Rows:
    numbers: list[int] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def take(self, number: int, row: Any, text: str) -> None:
        if isinstance(row, dict):
            self.numbers.append(number)
            self.rows.append(row)
        else:
            self.unread.append(Unread(number, text[:200]))


def received(blocks: Iterable[bytes], *, is_gzip: bool) -> bytes:
    """Return the whole body, unpacked; a bomb costs no more than the limit, as unpacking stops there."""
    if not is_gzip:
        return b"".join(_limited(blocks, UNPACKED_LIMIT, unpacked=False))
    packed = _limited(blocks, PACKED_LIMIT, unpacked=False)
    return b"".join(_limited(_unpacked(packed), UNPACKED_LIMIT, unpacked=True))


def _limited(blocks: Iterable[bytes], limit: int, *, unpacked: bool) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise BodyTooLarge(limit, unpacked=unpacked)
        yield block


def _unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack piece by piece; several gzip members one after another are one body."""
    machine, done, ended = zlib.decompressobj(GZIP), 0, True
    for block in blocks:
        rest = block
        while rest:
            if machine.eof:
                machine = zlib.decompressobj(GZIP)
            try:
                yield machine.decompress(rest, BLOCK)
            except zlib.error as error:
                raise BodyIsBroken("gzip", done, str(error)) from error
            rest = machine.unused_data if machine.eof else machine.unconsumed_tail
            ended = machine.eof
        done += len(block)
    if not ended:
        raise BodyIsBroken("gzip", done, "ends early")


def rows(body: bytes) -> Rows:
    """Return the objects of a JSON array, or of JSON lines; an array that is cut off is refused whole.

    An array has an end, so half of one is damage on the way: its sender must send it again. Lines have none: a cut
    last line is one bad row, and the good ones are kept.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    return _array(text) if text[:1] == b"[" else lines(body.removeprefix(b"\xef\xbb\xbf"))


def _array(text: bytes) -> Rows:
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        byte = len(error.doc[: error.pos].encode())
        raise BodyIsBroken("json", byte, error.msg) from error
    found = Rows()
    for number, entry in enumerate(entries, 1):
        found.take(number, entry, "" if isinstance(entry, dict) else _text(entry) or "null")
    return found


def lines(body: bytes) -> Rows:
    """Return the objects of JSON lines; the number of a row is its line."""
    found = Rows()
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError:
            entry = None
        found.take(number, entry, line.decode("utf-8", "replace"))
    return found


def table(rows: list[dict[str, Any]], wanted: Iterable[str]) -> pa.Table:
    """Return the wanted fields of the rows as columns: whole numbers stay numbers, all else is text."""
    names = {name.lower() for name in wanted}
    found = dict.fromkeys(name for row in rows for name in row if name.lower() in names)
    columns = {name: _column([row.get(name) for row in rows]) for name in found}
    return pa.table(columns) if columns else pa.table({"waybill": pa.nulls(len(rows), pa.string())})


def _column(values: list[Any]) -> Any:
    if all(type(value) is int and abs(value) < 2**53 for value in values):
        return pa.array(values, pa.int64())
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:  # nested deeper than anything that means something
        return TOO_DEEP
