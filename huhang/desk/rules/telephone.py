"""What a call says by itself: the parcel whose number was typed, and the case that its reason makes."""

import re
from collections.abc import Iterable, Iterator

from huhang.channels.rules.call_reports import CallReason
from huhang.desk.rules.kinds import Kind

# Numbers of parcels are no shorter and no longer, written in digits alone.
SHORTEST, LONGEST = 10, 20
# At most so many letters stand before the digits.
LETTERS = 5
# Menus are a few keys deep; what was pressed before the number and after it stands in the same row.
KEYS_BEFORE, KEYS_AFTER = 6, 2
# A claim asks for what nobody can say in one key: it begins as a complaint.
KINDS = {
    CallReason.WHERE: Kind.INQUIRY,
    CallReason.URGE: Kind.URGE,
    CallReason.CHANGE: Kind.INQUIRY,
    CallReason.PICKUP: Kind.INQUIRY,
    CallReason.DAMAGED: Kind.COMPLAINT,
    CallReason.LOST: Kind.COMPLAINT,
    CallReason.COMPLAINT: Kind.COMPLAINT,
    CallReason.FEE: Kind.INQUIRY,
    CallReason.OTHER: Kind.INQUIRY,
}


def waybills_in(digits: str) -> list[str]:
    """What of the keys that were pressed may be the number of a parcel, the likeliest first."""
    return list(dict.fromkeys(number for run in re.split(r"\D+", digits) for number in _numbers(run)))


def written_with_letters(numbers: Iterable[str]) -> str:
    """A pattern for numbers that these are the digits of: telephones have no letters, SF, YT and JD begin with some."""
    return f"^[A-Za-z]{{1,{LETTERS}}}({'|'.join(numbers)})$"


def typed_alone(numbers: Iterable[str]) -> list[str]:
    """Those that somebody may have typed for want of letters."""
    return [number for number in numbers if number.isascii() and number.isdigit() and len(number) >= SHORTEST]


def _numbers(run: str) -> Iterator[str]:
    for before in range(min(KEYS_BEFORE, len(run)) + 1):
        for after in range(KEYS_AFTER + 1):
            number = run[before : len(run) - after]
            if SHORTEST <= len(number) <= LONGEST:
                yield number
