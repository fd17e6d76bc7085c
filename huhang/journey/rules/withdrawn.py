"""Scans that were declared never to have been: the log keeps them, everybody who reads it leaves them out.

A withdrawal is a row of its own (`Code.WITHDRAWN`), appended like any other. Its text begins with the identity of
the scan it takes back, in hexadecimal; so it counts also for a scan that comes later, and twice is once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from huhang.journey.rules.codes import Code

DIGITS = 32  # of an identity, written out


def text(identity: bytes, why: str) -> str:
    """What the row says."""
    return f"{identity.hex()} {why}".rstrip()


def standing(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of one parcel that stand; each has `code`, `text` and `identity`."""
    listed = list(rows)
    gone = {(row["text"] or "")[:DIGITS] for row in listed if row["code"] == Code.WITHDRAWN}
    return [
        row
        for row in listed
        if row["code"] != Code.WITHDRAWN and (not gone or row["identity"].hex() not in gone)
    ]
