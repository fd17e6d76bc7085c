"""The scans of one waybill, read from the log."""

from pathlib import Path

from django.conf import settings

from huhang.journey.models import Segment
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.status import Scan
from huhang.journey.watch import log


def scans_of(no: str) -> list[Scan]:
    """Each scan of this number once, by event time; what only registers the waybill is not one."""
    rows = log.trace(no, segments()).select(["event_time", "code", "reason", "node", "operator", "text"])
    return [
        Scan(
            at=row["event_time"],
            code=Code(row["code"]),
            reason=Reason(row["reason"]),
            node=row["node"] or "",
            operator=row["operator"] or "",
            text=row["text"] or "",
        )
        for row in rows.to_pylist()
        if row["code"] != Code.REGISTERED
    ]


def segments() -> list[Path]:
    """The files that are the log now: those of the manifest that were not merged into another."""
    root = Path(settings.VAR) / "log" / "segments"
    kept = Segment.objects.filter(merged_into__isnull=True).order_by("seq")
    return [root / path for path in kept.values_list("path", flat=True)]
