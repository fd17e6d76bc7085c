"""HEIC, the format of Apple's cameras: where and by what it was taken is blanked, the picture is left as it is.

Decoding it needs a library whose licence asks more than ours; finding the boxes that hold such words does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from huhang.kit.errors import BadInput

# Words beside the picture: camera and place (Exif), and whatever programs add (XMP).
TELLING = (b"Exif", b"mime", b"uri ")
FILE_OFFSET, OFFSET_IN_IDAT = 0, 1


class HeicUnreadable(BadInput):
    """这张 HEIC 图片打不开，请在手机上选“兼容性最佳”拍照，或先转成 JPEG。"""


@dataclass(frozen=True, slots=True)
class Box:
    name: bytes
    start: int
    end: int


def blanked(content: bytes) -> bytes:
    """The file with every word about place and camera overwritten by zeros; its length stays."""
    clean = bytearray(content)
    try:
        top = list(_boxes(content, 0, len(content)))
        for box in top:
            if box.name in (b"uuid", b"free", b"skip"):
                clean[box.start : box.end] = bytes(box.end - box.start)
        meta = next(box for box in top if box.name == b"meta")
        for start, end in _telling(content, meta):
            if not 0 <= start <= end <= len(content):
                raise HeicUnreadable
            clean[start:end] = bytes(end - start)
    except (StopIteration, IndexError, ValueError) as error:
        raise HeicUnreadable from error
    return bytes(clean)


def _boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        size, name, head = _number(content, start, 4), content[start + 4 : start + 8], 8
        if size == 1:
            size, head = _number(content, start + 8, 8), 16
        size = size or end - start
        if size < head or start + size > end:
            raise ValueError("a box reaches beyond its end")
        yield Box(name, start + head, start + size)
        start += size


def _telling(content: bytes, meta: Box) -> Iterator[tuple[int, int]]:
    """Where the telling items lie in the file."""
    inside = {box.name: box for box in _boxes(content, meta.start + 4, meta.end)}
    items = set(_items(content, inside[b"iinf"])) if b"iinf" in inside else set()
    if not items:
        return
    if b"iloc" not in inside:
        raise ValueError("items without their places")
    idat = inside[b"idat"].start if b"idat" in inside else 0
    for item, method, start, length in _places(content, inside[b"iloc"]):
        if item in items:
            if method not in (FILE_OFFSET, OFFSET_IN_IDAT):
                raise ValueError("an item made of other items")
            start += idat if method == OFFSET_IN_IDAT else 0
            yield start, start + length if length else len(content)


def _items(content: bytes, iinf: Box) -> Iterator[int]:
    count_size = 2 if content[iinf.start] == 0 else 4
    for entry in _boxes(content, iinf.start + 4 + count_size, iinf.end):
        id_size = 2 if content[entry.start] < 3 else 4
        at = entry.start + 4
        if content[at + id_size + 2 : at + id_size + 6] in TELLING:
            yield _number(content, at, id_size)


def _places(content: bytes, iloc: Box) -> Iterator[tuple[int, int, int, int]]:
    """(item, how its offset is meant, offset, length) of every extent."""
    version, at = content[iloc.start], iloc.start + 6
    sizes = content[iloc.start + 4], content[iloc.start + 5]
    offset_size, length_size = sizes[0] >> 4, sizes[0] & 15
    base_size, index_size = sizes[1] >> 4, sizes[1] & 15 if version else 0
    id_size = 2 if version < 2 else 4
    count, at = _number(content, at, id_size), at + id_size
    for _ in range(count):
        item, at = _number(content, at, id_size), at + id_size
        method = _number(content, at, 2) & 15 if version else FILE_OFFSET
        at += 4 if version else 2
        base, at = _number(content, at, base_size), at + base_size
        extents, at = _number(content, at, 2), at + 2
        for _ in range(extents):
            at += index_size
            offset, at = _number(content, at, offset_size), at + offset_size
            length, at = _number(content, at, length_size), at + length_size
            yield item, method, base + offset, length
            if at > iloc.end:
                raise ValueError("more places than room for them")


def _number(content: bytes, start: int, size: int) -> int:
    part = content[start : start + size]
    if len(part) != size:
        raise IndexError("cut off")
    return int.from_bytes(part)
