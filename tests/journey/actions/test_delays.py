"""Hits are explained soon after recording, as their parcels stood then; files of standards are tried first."""

from datetime import timedelta
from pathlib import Path

import pytest

from huhang.journey.actions import delays, hit_recording, link_standards
from huhang.journey.actions.hit_recording import Recorded, Written
from huhang.journey.models import Hit, LinkStandard
from huhang.journey.rules.codes import Code
from huhang.journey.rules.status import Scan
from huhang.kit import imports
from tests.cast import NOON, Cast
from tests.journey.pages.scenes import NO, WAY, a_hit, a_parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[Scan]:
    """The log of the one parcel; change the list to change the way."""
    way = list(WAY)
    monkeypatch.setattr(delays, "scans_of", lambda no: way if no == NO else [])
    return way


def explained(hit: Hit) -> tuple[str, int | None, str | None]:
    hit.refresh_from_db()
    return hit.late_link, hit.late_minutes, hit.late_unit.code if hit.late_unit else None


def test_names_link_minutes_and_owner(cast: Cast, scans: list[Scan]) -> None:
    """The hub had it for 24 hours where 8 are allowed."""
    a_parcel(cast)
    hit = a_hit(cast, ago=4)
    assert delays.explain([hit.pk], now=NOON) == 1
    assert explained(hit) == ("destination_hub", 16 * 60, "SZ-HUB")
    assert hit.explained_at == NOON


def test_judges_as_it_stood_when_raised(cast: Cast, scans: list[Scan]) -> None:
    """Eighteen hours ago it had been there for twelve."""
    a_parcel(cast)
    hit = a_hit(cast, ago=18)
    delays.explain([hit.pk], now=NOON)
    assert explained(hit) == ("destination_hub", 4 * 60, "SZ-HUB")


def test_explains_once(cast: Cast, scans: list[Scan]) -> None:
    a_parcel(cast)
    hit = a_hit(cast, ago=4)
    delays.explain([hit.pk], now=NOON)
    before = explained(hit)
    scans.clear()
    assert delays.explain([hit.pk, 10**9], now=NOON + timedelta(hours=1)) == 0
    assert explained(hit) == before


def test_where_every_link_keeps_its_time_it_says_so(cast: Cast, scans: list[Scan]) -> None:
    scans[:] = [Scan(NOON - timedelta(hours=1), Code.ARRIVED, node="SZ-WZ")]
    hit = a_hit(cast, "promise_at_risk", unit="SZ-WZ", ago=0)
    delays.explain([hit.pk], now=NOON)
    assert explained(hit) == ("", None, None)
    assert hit.explained_at is not None


def test_a_hit_without_scans_is_explained_as_nothing(cast: Cast, scans: list[Scan]) -> None:
    hit = a_hit(cast, no="UNKNOWN")
    delays.explain([hit.pk], now=NOON)
    assert explained(hit) == ("", None, None)


def test_recording_asks_for_an_explanation(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []
    monkeypatch.setattr(
        "huhang.kit.jobs.enqueue",
        lambda name, **said: asked.append(said["hit_ids"]) if name == "journey.delays.explain" else None,
    )
    hit = a_hit(cast)
    hit_recording.tell(Recorded(raised=[Written(hit.pk, NO, hit.path, hit.raised_at, None)]))
    assert asked == [[hit.pk]]


def test_those_left_over_are_asked_for_later(cast: Cast) -> None:
    a_hit(cast)
    assert delays.ask_for_left_over(now=NOON + timedelta(minutes=1)) == 0
    assert delays.ask_for_left_over(now=NOON + timedelta(minutes=10)) == 1


class TestStandards:
    def file(self, folder: Path, *lines: str) -> Path:
        path = folder / "standards.csv"
        path.write_text(
            "\n".join(["环节,起点编号,终点编号,开始钟点,截止钟点,标准分钟,依据", *lines]), "utf-8"
        )
        return path

    def test_a_file_is_tried_first(self, cast: Cast, tmp_path: Path, settings) -> None:
        settings.VAR = tmp_path
        before = LinkStandard.objects.count()
        path = self.file(
            tmp_path, "干线,SZ-HUB,HZ-XH,0,24,300,合同", "派送,SZ-WZ,,0,12,600,", "派送,NOWHERE,,0,12,600,"
        )
        tried = imports.run("link_standards", path, by=cast.hua, now=NOON, dry_run=True)
        assert (tried.created, tried.rejected) == (2, 1)
        assert LinkStandard.objects.count() == before
        imports.run("link_standards", path, by=cast.hua, now=NOON)
        assert LinkStandard.objects.get(kind="linehaul", origin__code="SZ-HUB").minutes == 300

    def test_two_for_the_same_hour_are_refused(self, cast: Cast, tmp_path: Path, settings) -> None:
        settings.VAR = tmp_path
        path = self.file(tmp_path, "派送,SZ-WZ,,0,12,600,", "派送,SZ-WZ,,6,18,600,", "派送,SZ-WZ,,12,24,900,")
        run = imports.run("link_standards", path, by=cast.hua, now=NOON)
        assert (run.created, run.rejected) == (2, 1)

    def test_the_pack_leaves_what_people_set(self, cast: Cast) -> None:
        LinkStandard.objects.all().delete()
        assert link_standards.load_pack() > 5
        LinkStandard.objects.filter(kind="origin_hub").delete()
        assert link_standards.load_pack() == 0
