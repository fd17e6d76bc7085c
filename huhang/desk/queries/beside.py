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


# Given who looks, and as whom the customer is known (`tel:138…`, `contact:7`): what is in this person's reach.
Tells = Callable[[Person, list[str]], Known | None]
_tells: list[Tells] = []


def tells_beside(tells: Tells) -> Tells:
    """Let this function put a sentence beside a talk or a call."""
    _tells.append(tells)
    return tells


def told(person: Person, *, phone: str, contact_id: int | None) -> list[Known]:
    """All that the rooms above know."""
    people = [
        name for name, known in ((f"tel:{phone}", phone), (f"contact:{contact_id}", contact_id)) if known
    ]
    return [known for tells in _tells if (known := tells(person, people))] if people else []
