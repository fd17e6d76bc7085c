"""What a call says by itself: the parcel whose number was typed, and the case that its reason makes."""

import re
from collections.abc import Iterator

from huhang.channels.rules.call_reports import CallReason
from huhang.desk.rules.kinds import Kind

# Numbers of parcels are no shorter and no longer, written in digits alone.
SHORTEST, LONGEST = 10, 20
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


def _numbers(run: str) -> Iterator[str]:
    for before in range(min(KEYS_BEFORE, len(run)) + 1):
        for after in range(KEYS_AFTER + 1):
            number = run[before : len(run) - after]
            if SHORTEST <= len(number) <= LONGEST:
                yield number
