"""The database engine of the settings. Django looks for `DatabaseWrapper` in a module of this name."""

import select
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.backends.postgresql import base
from psycopg.types.datetime import DatetimeDumper, TimestamptzLoader

# A statement is planned for good once it has come back so often on the same connection.
PREPARED_AFTER = 3
# PostgreSQL reads no clock that is farther from UTC; ISO 8601 can write one that is nearly a day off.
FARTHEST = timedelta(hours=15)


class MomentDumper(DatetimeDumper):
    """A moment as it is, on a clock that the database can read."""

    def dump(self, obj: datetime) -> Any:
        offset = obj.utcoffset()
        return super().dump(_in_utc(obj) if offset is not None and abs(offset) > FARTHEST else obj)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # within a day of where the calendar ends
        return datetime.min.replace(tzinfo=UTC) if at.year == 1 else datetime.max.replace(tzinfo=UTC)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, for thousands of requests a minute: it asks less, and hot statements are planned once."""

    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        if "prepare_threshold" not in self.settings_dict["OPTIONS"]:
            # Django's own statements bind on the client and are never prepared; those of `prepared_cursor` are.
            parameters["prepare_threshold"] = PREPARED_AFTER
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_dumper(datetime, MomentDumper)
        return connection

    def is_usable(self) -> bool:
        """A server that went away has closed the line, which shows without asking it `SELECT 1` for each request."""
        if self.connection is None or self.connection.closed:
            return False
        ears = select.poll()
        ears.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return super().is_usable() if ears.poll(0) else True

    def prepared_cursor(self) -> Any:
        """A cursor whose statements the server plans once per connection; tests see them as any other."""
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: Any = base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]
            # In C; moments are in UTC, as the connection is. Django's own loader is Python for each of them.
            cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
            return self._prepare_cursor(cursor)  # type: ignore[attr-defined]
