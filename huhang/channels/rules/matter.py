"""What a message can consist of, in either direction."""

from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    """What a message consists of."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    # A parcel, a case, a survey: drawn by the page that shows it.
    CARD = "card"
    # Nothing said: followed, scanned, opened the chat, pressed a menu.
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound or file: its bytes where they are at hand, else what to ask the vendor for."""

    name: str = ""
    content_type: str = ""
    data: bytes = b""
    # The vendor's id or address of it (a media_id, a URL).
    ref: str = ""


def legible(text: str) -> str:
    """Without what no table keeps: NUL, and the halves of characters that JSON lets through."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
