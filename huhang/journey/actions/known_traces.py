"""Which scans a feed has told before: only new ones enter, however often the whole list is repeated."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from huhang.journey.actions.feed_reading import Row
from huhang.journey.models import KnownTrace

SIZE = 8  # bytes of a digest
MOST = 4_000  # digests of one parcel


class Told:
    """The rows of a batch, divided into fresh ones and those told before; under the lock of the intake."""

    def __init__(self, source: str, rows: Sequence[Row]) -> None:
        self.source = source
        self._rows = rows
        self._digests = [_digest(row) for row in rows]
        waybills = {row.columns["waybill"][:40] for row in rows}
        known = KnownTrace.objects.filter(source=source, waybill_no__in=waybills)
        self._known = {trace.waybill_no: trace for trace in known}
        self.fresh: list[int] = []
        self.doubled: list[int] = []
        self._divide()

    def remember(self, places: Sequence[int], *, now: datetime) -> None:
        """Keep these rows as told."""
        told: dict[str, list[bytes]] = {}
        for place in places:
            told.setdefault(self._rows[place].columns["waybill"][:40], []).append(self._digests[place])
        rows = [
            KnownTrace(source=self.source, waybill_no=no, digests=self._joined(no, new), touched_at=now)
            for no, new in told.items()
        ]
        KnownTrace.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["source", "waybill_no"],
            update_fields=["digests", "touched_at"],
        )

    def _divide(self) -> None:
        seen: dict[str, set[bytes]] = {no: _split(bytes(trace.digests)) for no, trace in self._known.items()}
        for place, row in enumerate(self._rows):
            of_parcel = seen.setdefault(row.columns["waybill"][:40], set())
            if self._digests[place] in of_parcel:
                self.doubled.append(place)
            else:
                of_parcel.add(self._digests[place])
                self.fresh.append(place)

    def _joined(self, no: str, new: list[bytes]) -> bytes:
        before = bytes(self._known[no].digests) if no in self._known else b""
        return (before + b"".join(new))[-SIZE * MOST :]


def _digest(row: Row) -> bytes:
    """A scan is the same when its time and its words are; codes are ours, and may be understood better one day."""
    told = "\x1f".join(
        (
            row.columns["event_time"],
            row.columns["text"] or f"{row.columns['code']} {row.columns['node']}",
            row.columns["waybill"],
            "back" if row.taken_back else "",
        )
    )
    return hashlib.sha256(told.encode("utf-8", "replace")).digest()[:SIZE]


def _split(digests: bytes) -> set[bytes]:
    return {digests[start : start + SIZE] for start in range(0, len(digests), SIZE)}
