"""Pictures and files as people and their enemies send them; made here, so no photograph lies in the tests."""

import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image

PLACE = b"31.2989N,120.5853E"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"


def photo(form: str = "JPEG", size: tuple[int, int] = (800, 600), **saved: object) -> bytes:
    """A picture that says where it was taken, as a telephone's does."""
    out = BytesIO()
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    exif[0x0112] = 6  # held upright: to be turned by a quarter
    picture.save(out, form, exif=exif, **saved)
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that would unpack to gigabytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def document(*more: tuple[str, bytes], folder: str = "word/") -> bytes:
    """An office document, as far as its parts tell."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in (("[Content_Types].xml", b"<Types/>"), (f"{folder}document.xml", b"<x/>"), *more):
            archive.writestr(name, body)
    return out.getvalue()


def heic(exif: bytes = PLACE, *, offset: int | None = None) -> bytes:
    """The skeleton of an Apple picture: a picture item, and an Exif item that lies in `mdat`."""

    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", 8 + len(body)) + name + body

    def infe(item: int, name: bytes) -> bytes:
        return box(b"infe", b"\x02\x00\x00\x00" + struct.pack(">HH", item, 0) + name + b"\x00")

    picture = b"PICTURE-BYTES"

    def meta(at: int) -> bytes:
        places = b"".join(
            struct.pack(">HHHII", item, 0, 1, start, length)
            for item, start, length in ((1, at, len(picture)), (2, offset or at + len(picture), len(exif)))
        )
        iloc = box(b"iloc", b"\x00\x00\x00\x00\x44\x00" + struct.pack(">H", 2) + places)
        iinf = box(b"iinf", b"\x00\x00\x00\x00" + struct.pack(">H", 2) + infe(1, b"hvc1") + infe(2, b"Exif"))
        return box(b"meta", b"\x00\x00\x00\x00" + iinf + iloc)

    ftyp = box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", picture + exif)
