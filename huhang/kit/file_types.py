"""What a file is: told from its first bytes, never from its name or from what its sender says it is. Pure."""

import re
import unicodedata
from dataclasses import dataclass

MEGABYTE = 1024 * 1024
HEAD = 64
LONGEST_NAME = 120
UNNAMED = "附件"
# Letters that turn the reading direction: with them `exe.jpg` can be read where `gpj.exe` stands.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of content that we know, and how names of such files end."""

    content_type: str
    endings: tuple[str, ...]
    is_picture: bool = False


JPEG = Type("image/jpeg", ("jpg", "jpeg"), is_picture=True)
PNG = Type("image/png", ("png",), is_picture=True)
WEBP = Type("image/webp", ("webp",), is_picture=True)
# Kept as it came except where and by what it was taken; no browser but Apple's shows it.
HEIC = Type("image/heic", ("heic", "heif"), is_picture=True)
PDF = Type("application/pdf", ("pdf",))
# An office document is a zip; which one is told from its parts.
ZIP = Type("application/zip", ("zip",))
_OFFICE = "application/vnd.openxmlformats-officedocument."
OFFICE = {
    "word/": Type(f"{_OFFICE}wordprocessingml.document", ("docx",)),
    "xl/": Type(f"{_OFFICE}spreadsheetml.sheet", ("xlsx",)),
    "ppt/": Type(f"{_OFFICE}presentationml.presentation", ("pptx",)),
}
MP4 = Type("video/mp4", ("mp4", "m4v", "3gp"))
MOV = Type("video/quicktime", ("mov",))
M4A = Type("audio/mp4", ("m4a",))
MP3 = Type("audio/mpeg", ("mp3",))
WAV = Type("audio/wav", ("wav",))
AMR = Type("audio/amr", ("amr",))
OGG = Type("audio/ogg", ("ogg", "opus"))
WEBM = Type("video/webm", ("webm",))

# What a browser may open where it stands. An SVG is a picture too, and a program: it is saved like everything else.
SHOWN = frozenset(known.content_type for known in (JPEG, PNG, WEBP))

_BEGINNINGS: tuple[tuple[bytes, Type], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
    (b"#!AMR", AMR),
    (b"OggS", OGG),
    (b"\x1aE\xdf\xa3", WEBM),
)
_IN_RIFF = {b"WEBP": WEBP, b"WAVE": WAV}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "), MP4),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3g2a", b"MSNV", b"dash"), MP4),
    b"M4A ": M4A,
    b"qt  ": MOV,
}


def type_of(head: bytes) -> Type | None:
    """What a file is by its first bytes; None for whatever we do not take."""
    if head[:4] == b"RIFF":
        return _IN_RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    return next((known for beginning, known in _BEGINNINGS if head.startswith(beginning)), None)


# A document holds a few dozen parts that shrink to a tenth; what unpacks to far more is made to fill a disk.
MOST_PARTS, MOST_UNPACKED, MOST_RATIO = 5_000, 200 * MEGABYTE, 200


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a zip, as its directory declares it."""

    name: str
    size: int
    packed: int


def office_type(parts: list[Part]) -> Type | None:
    """Which office document these parts make; None for any other zip, one with macros, or one that would explode."""
    names = {part.name for part in parts}
    unpacked, packed = sum(part.size for part in parts), sum(part.packed for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 1024):
        return None
    if "[Content_Types].xml" not in names or any("vbaproject" in name.lower() for name in names):
        return None
    return next(
        (known for folder, known in OFFICE.items() if any(name.startswith(folder) for name in names)), None
    )


def shown_name(given: str, known: Type) -> str:
    """The sender's own name of a file without path, unseen letters or a false ending."""
    name = "".join("" if unicodedata.category(letter) in _UNSEEN else letter for letter in given)
    name = re.split(r"[/\\]", name)[-1].strip().rstrip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() not in known.endings:
        stem, ending = name, known.endings[0]
    stem = stem.strip(" .")[: LONGEST_NAME - len(ending) - 1] or UNNAMED
    return f"{stem}.{ending}"
