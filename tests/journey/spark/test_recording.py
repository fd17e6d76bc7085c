"""What the shards tell is written once, whoever tells it again, and whichever runner comes next."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import connection
from django.utils import timezone

from huhang.journey.actions import compaction, kafka_intake, scan_log, spark_watching
from huhang.journey.actions.kafka_intake import Message
from huhang.journey.actions.spark_log import Rows
from huhang.journey.actions.spark_watching import CheckpointIsAhead, ShardsAreMissing
from huhang.journey.actions.watching import AnotherWatchRuns, Watch, microseconds
from huhang.journey.models import Hit, Segment, WatchCursor, WatchRule
from huhang.journey.rules.codes import Code
from huhang.journey.watch.spark.places import CheckpointIsForeign, Place
from huhang.metrics.models import Tally
from tests.cast import Cast
from tests.journey.spark.cluster import Cluster
from tests.journey.watch.plain import Scan
from tests.journey.watch.scans import table

HOUR = timedelta(hours=1)
EARLIER = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=3)

Send = Callable[..., Segment]


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings) -> Path:
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def cluster(cast: Cast, var: Path) -> Cluster:
    WatchCursor.objects.create(name="local")
    return Cluster(var)


@pytest.fixture
def send(cast: Cast) -> Send:
    WatchRule.objects.exclude(slug="out_without_result").update(is_enabled=False)

    def one(*told: tuple[str, Code, datetime]) -> Segment:
        rows = table([Scan(waybill, code, at, "SZ-WZ") for waybill, code, at in told])
        for name in ("carrier", "text"):
            rows = rows.append_column(name, pa.array([""] * rows.num_rows, pa.string()))
        return scan_log.append(rows, batch_key=f"batch {Segment.objects.count()}", source="test")

    return one


def out(waybill: str) -> tuple[str, Code, datetime]:
    return waybill, Code.OUT_FOR_DELIVERY, EARLIER


def signed(waybill: str) -> tuple[str, Code, datetime]:
    return waybill, Code.SIGNED, EARLIER + HOUR


def hits() -> list[tuple[str, str, bool]]:
    rows = Hit.objects.order_by("waybill_no", "rule__number")
    return [(hit.waybill_no, hit.rule.slug, hit.cleared_at is None) for hit in rows]


def facts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'desk.listeners.%'")
        return int(cursor.fetchone()[0])


class TestRecord:
    def test_writes_hits_clears_counts_and_the_cursor(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"), out("W0002"))
        assert cluster.round().raised == 2
        last = send(signed("W0001"))
        done = cluster.round()
        assert (done.raised, done.cleared, done.seq) == (0, 1, last.seq)
        assert hits() == [("W0001", "out_without_result", False), ("W0002", "out_without_result", True)]
        assert (
            sum(Tally.objects.filter(measure="journey.delivery.started").values_list("amount", flat=True))
            == 2
        )
        assert WatchCursor.objects.get().seq == last.seq

    def test_counts_once_what_two_shards_saw_in_one_minute(self, cluster: Cluster, send: Send) -> None:
        send(*(out(f"W{number:04}") for number in range(20)))
        told = cluster.batch()
        assert sum(row["counts"] is not None for row in told) > 1
        cluster.write(told)
        assert [tally.amount for tally in Tally.objects.filter(measure="journey.delivery.started")] == [20]

    def test_the_same_micro_batch_again_changes_nothing(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"), signed("W0002"))
        send(signed("W0001"))
        told = cluster.batch()
        cluster.write(told)
        before = hits(), facts(), list(Tally.objects.values_list("key", "amount"))
        again = cluster.write(told)
        assert (again.raised, again.cleared) == (0, 0)
        assert (hits(), facts(), list(Tally.objects.values_list("key", "amount"))) == before

    def test_an_old_clear_does_not_close_a_newer_hit(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"))
        cluster.round()
        send(signed("W0001"))
        told = cluster.batch()
        cluster.write(told)
        rule = WatchRule.objects.get(slug="out_without_result")
        Hit.objects.create(
            waybill_no="W0001", rule=rule, anchor_at=EARLIER + 9 * HOUR, raised_at=EARLIER, found_at=EARLIER
        )
        assert cluster.write(told).cleared == 0

    def test_refuses_what_is_not_from_all_shards(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"))
        with pytest.raises(ShardsAreMissing):
            cluster.write(cluster.batch()[:-1])

    def test_refuses_a_checkpoint_ahead_of_the_database(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"))
        cluster.batch()  # its transaction is lost
        send(out("W0002"))
        with pytest.raises(CheckpointIsAhead):
            cluster.round()


class TestTwoRunners:
    def test_spark_takes_over_from_the_local_runner(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"))
        Watch().round()
        send(signed("W0001"), out("W0002"))
        before = facts()
        done = cluster.round()  # begins with the log's first segment
        assert (done.start, done.raised, done.cleared) == (0, 1, 1)
        assert facts() == before + 2
        assert hits() == [("W0001", "out_without_result", False), ("W0002", "out_without_result", True)]

    def test_the_local_runner_takes_over_from_spark(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"))
        cluster.round()
        send(signed("W0001"), out("W0002"))
        done = Watch().round()
        assert (done.raised, done.cleared) == (1, 1)

    def test_spark_catches_up_in_silence_after_a_turn_of_the_local_runner(
        self, cluster: Cluster, send: Send
    ) -> None:
        send(out("W0001"))
        cluster.round()
        send(signed("W0001"), out("W0002"))
        send(signed("W0002"))
        Watch().round()
        before = facts()
        assert cluster.round(at_most=1).is_known
        assert cluster.round().cleared == 0
        assert facts() == before
        assert [is_open for *_, is_open in hits()] == [False, False]

    def test_a_runner_that_was_passed_writes_nothing(self, cluster: Cluster, send: Send) -> None:
        send(out("W0001"))
        local = Watch()
        cluster.round()
        with pytest.raises(AnotherWatchRuns):
            local.round()


class TestManifest:
    def test_goes_on_in_steps(self, send: Send, var: Path) -> None:
        received = [send(out(f"W{number:04}")).received_at for number in range(3)]
        rows = Rows(var / "log" / "worlds")
        end = rows.newest()
        place = rows.ahead(Place(), end, 2)
        assert (place.seq, place.tick) == (2, microseconds(received[1]))
        assert rows.ahead(place, end, 2) == end
        assert [file.seq for file in rows.files(Place(), place)] == [1, 2]

    def test_refuses_the_place_of_another_log(self, send: Send, var: Path) -> None:
        send(out("W0001"))
        rows = Rows(var / "log" / "worlds")
        end = rows.newest()
        for foreign in (Place(1, "of another log"), Place(7, end.mark)):
            with pytest.raises(CheckpointIsForeign):
                rows.ahead(foreign, end, 2)

    def test_finds_segments_that_were_merged(self, cluster: Cluster, send: Send) -> None:
        sent = [send(out(f"W{number:04}")) for number in range(12)]
        Watch().round()
        assert compaction.merge_old(now=timezone.now() + timedelta(days=1))
        files = Rows(cluster.worlds).files(Place(), Rows(cluster.worlds).newest())
        assert [file.seq for file in files] == [segment.seq for segment in sent]
        assert {file.is_merged for file in files} == {True}
        done = cluster.round()
        assert done.start == 0
        assert len(cluster.shards) and sum(map(len, cluster.shards.values())) == 12


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (
            "…huhang.journey.watch.spark.places.CheckpointIsForeign: segment 3…",
            spark_watching.CheckpointIsForeign,
        ),
        ("[CANNOT_LOAD_STATE_STORE.UNCATEGORIZED] An error occurred…", spark_watching.CheckpointIsBroken),
        ("StateIsElsewhere: shard 1 is at 3", spark_watching.CheckpointIsBroken),
    ],
)
def test_says_in_one_sentence_what_spark_says_in_a_thousand_lines(
    text: str, refusal: type[Exception]
) -> None:
    assert isinstance(spark_watching.refusal(text), refusal)


class TestKafka:
    def test_a_stretch_of_a_partition_is_a_batch_of_the_log(self, cast: Cast) -> None:
        receipts = kafka_intake.take_in([*messages(0, 3), *messages(1, 2)], now=timezone.now())
        assert [receipt.accepted for receipt in receipts] == [3, 2]
        assert [segment.batch_key for segment in Segment.objects.order_by("seq")] == [
            "kafka:scans:0:0-2",
            "kafka:scans:1:0-1",
        ]

    def test_the_same_stretch_again_changes_nothing(self, cast: Cast) -> None:
        for _ in range(2):
            kafka_intake.take_in(messages(0, 3), now=timezone.now())
        assert Segment.objects.count() == 1

    def test_refuses_by_offset_and_keeps_the_good(self, cast: Cast) -> None:
        good, bad, worse = messages(0, 3)
        broken = [good, bad._replace(value=b'{"waybill":'), worse._replace(value=b"")]
        receipt = kafka_intake.take_in(broken, now=timezone.now())[0]
        assert receipt.accepted == 1
        assert [refused["row"] for refused in receipt.rejected] == [1, 2]

    @pytest.mark.slow
    @pytest.mark.alone  # where Spark runs already
    def test_reads_a_frame_of_kafkas_shape(self, spark) -> None:
        shape = "key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP"
        sent = [*messages(1, 2), *messages(0, 2)]
        rows = [(None, m.value, m.topic, m.partition, m.offset, timezone.now()) for m in sent]
        assert kafka_intake.messages_of(spark.createDataFrame(rows, shape)) == sorted(sent)


def messages(partition: int, number: int) -> list[Message]:
    told = {"code": "ARRIVED", "event_time": EARLIER.isoformat(), "node": "SZ-WZ"}
    values = ({**told, "waybill": f"KA{partition}{offset:08}"} for offset in range(number))
    return [
        Message("scans", partition, offset, json.dumps(value, indent=1).encode())
        for offset, value in enumerate(values)
    ]
