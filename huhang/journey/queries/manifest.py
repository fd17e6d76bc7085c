"""Which files may hold a waybill, by what the manifest says: known once per process, and asked only for what is new."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import BinaryField, Case, F, Q, Value, When
from numpy.typing import NDArray

from huhang.journey.models import Segment
from huhang.journey.watch.waybill_index import fingerprint, hash_of

NONE = np.zeros(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the log. `fingerprints` are those of its waybills where the manifest has them."""

    seq: int
    path: str
    rows: int
    fingerprints: NDArray[np.uint32] | None


@dataclass(frozen=True)
class Manifest:
    """What the log consisted of at one moment."""

    place: tuple[str, str]
    entries: dict[int, Entry]
    prints: NDArray[np.uint32]
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, place: tuple[str, str], entries: Sequence[Entry]) -> "Manifest":
        prints = [NONE if entry.fingerprints is None else entry.fingerprints for entry in entries]
        owners = np.repeat([entry.seq for entry in entries], [len(each) for each in prints]).astype(np.int64)
        return cls(place, {entry.seq: entry for entry in entries}, np.concatenate([NONE, *prints]), owners)

    def that_may_hold(self, waybill: str) -> list[Entry]:
        """The files that a look-up must ask."""
        holding = self.owners[self.prints == fingerprint(hash_of(waybill))].tolist()
        unknown = (entry for entry in self.entries.values() if entry.fingerprints is None)
        return [*unknown, *(self.entries[seq] for seq in dict.fromkeys(holding))]


_known: Manifest | None = None


def root() -> Path:
    """Where the files lie."""
    return Path(settings.VAR) / "log" / "segments"


def current() -> Manifest:
    """The log as it is now, in one statement unless files were merged since the last time."""
    global _known
    place = connection.settings_dict["NAME"], str(root())
    if _known is None or _known.place != place or not _known.entries:
        _known = Manifest.of(place, _read(Q()))
    else:
        _known = _followed(_known)
    return _known


def reread() -> Manifest:
    """The same, trusting nothing that was known."""
    global _known
    _known = None
    return current()


def _followed(known: Manifest) -> Manifest:
    # Numbers grow upwards as batches arrive, downwards as files are merged; a merge adds a lower one, a removal or a
    # database that was set back leaves another file, or none, where the ends were.
    first, last = known.entries[min(known.entries)], known.entries[max(known.entries)]
    beyond = Q(seq__gte=last.seq) | Q(seq__lte=first.seq)
    rows = {entry.seq: entry for entry in _read(beyond, but={first.seq, last.seq})}
    is_same = all(end.seq in rows and rows[end.seq].path == end.path for end in (first, last))
    fresh = [entry for seq, entry in rows.items() if seq > last.seq]
    if not is_same or min(rows) < first.seq:
        return _changed(known)
    return Manifest.of(known.place, [*known.entries.values(), *fresh]) if fresh else known


def _changed(known: Manifest) -> Manifest:
    rows = _read(Q(), but=set(known.entries))
    before = known.entries
    same = {row.seq for row in rows if row.seq in before and before[row.seq].path == row.path}
    return Manifest.of(known.place, [before[row.seq] if row.seq in same else row for row in rows])


def _read(condition: Q, *, but: Collection[int] = ()) -> list[Entry]:
    """Read rows of the manifest in one statement, without the fingerprints of those that are known."""
    prints = Case(
        When(seq__in=list(but), then=Value(None)), default=F("fingerprints"), output_field=BinaryField()
    )
    rows = Segment.objects.filter(condition, merged_into__isnull=True).annotate(
        prints=prints if but else F("fingerprints")
    )
    return [
        Entry(seq, path, count, None if found is None else np.frombuffer(found, np.uint32))
        for seq, path, count, found in rows.order_by("seq").values_list("seq", "path", "rows", "prints")
    ]
