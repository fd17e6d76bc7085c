"""The telephone on the workbench: who rings, who is talked with, what is still to be written down, whom we owe."""

from dataclasses import dataclass
from datetime import datetime

from huhang.channels.models import Call, CallbackDue
from huhang.channels.queries import calls
from huhang.network.models import Person

OWED_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Hand:
    """What one has to do with the telephone now."""

    # Ringing, talking, held, written about; the newest first.
    calls: list[Call]
    unwritten: list[Call]
    # Call-backs of one's own, then those that nobody has.
    owed: list[CallbackDue]
    owed_number: int
    # The switches at which one has a telephone.
    telephones: set[int]


def at_hand(person: Person, *, now: datetime) -> Hand:
    """All of it, in five statements."""
    owed, number = calls.owed_first(person, now=now, shown=OWED_SHOWN)
    return Hand(
        calls=calls.at_telephone(person, now=now), unwritten=calls.unwritten(person, now=now), owed=owed,
        owed_number=number, telephones=calls.telephones(person),
    )  # fmt: skip
