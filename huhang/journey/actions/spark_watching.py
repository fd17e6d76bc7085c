"""The Spark runner: shards on a cluster, their finds written here, once.

It moves the same cursor as the local runner. What a step of the log brought is written in the transaction in
which the cursor passes that step, and never when the cursor has passed it; so a micro-batch that comes again
changes nothing, and one runner can take over from the other.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from huhang.journey.actions import hit_recording, kafka_intake, spark_manifest
from huhang.journey.actions.hit_recording import Recorded
from huhang.journey.actions.kafka_intake import Topic
from huhang.journey.actions.watching import NAME
from huhang.journey.models import WatchCursor
from huhang.journey.queries import ground as grounds
from huhang.journey.queries.ground import Ground
from huhang.journey.watch.ground import EPOCH
from huhang.journey.watch.outcome import Outcome
from huhang.journey.watch.spark.told import TABLES, Step, united
from huhang.kit.errors import DomainError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

    from huhang.journey.watch.spark.stream import Course


class SparkIsMissing(DomainError):
    """这台机器上没有 Spark。请安装 Java 17，并运行 pip install 'huhang[spark]'。"""


class CheckpointIsAhead(DomainError):
    """Spark 检查点走在数据库前面（数据库可能是从备份恢复的）。请加 --rebuild 从扫描日志重建，不会丢失或重复预警。"""


class CheckpointIsForeign(DomainError):
    """Spark 检查点属于另一份扫描日志，或日志已被恢复到更早的状态。请检查 --checkpoint，或加 --rebuild 从日志重建。"""


class CheckpointIsBroken(DomainError):
    """Spark 检查点已损坏或过旧，无法使用。请加 --rebuild 从扫描日志重建，不会丢失或重复预警。"""


class ShardsDiffer(DomainError):
    """Spark 检查点是按另一个分片数建立的。请用原来的 --shards，或加 --rebuild 从扫描日志重建。"""


class NoKafkaConnector(DomainError):
    """Spark 没有 Kafka 连接器，请在 spark-submit 的 --packages 中加上它（见 docs/how-to/run-on-a-cluster.md）。"""


class ShardsAreMissing(DomainError):
    """Spark 没有交齐所有分片的结果，这一批没有写入。"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a micro-batch brought."""

    number: int
    start: int
    seq: int
    raised: int
    cleared: int
    is_known: bool  # everything in it had been written before


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How the operator wants it to run; None leaves it to spark-submit."""

    master: str | None = None
    checkpoint: str = ""
    shards: int = 16
    segments: int = 64
    seconds: int = 10
    settings: Mapping[str, str] = field(default_factory=dict)
    kafka: Topic | None = None  # read it into the log at the same time
    once: bool = False
    rebuild: bool = False


class Recorder:
    """Writes what the shards tell."""

    def __init__(self, shards: int, tell: Callable[[Batch], None]) -> None:
        self.shards, self.tell = shards, tell
        self.ground = grounds.read()

    def hear(self, told: "DataFrame", number: int) -> None:
        """Write a micro-batch; Spark may bring the last one again. Called in threads of Spark's choice."""
        try:
            rows = told.collect()
            if grounds.version() != self.ground.version:
                self.ground = grounds.read()
            self.tell(record(rows, number=number, shards=self.shards, ground=self.ground))
        finally:
            connection.close()


@transaction.atomic
def record(rows: Iterable[Any], *, number: int, shards: int, ground: Ground) -> Batch:
    """Write what is new in a micro-batch and move the cursor to its end, in one transaction."""
    rows = list(rows)
    ends = {(row["start"], row["seq"], row["at"]) for row in rows}
    if len(rows) != shards or len(ends) != 1:
        raise ShardsAreMissing
    start, seq, tick = ends.pop()
    cursor = WatchCursor.objects.select_for_update().get(name=NAME)
    if start > cursor.seq:
        raise CheckpointIsAhead
    recorded = Recorded()
    for step, outcome in united(tuple(row[name] for name in TABLES) for row in rows):
        if step.seq > cursor.seq:
            _write(step, outcome, ground, recorded)
    hit_recording.tell(recorded)
    is_known = seq < cursor.seq
    if not is_known:
        _move(cursor, seq, tick)
    return Batch(number, start, seq, len(recorded.raised), len(recorded.cleared), is_known)


def _write(step: Step, outcome: Outcome, ground: Ground, recorded: Recorded) -> None:
    recorded.raised += hit_recording.record_hits(list(outcome.raised()), ground, now=timezone.now())
    recorded.cleared += hit_recording.record_clears(list(outcome.cleared()), ground)
    if step.is_fold:
        hit_recording.record_counts(outcome.counted(), ground, batch=f"segment:{step.seq}")


def _move(cursor: WatchCursor, seq: int, tick: int) -> None:
    until = EPOCH + timedelta(microseconds=tick)
    cursor.seq = seq
    cursor.due_until = max(until, cursor.due_until or until)
    cursor.save(update_fields=["seq", "due_until"])


def keep_on(order: Order, *, stopped: Callable[[], bool], tell: Callable[[Batch], None]) -> None:
    """Run until `stopped`, or with `once` to the end of the log; asked about once a second."""
    if find_spec("pyspark") is None or shutil.which("java") is None:
        raise SparkIsMissing
    from pyspark.errors import PySparkException  # an extra: most installations do without

    from huhang.journey.watch.spark import stream

    WatchCursor.objects.get_or_create(name=NAME)
    spark = stream.session(order.master, _settings(order))
    try:
        if order.rebuild:
            forget(spark, checkpoint_of(order))
        recorder = Recorder(order.shards, tell)
        filling = _filling(spark, order)
        query = stream.start(spark, _course(order), recorder.hear, once=order.once)
        while not query.awaitTermination(1):
            _still_there()
            if filling is not None and not filling.isActive:
                filling.awaitTermination()  # says what it fell over
            if stopped():
                break
    except PySparkException as error:
        told = refusal(str(error))
        if told is None:
            raise
        raise told from error
    finally:
        spark.stop()


def checkpoint_of(order: Order) -> str:
    """Where the state is kept: on storage that all machines of the cluster reach."""
    return order.checkpoint or str(_folder() / "checkpoint")


def _filling(spark: "SparkSession", order: Order) -> "StreamingQuery | None":
    """The query that brings Kafka's scans into the log; None when there is none, or it has brought all."""
    if order.kafka is None:
        return None
    query = kafka_intake.start(spark, order.kafka, kafka_checkpoint_of(order), once=order.once)
    if not order.once:
        return query
    query.awaitTermination()
    return None


def kafka_checkpoint_of(order: Order) -> str:
    """Beside the other: what was read of Kafka stands even when the shards are rebuilt."""
    return f"{checkpoint_of(order).rstrip('/')}-kafka"


def _course(order: Order) -> "Course":
    from huhang.journey.watch.spark.stream import Course

    worlds = Path(settings.VAR) / "log" / "worlds"
    return Course(
        manifest=spark_manifest.PATH,
        worlds=worlds,
        checkpoint=checkpoint_of(order),
        shards=order.shards,
        segments=order.segments,
        seconds=order.seconds,
        told={"worlds": str(worlds)},
    )


def _settings(order: Order) -> dict[str, str]:
    """On one machine, scratch files stay in our own folder, where the next start finds what a killed one left."""
    if order.master is None or not order.master.startswith("local"):
        return dict(order.settings)
    scratch = _folder() / "scratch"
    with suppress(FileNotFoundError):
        shutil.rmtree(scratch)
    scratch.mkdir(parents=True)
    return {"spark.local.dir": str(scratch), **order.settings}


def _folder() -> Path:
    return Path(settings.VAR) / "watch" / "spark"


def _still_there() -> None:
    """The turn to watch is held by this connection: without it another runner may have begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def forget(spark: "SparkSession", checkpoint: str) -> None:
    """Remove the state, wherever Hadoop's file systems keep it."""
    java: Any = spark._jvm  # the only way to file systems that are not mounted
    path = java.org.apache.hadoop.fs.Path(checkpoint)
    path.getFileSystem(spark._jsc.hadoopConfiguration()).delete(path, True)


_REFUSALS: Mapping[str, type[DomainError]] = {
    "CheckpointIsAhead": CheckpointIsAhead,
    "CheckpointIsForeign": CheckpointIsForeign,
    "ShardsDiffer": ShardsDiffer,
    "ShardsAreMissing": ShardsAreMissing,
    "StateIsElsewhere": CheckpointIsBroken,
    "UnreadableSnapshot": CheckpointIsBroken,
    "WorldIsGone": CheckpointIsBroken,
    "CANNOT_LOAD_STATE_STORE": CheckpointIsBroken,
    "MALFORMED_LOG_FILE": CheckpointIsBroken,
    "Failed to find data source: kafka": NoKafkaConnector,
    "DATA_SOURCE_NOT_FOUND": NoKafkaConnector,
}


def refusal(text: str) -> DomainError | None:
    """What Spark says in a thousand lines, in one."""
    return next((error() for word, error in _REFUSALS.items() if word in text), None)
