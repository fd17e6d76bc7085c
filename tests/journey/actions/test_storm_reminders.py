"""A region in storm mode raises fewer reminders, and by itself as many as ever once the storm is over."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.utils import timezone

from huhang.journey.actions import reminders, scan_log
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Reminder
from huhang.journey.rules.codes import Code
from tests.cast import Cast
from tests.factories import journey as factory
from tests.journey.watch.reference import Scan
from tests.journey.watch.scans import table

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# Held at the outlets since then; the limit (24 hours) passed six hours ago.
HELD_AT = timezone.now().replace(minute=0, second=0, microsecond=0) - 30 * HOUR
LIMIT = HELD_AT + 24 * HOUR


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings) -> Path:
    settings.VAR = tmp_path
    return tmp_path


def hold(*nodes: str, at: datetime = HELD_AT) -> None:
    """Five parcels are held at each outlet."""
    scans = [Scan(f"{node}{n}", Code.HELD, at, node, "") for node in nodes for n in range(5)]
    rows = table(scans)
    for name in ("carrier", "text"):
        rows = rows.append_column(name, pa.array([""] * len(scans), pa.string()))
    scan_log.append(rows, batch_key=f"{nodes} {at}")


def reminded() -> dict[str, int]:
    """How many parcels of each unit somebody is asked about."""
    Watch().round()
    reminders.plan(list(Hit.objects.values_list("pk", flat=True)), now=timezone.now())
    units = list(Reminder.objects.values_list("unit__code", flat=True))
    return {unit: units.count(unit) for unit in set(units)}


def test_nobody_in_the_storm_is_asked_while_it_lasts(cast: Cast) -> None:
    factory.storm(cast.unit("JS"), starts_at=LIMIT - HOUR, ends_at=LIMIT + 48 * HOUR, extra_minutes=1440)
    hold("SZ-WZ", "SZ-GS", "HZ-XH")
    assert reminded() == {"HZ-XH": 5}


def test_a_storm_that_is_over_relaxes_nothing(cast: Cast) -> None:
    factory.storm(cast.unit("JS"), starts_at=LIMIT - 48 * HOUR, ends_at=LIMIT - HOUR, extra_minutes=1440)
    hold("SZ-WZ", "HZ-XH")
    assert reminded() == {"SZ-WZ": 5, "HZ-XH": 5}
