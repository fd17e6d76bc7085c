"""How the scan log is fed, and how far the watch has read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Func, IntegerField, Max, Q, QuerySet

from huhang.journey.models import Segment, WatchCursor
from huhang.journey.queries import scope
from huhang.network.models import Person

LOCAL = "local"
IMPORT = "journey.import"
# Merged files have numbers below zero: they are housekeeping, nobody sent them.
ARRIVED = Q(seq__gt=0)


@dataclass(frozen=True, slots=True)
class Health:
    """The newest batch, how many batches the watch has not read, and up to when it has fired deadlines."""

    newest_seq: int
    received_at: datetime | None
    behind: int | None
    due_until: datetime | None


class _Length(Func):
    function = "jsonb_array_length"
    output_field = IntegerField()


def visible(person: Person) -> QuerySet[Segment]:
    """Refused rows hold what was sent: whoever feeds only a part of the network sees only their own batches."""
    rows = Segment.objects.filter(ARRIVED)
    if scope.sees_all(person.visible_paths(IMPORT)):
        return rows
    return rows.filter(batch_key__startswith=f"api:{person.pk}:")


def batches(person: Person, *, only_refused: bool = False) -> QuerySet[Segment]:
    """Newest first, with the number of rows refused; the refused rows themselves stay in the table."""
    rows = visible(person).annotate(refused=_Length(F("rejected"))).defer("rejected").order_by("-seq")
    return rows.filter(refused__gt=0) if only_refused else rows


def refused(person: Person, seq: int) -> list[dict[str, Any]] | None:
    """The rows that were refused of this batch with their reasons, or None when this person has no such batch."""
    found: list[dict[str, Any]] | None = (
        visible(person).filter(seq=seq).values_list("rejected", flat=True).first()
    )
    return found


def health() -> Health:
    newest = Segment.objects.filter(ARRIVED).aggregate(seq=Max("seq"), at=Max("received_at"))
    cursor = WatchCursor.objects.filter(name=LOCAL).first()
    seq = newest["seq"] or 0
    behind = max(0, seq - cursor.seq) if cursor else None
    return Health(seq, newest["at"], behind, cursor.due_until if cursor else None)
