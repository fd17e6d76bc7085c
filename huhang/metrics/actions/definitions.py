"""The definitions of figures, kept and audited: a version never changes what it means."""

from datetime import datetime

from django.db import connection, transaction

from huhang.kit import audit
from huhang.kit.errors import DomainError
from huhang.kit.models import AuditEntry
from huhang.metrics.models import Definition
from huhang.metrics.rules import registry
from huhang.metrics.rules.kpi import Kpi


class MeaningChanged(DomainError):
    """同一版本的指标口径不能改动；请以新的版本号登记新口径。"""


@transaction.atomic
def keep(*, now: datetime, by: str = "system") -> int:
    """Store what is declared and not yet known; returns how many rows were written. Refuses a changed meaning."""
    known = {(d.kpi, d.version): d for d in Definition.objects.select_for_update()}
    written = 0
    for kpi in registry.versions():
        definition = known.get((kpi.id, kpi.version))
        if definition is None:
            written += _add(kpi, by, now)
        elif definition.meaning != kpi.definition():
            raise MeaningChanged(kpi=kpi.id, version=kpi.version)
        elif definition.target != kpi.target:
            written += _retarget(definition, kpi, by, now)
    return written


def can_keep() -> bool:
    """Are the tables there? Not while migrations go back."""
    tables = connection.introspection.table_names()
    return {Definition._meta.db_table, AuditEntry._meta.db_table} <= set(tables)


def _add(kpi: Kpi, by: str, now: datetime) -> int:
    row, is_new = Definition.objects.get_or_create(
        kpi=kpi.id,
        version=kpi.version,
        defaults={"meaning": kpi.definition(), "target": kpi.target, "recorded_at": now},
    )
    if is_new:
        after = {**row.meaning, "target": str(kpi.target)}
        audit.record(actor=by, verb="metrics.definition.added", subject=str(row), now=now, after=after)
    return int(is_new)


def _retarget(row: Definition, kpi: Kpi, by: str, now: datetime) -> int:
    before, row.target = str(row.target.normalize()), kpi.target
    row.save(update_fields=["target"])
    audit.record(
        actor=by, verb="metrics.target.changed", subject=str(row), now=now,
        before={"target": before}, after={"target": str(kpi.target)},
    )  # fmt: skip
    return 1
