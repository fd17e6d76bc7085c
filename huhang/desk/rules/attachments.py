"""What may be put into a case, and how much of it."""

from enum import StrEnum


class Attached(StrEnum):
    """What is attached: a picture that we show, a file that is only kept, or where to find a video."""

    PICTURE = "picture"
    FILE = "file"
    VIDEO_REF = "video_ref"


def has_room(*, count: int, adding: int, most: int) -> bool:
    """May a case that has `count` files take so many more?"""
    return count + adding <= most
