"""A mail's tree as its words and its files."""

from dataclasses import dataclass, field
from email.message import Message

from huhang.channels.adapters.mail.charsets import decoded, words_of
from huhang.channels.adapters.mail.html_text import text_of
from huhang.channels.rules.matter import Media

LARGEST = 25 * 1024 * 1024
MOST_PARTS, DEEPEST = 200, 30
# Pictures that a page may show, by how they begin. What only calls itself a picture may hold a script.
PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}
UNSAFE = ("image/", "text/html", "text/xml", "application/xhtml", "application/xml", "multipart/", "message/")
ENDINGS = {"text/calendar": "ics", "message/rfc822": "eml", "text/html": "html", "application/pdf": "pdf"}
UNKNOWN = "application/octet-stream"


@dataclass(slots=True)
class Content:
    """What was found: words, files, and the names of files that were too large."""

    words: list[str] = field(default_factory=list)
    files: list[Media] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    parts: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(word for word in self.words if word)


def content_of(mail: Message) -> Content:
    """Walk the tree once."""
    found = Content()
    _take(mail, found, 0)
    return found


def head(part: Message, name: str) -> str:
    """A header as it was sent, read leniently; empty when it is missing."""
    wanted = name.lower()
    return next((words_of(str(value)) for key, value in part.raw_items() if key.lower() == wanted), "")


def _take(part: Message, found: Content, depth: int) -> None:
    found.parts += 1
    if found.parts > MOST_PARTS or depth > DEEPEST:
        return
    kind = part.get_content_type()
    if kind == "message/rfc822":
        _keep(part, found, _enclosed(part))
    elif part.is_multipart():
        _take_children(part, found, depth, is_choice=kind == "multipart/alternative")
    elif _is_words(part, kind):
        words = decoded(_bytes(part), _charset(part, kind))
        found.words.append(text_of(words) if kind == "text/html" else words.replace("\r\n", "\n").strip())
    else:
        _keep(part, found, _bytes(part))


def _take_children(part: Message, found: Content, depth: int, *, is_choice: bool) -> None:
    """All files; of words that say the same in several ways, the first that say anything."""
    before = len(found.words)
    for child in _children(part):
        had = [word for word in found.words[before:] if word]
        _take(child, found, depth + 1)
        if is_choice and had:
            found.words[before:] = had


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _is_words(part: Message, kind: str) -> bool:
    if kind not in ("text/plain", "text/html"):
        return False
    return not _file_name(part) and not head(part, "Content-Disposition").lower().startswith("attachment")


def _keep(part: Message, found: Content, data: bytes) -> None:
    kind = part.get_content_type()
    name = _file_name(part) or f"{len(found.files) + 1}.{ENDINGS.get(kind) or _ending(data)}"
    if len(data) > LARGEST:
        found.left_out.append(name)
    elif data:
        found.files.append(Media(name[:120], safe_type(kind, data), data))


def safe_type(declared: str, data: bytes) -> str:
    """What a file may call itself: pictures are told from how they begin, pages and their like are only files."""
    for beginning, kind in PICTURES.items():
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    is_plain = (
        declared.isascii()
        and declared.replace("/", "").replace("-", "").replace(".", "").replace("+", "").isalnum()
    )
    return declared[:100] if is_plain and not declared.startswith(UNSAFE) else UNKNOWN


def _ending(data: bytes) -> str:
    return safe_type("", data).rpartition("/")[2] if safe_type("", data) != UNKNOWN else "bin"


def _file_name(part: Message) -> str:
    """As the sender's program wrote it: by RFC 2231, as an encoded word, or as bare GB18030."""
    for header, param in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        told = head(part, header)
        if not told:
            continue
        read = Message()
        read[header] = told.replace("\r", " ").replace("\n", " ")
        value = read.get_param(param, header=header)
        if isinstance(value, tuple):
            value = decoded(value[2].encode("latin-1", "replace"), value[0] or "")
        if value:
            return _plain_name(words_of(value))
    return ""


def _plain_name(name: str) -> str:
    """Without folders, and without what a line or a page would stumble over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable()).strip()


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message, kind: str) -> str:
    charset = part.get_param("charset")
    declared = charset[2] if isinstance(charset, tuple) else charset
    return str(declared or "")


def _enclosed(part: Message) -> bytes:
    """A mail within a mail, as the file that it is."""
    inner = part.get_payload(0) if part.is_multipart() else None
    return inner.as_bytes() if isinstance(inner, Message) else _bytes(part)
