"""The local runner: hits are written once, named, cleared by late scans, and survive restarts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.core.management import call_command
from django.utils import timezone

from huhang.journey.actions import compaction, replaying, rules, scan_log
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Segment, WatchCursor, WatchRule
from huhang.journey.queries import scans as reading
from huhang.journey.rules.codes import Code
from tests.cast import Cast
from tests.journey.watch.reference import Facts, Scan
from tests.journey.watch.scans import table

HOUR = timedelta(hours=1)
TODAY = timezone.now().replace(minute=0, second=0, microsecond=0)
EARLIER = TODAY - timedelta(days=3)

Send = Callable[..., Segment]


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings) -> Path:
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def send(cast: Cast) -> Send:
    sent = 0

    def one(*scans: Scan, key: str = "") -> Segment:
        nonlocal sent
        sent += 1
        count = len(scans)
        rows = table(list(scans)).append_column("carrier", pa.array(["sto"] * count, pa.string()))
        rows = rows.append_column("text", pa.array([""] * count, pa.string()))
        return scan_log.append(rows, batch_key=key or f"batch {sent}", source="test")

    return one


def scan(waybill: str, code: Code, at: datetime, node: str = "SZ-WZ", operator: str = "") -> Scan:
    return Scan(waybill, code, at, node, operator)


def hits() -> list[tuple[str, str, bool]]:
    rows = Hit.objects.order_by("waybill_no", "rule__number")
    return [(hit.waybill_no, hit.rule.slug, hit.cleared_at is None) for hit in rows]


class TestAppend:
    def test_the_same_batch_twice_is_one_segment(self, send: Send) -> None:
        first = send(scan("W0001", Code.HELD, EARLIER), key="same")
        again = send(scan("W0001", Code.HELD, EARLIER), key="same")
        assert first.pk == again.pk
        assert len(list(scan_log.root().rglob("*.parquet"))) == 1

    def test_arrival_never_runs_backwards(self, send: Send) -> None:
        segments = [send(scan("W0001", Code.HELD, EARLIER)) for _ in range(3)]
        assert [segment.seq for segment in segments] == [1, 2, 3]
        assert sorted(segment.received_at for segment in segments) == [s.received_at for s in segments]


class TestRound:
    def test_names_the_outlet_the_link_and_the_person(self, send: Send, cast: Cast) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER, "SZ-WZ", cast.zhang.code))
        Watch().round()
        hit = Hit.objects.get(rule__slug="out_without_result")
        assert (hit.path, hit.courier, hit.link) == (cast.unit("SZ-WZ").path, cast.zhang, "delivery")

    def test_finds_each_hit_once(self, send: Send) -> None:
        send(scan("W0001", Code.HELD, EARLIER))
        watch = Watch()
        assert [watch.round().raised, watch.round().raised] == [1, 0]

    def test_a_late_scan_clears(self, send: Send) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER))
        watch = Watch()
        watch.round()
        assert hits() == [("W0001", "out_without_result", True)]
        send(scan("W0001", Code.SIGNED, EARLIER + HOUR))
        watch.round()
        assert hits() == [("W0001", "out_without_result", False)]

    def test_counts_what_went_out_once(self, send: Send) -> None:
        from huhang.metrics.models import Tally

        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER), scan("W0002", Code.OUT_FOR_DELIVERY, EARLIER))
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER))
        Watch().round()
        assert sum(Tally.objects.values_list("amount", flat=True)) == 2

    def test_takes_a_changed_rule(self, send: Send) -> None:
        send(scan("W0001", Code.HELD, EARLIER))
        rule = WatchRule.objects.get(slug="held_too_long")
        rule.is_enabled, rule.version = False, rule.version + 1
        watch = Watch()
        rule.save()
        assert watch.refresh()
        assert watch.round().raised == 0
        assert not watch.refresh()


class TestRestart:
    def test_goes_on_from_nothing(self, send: Send) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER))
        Watch().round()
        send(scan("W0001", Code.SIGNED, EARLIER + HOUR), scan("W0002", Code.HELD, EARLIER))
        done = Watch().round()
        assert (done.raised, done.cleared) == (1, 1)

    def test_goes_on_from_a_snapshot(self, send: Send, var: Path) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER))
        watch = Watch()
        watch.round()
        watch.save()
        send(scan("W0001", Code.SIGNED, EARLIER + HOUR))
        again = Watch()
        assert len(again.shard) == 1
        assert again.round().cleared == 1

    def test_a_torn_snapshot_only_costs_time(self, send: Send, var: Path) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER))
        watch = Watch()
        watch.round()
        watch.save()
        next((var / "watch").iterdir()).write_bytes(b"torn")
        send(scan("W0001", Code.SIGNED, EARLIER + HOUR))
        assert Watch().round().cleared == 1

    def test_after_merging_the_log_is_the_same(self, send: Send) -> None:
        for number in range(compaction.WORTH_IT):
            send(scan(f"W{number:04}", Code.OUT_FOR_DELIVERY, EARLIER))
        Watch().round()
        before = hits()
        later = timezone.now() + compaction.SETTLED + HOUR
        assert compaction.merge_old(now=later)
        assert compaction.remove_strays(now=later) == compaction.WORTH_IT
        assert [found.code for found in reading.scans_of("W0003")] == [Code.OUT_FOR_DELIVERY]
        send(scan("W0003", Code.SIGNED, EARLIER + HOUR))
        assert Watch().round().cleared == 1
        assert len(hits()) == len(before)
        WatchCursor.objects.all().delete()
        assert Watch().round().segments == compaction.WORTH_IT + 1


class TestReplay:
    def test_says_what_the_watch_would_have_found_in_time(self, send: Send) -> None:
        promise = Facts(EARLIER + 48 * HOUR, "standard", "", "", flags=1)
        send(*(Scan(no, Code.REGISTERED, EARLIER, facts=promise) for no in ("KEPT1", "LATE1")))
        Watch().round()  # nothing is known of them yet: both look late
        send(
            scan("KEPT1", Code.SIGNED, EARLIER + 40 * HOUR),
            scan("LATE1", Code.SIGNED, EARLIER + 60 * HOUR),
        )
        Watch().round()
        replaying.replay(until=timezone.now())
        late = Hit.objects.filter(rule__slug="promise_passed").values_list("waybill_no", "cleared_at")
        assert list(late) == [("LATE1", EARLIER + 60 * HOUR)]

    def test_twice_gives_the_same_rows(self, send: Send) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER), scan("W0002", Code.SIGNED, EARLIER))
        first = replaying.replay(until=timezone.now())
        rows = list(Hit.objects.order_by("pk").values())
        again = replaying.replay(until=timezone.now())
        assert (first.new, again.new, again.corrected, again.taken_back) == (3, 0, 0, 0)
        assert list(Hit.objects.order_by("pk").values()) == rows

    def test_until_a_moment_knows_nothing_later(self, send: Send) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER), scan("W0001", Code.SIGNED, EARLIER + 40 * HOUR))
        replaying.replay(until=EARLIER + 30 * HOUR)
        assert hits() == [("W0001", "out_without_result", True)]


class TestCommands:
    def test_hits_as_csv(self, send: Send, cast: Cast, capsys) -> None:
        send(scan("W0001", Code.OUT_FOR_DELIVERY, EARLIER, "SZ-WZ", cast.zhang.code))
        call_command("watch", "run", "--once")
        capsys.readouterr()
        call_command("hits", rule="out_without_result")
        head, line = capsys.readouterr().out.strip().split("\n")
        assert head == "waybill,rule,raised_at,cleared_at,link,node,person"
        assert line.startswith("W0001,out_without_result,")
        assert line.endswith(f",delivery,SZ-WZ,{cast.zhang.name}")

    def test_rules_are_listed(self, cast: Cast, capsys) -> None:
        call_command("watch", "rules")
        assert "promise_passed" in capsys.readouterr().out


def test_the_pack_is_the_table(cast: Cast) -> None:
    assert rules.load_pack() == 0
    assert Watch().ground.world.rules == tuple(
        sorted(Watch().ground.world.rules, key=lambda rule: rule.number)
    )
