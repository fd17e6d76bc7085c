"""Rows of the yardstick for tests."""

from datetime import datetime
from decimal import Decimal
from itertools import count as numbers

from huhang.metrics.models import Definition, Tally, TallyFresh, TallySum

_numbers = numbers(1)


def tally(measure: str, at: datetime, path: str, amount: int = 1) -> Tally:
    """A counted fact, with a key of its own."""
    return Tally.objects.create(
        measure=measure,
        minute=at.replace(second=0, microsecond=0),
        path=path,
        amount=amount,
        key=f"test:{next(_numbers)}",
    )


def tally_fresh(measure: str, at: datetime, path: str, amount: int = 1) -> TallyFresh:
    return TallyFresh.objects.create(measure=measure, minute=at, path=path, amount=amount, recorded_at=at)


def tally_sum(measure: str, at: datetime, path: str, amount: int = 1, grain: str = "hour") -> TallySum:
    return TallySum.objects.create(
        grain=grain, measure=measure, at=at, path=path, amount=amount, changed_at=at
    )


def definition(kpi: str = "test_kpi", version: int = 1, *, now: datetime) -> Definition:
    return Definition.objects.create(kpi=kpi, version=version, meaning={}, target=Decimal(1), recorded_at=now)
