"""A vendor lets a word through no more: by which other way it reaches the same person, if there is one."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What becomes of a word that the vendor does not take."""

    # They read it on our page already, where a talk with them goes on.
    IN_TALK = "in_talk"
    # A short link to our page, to the phone that they have shown to be theirs.
    SMS = "sms"
    # There is none: whoever wrote it reads why, and calls.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reach:
    """How else somebody can be reached. `phone` is proven, never one that somebody only named."""

    has_page: bool
    phone: str = ""
    has_opted_out: bool = False
    is_on_page: bool = False


def way_out(reach: Reach) -> Way:
    """The way that bothers them least: nobody gets an SMS who would find the word anyway, or who asked for none."""
    if not reach.has_page or not reach.phone:
        return Way.NONE
    if reach.is_on_page:
        return Way.IN_TALK
    return Way.NONE if reach.has_opted_out else Way.SMS
