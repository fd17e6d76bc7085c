"""The rows of parcels that count: without what was told twice, and without what was taken back."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from huhang.journey.models import Segment
from huhang.journey.rules import withdrawn
from huhang.journey.watch import finder, log
from huhang.journey.watch.columns import MOMENT, WITHDRAWN


def rows_of(waybill: str, *, until: datetime | None = None) -> pa.Table:
    """Return what stands of a parcel, facts included, as the watch folds it; `until` when the log had received it."""
    rows = finder.trace(waybill, _files())
    if until is not None:
        rows = rows.filter(pc.less_equal(rows["received_at"], pa.scalar(until, MOMENT)))
    stand = {
        row["identity"] for row in withdrawn.standing(rows.select(["code", "text", "identity"]).to_pylist())
    }
    keeps = pa.array([identity in stand for identity in rows["identity"].to_pylist()], pa.bool_())
    return rows.filter(keeps).select(log.FOLDED)


def withdrawn_in(scans: pa.Table) -> list[str]:
    """Return the parcels of which these rows take a scan back."""
    found = scans["waybill"].filter(pc.equal(scans["code"], WITHDRAWN))
    return sorted(map(str, found.unique().to_pylist()))


def _files() -> list[Path]:
    root = Path(settings.VAR) / "log" / "segments"
    kept = Segment.objects.filter(merged_into__isnull=True).order_by("seq")
    return [root / path for path in kept.values_list("path", flat=True)]
