"""A parcel in a conversation: which numbers somebody named, and what may be told to whoever knows the number."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huhang.channels.rules.numbers import is_mobile

AT_MOST = 3
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,5}\d{8,20}(?:[A-Za-z]{2})?(?![A-Za-z0-9])")
CARD = "parcel"


def numbers_in(text: str) -> list[str]:
    """What could be waybill numbers, as they are kept; a mobile's number is none."""
    named = [found.upper() for found in _NUMBER.findall(text)]
    return [one for one in dict.fromkeys(named) if not is_mobile(one)][:AT_MOST]


@dataclass(frozen=True, slots=True)
class ParcelCard:
    """Where a parcel stands: no names, no telephone, no street; `status` in stored words."""

    waybill_no: str
    status: str
    since: datetime | None = None
    place: str = ""
    promised_at: datetime | None = None
    # When it will most likely come; empty once it has.
    likely_at: datetime | None = None

    @property
    def data(self) -> dict[str, Any]:
        """As a message keeps it."""
        return {
            "card": CARD, "waybill_no": self.waybill_no, "status": self.status, "place": self.place,
            "since": _told(self.since), "promised_at": _told(self.promised_at), "likely_at": _told(self.likely_at),
        }  # fmt: skip


def _told(at: datetime | None) -> str:
    return at.isoformat() if at else ""
