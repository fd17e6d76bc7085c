"""Bytes to words, whatever is said of them: Chinese mail is often declared as less than it is, or as something else."""

import re
from base64 import b64decode

from huhang.channels.rules.matter import legible

GB18030, UTF8 = "gb18030", "utf-8"
# What mailers call GB18030, and what is part of it.
CHINESE = re.compile(r"(x-|cs)?gb[-_]?(k|18030|2312)([-_]?80)?|(ms|cp|windows)-?936|chinese|euc-?cn")
# Codecs that read text and nothing else; some of Python's unpack archives, or take minutes.
OTHERS = re.compile(
    r"utf-?(16|16le|16be|16-le|16-be|7)|big5(-?hkscs)?|iso-8859-([2-9]|1\d)|(windows|cp)-?(125[013-8]|949|950|932)"
    r"|koi8-[ru]|shift[-_]jis|euc-(jp|kr)|iso-2022-(jp|kr)|hz(-gb-2312)?"
)
WESTERN = re.compile(r"(iso-?8859-?1|latin-?1|(windows|cp)-?1252)")
# GB2312 all through: in Western words letters beyond ASCII stand alone.
PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")
# Chinese words, and what stands between them.
WIDE = re.compile(r"[\x00-\x7f\u00b7\u2010-\u203b\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]*")
ENCODED = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
ESCAPED = re.compile(rb"=([0-9A-Fa-f]{2})")
FOLD = re.compile(r"\r?\n(?=[ \t])")


def decoded(data: bytes, declared: str = "") -> str:
    """The words in these bytes: by what is declared where that can be true, else by what they look like."""
    for name in _order(data, declared.strip().strip("\"'").lower()):
        try:
            return legible(data.decode(name))
        except (UnicodeError, LookupError):
            continue
    return legible(data.decode(UTF8, "replace"))


def words_of(header: str) -> str:
    """A header's words: unfolded, and encoded words read as one where they follow each other.

    Mailers cut a Chinese character in two between encoded words, so their bytes are joined before they are read.
    """
    text = FOLD.sub("", _raw(header))
    out, run, charset, end = "", b"", "", 0
    for match in ENCODED.finditer(text):
        between = text[end : match.start()]
        if not (charset and charset == match[1].lower() and not between.strip()):
            # Space between two encoded words is none.
            out += decoded(run, charset) + ("" if charset and not between.strip() else between)
            run = b""
        run, charset, end = run + _encoded(match[2], match[3]), match[1].lower(), match.end()
    return legible(out + decoded(run, charset) + text[end:]).strip()


def _order(data: bytes, declared: str) -> list[str]:
    if data.isascii() and not OTHERS.fullmatch(declared):
        return [UTF8]
    if CHINESE.fullmatch(declared):
        return [UTF8, GB18030] if _is_surely_utf8(data) else [GB18030, UTF8]
    if WESTERN.fullmatch(declared):
        return [UTF8, *([GB18030] if PAIRS.fullmatch(data) else []), "cp1252", "latin-1"]
    if OTHERS.fullmatch(declared):
        return [declared, UTF8, GB18030]
    return [UTF8, GB18030]


def _is_surely_utf8(data: bytes) -> bool:
    """GB18030 can look like UTF-8 by chance, but then hardly like Chinese words in UTF-8."""
    try:
        return WIDE.fullmatch(data.decode(UTF8)) is not None
    except UnicodeDecodeError:
        return False


def _raw(header: str) -> str:
    """What the parser left of bytes outside ASCII, read."""
    return header if header.isascii() else decoded(header.encode(UTF8, "surrogateescape"))


def _encoded(how: str, text: str) -> bytes:
    if how in "qQ":
        given = text.replace("_", " ").encode(UTF8, "replace")
        return ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), given)
    clean = re.sub(r"[^A-Za-z0-9+/]", "", text)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return b64decode(clean + "=" * (-len(clean) % 4))
