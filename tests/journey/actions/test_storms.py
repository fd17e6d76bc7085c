"""A storm through the real runner: the same scans with it and without it; it ends by itself."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from huhang.desk.actions import progress
from huhang.desk.queries.progress import progress_of
from huhang.journey.actions import scan_log, storms
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Reminder
from huhang.journey.queries.trace import trace
from huhang.journey.rules.codes import Code
from huhang.kit.errors import NotAllowed
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import journey as factory
from tests.journey.watch.reference import Scan
from tests.journey.watch.scans import table

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
BEGAN = NOW - timedelta(days=3)
RULE = "hub_not_departed"  # 12 hours


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings) -> Path:
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def held_up(cast: Cast) -> None:
    """Ten parcels lie twenty hours at the hub of Suzhou from the storm's beginning on, three from after its end."""
    scans = []
    for number in range(13):
        since = BEGAN + (HOUR if number < 10 else 30 * HOUR)
        no = f"W{number:04d}"
        factory.waybill(no, dest=cast.unit("SZ-WZ"))
        scans += [
            Scan(no, Code.ARRIVED, since, "SZ-HUB", ""),
            Scan(no, Code.DEPARTED, since + 20 * HOUR, "SZ-HUB", ""),
        ]
    rows = table(scans).append_column("carrier", pa.array(["sto"] * len(scans), pa.string()))
    scan_log.append(rows.append_column("text", pa.array([""] * len(scans), pa.string())), batch_key="one")


def found(prepare: Callable[[], object] = lambda: None) -> tuple[list[str], int]:
    """The parcels that the runner hits, and how many reminders are planned, with a world of its own."""
    with transaction.atomic():
        prepare()
        Watch().round()
        hits = list(
            Hit.objects.filter(rule__slug=RULE).order_by("waybill_no").values_list("waybill_no", flat=True)
        )
        planned = Reminder.objects.filter(hit__rule__slug=RULE).count()
        transaction.set_rollback(True)
    return hits, planned


def a_storm(cast: Cast, unit: str = "JS") -> None:
    factory.storm(cast.unit(unit), starts_at=BEGAN, ends_at=BEGAN + 24 * HOUR, extra_minutes=24 * 60)


class TestRunner:
    def test_raises_fewer_hits_and_reminders_in_a_storm(self, cast: Cast, held_up: None) -> None:
        calm, stormy = found(), found(lambda: a_storm(cast))
        assert len(calm[0]) == 13
        assert stormy[0] == ["W0010", "W0011", "W0012"]  # their limits fall after its end
        assert stormy[1] <= calm[1]

    def test_is_not_moved_by_a_storm_elsewhere(self, cast: Cast, held_up: None) -> None:
        assert len(found(lambda: a_storm(cast, "ZJ"))[0]) == 13

    def test_one_that_ended_early_moves_only_what_fell_into_it(self, cast: Cast, held_up: None) -> None:
        def ended_early() -> None:
            factory.storm(cast.unit("JS"), starts_at=BEGAN, ends_at=BEGAN + 5 * HOUR, extra_minutes=24 * 60)

        assert len(found(ended_early)[0]) == 13  # their limits are thirteen hours after its beginning


class TestCustomers:
    @pytest.fixture
    def in_a_storm(self, cast: Cast) -> None:
        factory.waybill("SX7730000000011", dest=cast.unit("SZ-WZ"))
        storms.declare(
            unit=cast.unit("JS"), starts_at=NOW, ends_at=NOW + 24 * HOUR, extra_minutes=720,
            reason_zh="暴雪冰冻影响，道路封闭", reason_en="Snow and ice: roads are closed", by=cast.hua, now=NOW,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("language", "reason"),
        [("zh-hans", "暴雪冰冻影响，道路封闭"), ("en", "Snow and ice: roads are closed")],
    )
    def test_read_the_reason_in_their_language(
        self, cast: Cast, in_a_storm: None, language: str, reason: str
    ) -> None:
        ticket = a_ticket(cast)
        with translation.override(language):
            assert [storm.reason for storm in progress_of(ticket, now=NOW + HOUR).storms] == [reason]

    def test_read_it_no_longer_once_it_is_over(self, cast: Cast, in_a_storm: None) -> None:
        ticket = a_ticket(cast)
        assert progress_of(ticket, now=NOW + 24 * HOUR).storms == []

    @pytest.mark.parametrize(("code", "told"), [(Code.ARRIVED, True), (Code.SIGNED, False)])
    def test_read_it_on_their_page_until_the_parcel_is_there(
        self, cast: Cast, client: Client, in_a_storm: None, code: Code, told: bool
    ) -> None:
        rows = table([Scan("SX7730000000011", code, NOW - HOUR, "SZ-WZ", "")])
        rows = rows.append_column("carrier", pa.array(["sto"])).append_column("text", pa.array([""]))
        scan_log.append(rows, batch_key="one")
        token = progress.issue_link(ticket=a_ticket(cast), now=NOW)
        assert ("暴雪冰冻影响" in client.get(f"/p/{token}").content.decode()) is told

    def test_the_trace_tells_it_while_it_holds(self, cast: Cast, in_a_storm: None) -> None:
        for at, told in ((NOW + HOUR, 1), (NOW + 25 * HOUR, 0)):
            found = trace("SX7730000000011", now=at)
            assert found is not None
            assert len(found.storms) == told


def test_nobody_declares_it_over_others(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        storms.declare(
            unit=cast.unit("JS"), starts_at=NOW, ends_at=NOW + HOUR, extra_minutes=60, reason_zh="雪",
            by=cast.gao, now=NOW,
        )  # fmt: skip
