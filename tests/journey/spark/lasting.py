"""Spark gives a new Python process ten seconds. A busy machine needs more, and then a driver is started again."""

from collections.abc import Callable

from pyspark.errors import StreamingQueryException
from pyspark.sql.streaming.query import StreamingQuery

TOO_BUSY = "Python worker failed to connect back"


def to_the_end(start: Callable[[], StreamingQuery]) -> None:
    """Run a query until it ends, from its checkpoint again when the machine was too busy for it."""
    while True:
        try:
            start().awaitTermination()
        except StreamingQueryException as error:
            if TOO_BUSY in str(error):
                continue
            raise
        return
