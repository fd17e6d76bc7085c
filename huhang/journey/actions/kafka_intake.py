"""Scans from Kafka, as Spark reads it: each stretch of a partition becomes one batch of the scan log.

The log stays the truth: what came from Kafka is traced, replayed and watched like everything else, and Kafka may
forget. Spark writes down what it is about to read before it reads it, so after a fall the same stretch comes again,
under the same key, and changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.utils import timezone

from huhang.journey.actions import intake, refusals
from huhang.journey.actions.intake import Receipt
from huhang.journey.feeds import bodies, mappings
from huhang.journey.feeds.mappings import FileMapping

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery


class Message(NamedTuple):
    """A row of Spark's Kafka source, as far as it matters here: a value is one scan as JSON."""

    topic: str
    partition: int
    offset: int
    value: bytes


class Topic(NamedTuple):
    """Where to read."""

    servers: str
    name: str
    at_most: int  # messages in a micro-batch


def start(spark: "SparkSession", topic: Topic, checkpoint: str, *, once: bool) -> "StreamingQuery":
    """Start the query that fills the log; needs Spark's Kafka connector on its class path."""
    messages = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", topic.servers)
        .option("subscribe", topic.name)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", str(topic.at_most))
        .load()
    )
    writer = messages.writeStream.foreachBatch(hear).option("checkpointLocation", checkpoint)
    return (writer.trigger(availableNow=True) if once else writer.trigger(processingTime="1 seconds")).start()


def hear(messages: "DataFrame", number: int) -> None:
    """Take a micro-batch in. Called in threads of Spark's choice."""
    try:
        take_in(messages_of(messages), now=timezone.now())
    finally:
        connection.close()


def messages_of(messages: "DataFrame") -> list[Message]:
    """Return the rows of a frame of Kafka's shape, each partition's in order."""
    rows = messages.select(*Message._fields).collect()
    return sorted(Message(row.topic, row.partition, row.offset, bytes(row.value or b"")) for row in rows)


def take_in(messages: Iterable[Message], *, now: datetime) -> list[Receipt]:
    """Write each partition's stretch to the log, once; the number of a refused row is its offset."""
    stretches = groupby(messages, key=lambda message: (message.topic, message.partition))
    return [_take_in(list(stretch), now) for _, stretch in stretches]


def _take_in(stretch: list[Message], now: datetime) -> Receipt:
    first, last = stretch[0], stretch[-1]
    # JSON has line breaks only where a space will do.
    rows = bodies.lines(b"\n".join(message.value.replace(b"\n", b" ") or b"null" for message in stretch))
    numbers = [stretch[number - 1].offset for number in rows.numbers]
    unread = [bodies.Unread(stretch[row.number - 1].offset, row.text) for row in rows.unread]
    mapping = _mapping()
    foreign = bodies.table(rows.rows, [name for names in mapping.columns.values() for name in names])
    _, table = mappings.reshape(mapping, numbers, foreign)
    return intake.take_in(
        table=table,
        terms=intake.terms_for(mapping, source=f"kafka:{first.topic}"[:64], is_live=True),
        batch_key=f"kafka:{first.topic}:{first.partition}:{first.offset}-{last.offset}",
        now=now,
        numbers=numbers,
        unread=refusals.of_unread(unread),
    )


@cache
def _mapping() -> FileMapping:
    return mappings.find("default")
