"""What rooms above know of the customer in front of one: they say so here, the picture beside the talk shows it.

The place for what a customer may claim, how they were judged before, what they are likely to come for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from huhang.network.models import Person


@dataclass(frozen=True, slots=True)
class Known:
    """A sentence under a heading; `url` leads to where it comes from."""

    heading: str
    text: str
    url: str = ""


# Given who looks, the telephone and the contact (0 where there is none): what is in this person's reach.
Tells = Callable[[Person, str, int], Known | None]
_tells: list[Tells] = []


def tells_beside(tells: Tells) -> Tells:
    """Let this function put a sentence beside a talk or a call."""
    _tells.append(tells)
    return tells


def told(person: Person, *, phone: str, contact_id: int) -> list[Known]:
    """All that the rooms above know."""
    return [known for tells in _tells if (known := tells(person, phone, contact_id))]
