"""What a crash must not make us forget: which parts were put on the wire, their numbers, and which replies were joined.

A line is written before the bytes leave. So a letter that comes again is known: sent, surely not sent, or not to be
known; and a receipt finds its letter after any number of log-ins and restarts.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

# A carrier tries for 48 to 72 hours, then the receipt says EXPIRED.
KEPT = timedelta(days=4)
DELIVERED = "DELIVRD"
# Said on the way; what became of the message is still to come.
NOT_FINAL = frozenset({"ACCEPTD", "ENROUTE"})


@dataclass(slots=True)
class Sent:
    """A letter's parts by their number: begun (no gateway's number yet, empty) or taken; and what became of them."""

    total: int
    parts: dict[int, str] = field(default_factory=dict)
    stats: dict[int, str] = field(default_factory=dict)

    def stat(self) -> str:
        """What became of the whole: the first failure, DELIVRD once all parts arrived, else empty."""
        failed = [stat for stat in self.stats.values() if stat != DELIVERED]
        return failed[0] if failed else DELIVERED if len(self.stats) >= self.total else ""


class Journal:
    """One file, written by whoever holds the line."""

    def __init__(self, file: Path, *, now: Callable[[], datetime]) -> None:
        self._file, self._now, self._lock = file, now, threading.RLock()
        self._letters: dict[str, Sent] = {}
        self._by_number: dict[str, tuple[str, int]] = {}
        self._joined: set[str] = set()
        self._out: int | None = None
        self.reopen()

    def reopen(self) -> None:
        """Read the file, leave out what is old or cut off, and go on writing behind the rest."""
        with self._lock:
            lines = [line for line in self._lines() if line[1] > (self._now() - KEPT).timestamp()]
            self._letters, self._by_number, self._joined = {}, {}, set()
            for line in lines:
                self._apply(line)
            fresh = self._file.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
                written.writelines(json.dumps(line) + "\n" for line in lines)
                written.flush()
                os.fsync(written.fileno())
            fresh.replace(self._file)
            self.close()
            self._out = os.open(self._file, os.O_WRONLY | os.O_APPEND)

    def close(self) -> None:
        with self._lock:
            if self._out is not None:
                os.close(self._out)
            self._out = None

    def of(self, key: str) -> Sent | None:
        """What was done with a letter; None: nothing of it was ever on the wire."""
        with self._lock:
            return self._letters.get(key)

    def begin(self, key: str, number: int, total: int) -> None:
        """A part is about to be put on the wire."""
        self._write("begun", key, number, total, is_sure=True)

    def let_go(self, key: str, number: int) -> None:
        """A part surely did not leave, or was sent back: it may be begun again."""
        self._write("free", key, number)

    def took(self, key: str, number: int, msg_id: str) -> None:
        """The gateway has a part, under this number."""
        self._write("taken", key, number, msg_id)

    def receipt(self, msg_id: str, stat: str) -> tuple[str, str] | None:
        """The letter's key and what became of it as a whole (empty: too early to say); None: not a part of ours."""
        with self._lock:
            if msg_id not in self._by_number:
                return None
            if stat not in NOT_FINAL:
                self._write("done", msg_id, stat)
            key, _ = self._by_number[msg_id]
            return key, self._letters[key].stat()

    def join(self, ids: Iterable[str]) -> None:
        """These parts of a reply were taken together: when one comes again, it is only acknowledged."""
        self._write("joined", *ids)

    def is_joined(self, identity: str) -> bool:
        with self._lock:
            return identity in self._joined

    def _write(self, what: str, *facts: Any, is_sure: bool = False) -> None:
        line = [what, self._now().timestamp(), *facts]
        with self._lock:
            if self._out is None:
                raise OSError("the journal is closed")
            # A line that a full disk cut off stays alone on its own line.
            content = b"\n" + json.dumps(line).encode() + b"\n"
            if os.write(self._out, content) < len(content):
                raise OSError("the journal could not be written")
            if is_sure:
                os.fdatasync(self._out)
            self._apply(line)

    def _apply(self, line: list[Any]) -> None:
        match line:
            case ["begun", _, key, number, total]:
                self._letters.setdefault(key, Sent(total)).parts.setdefault(number, "")
            case ["free", _, key, number] if key in self._letters:
                self._letters[key].parts.pop(number, None)
            case ["taken", _, key, number, msg_id] if key in self._letters:
                self._letters[key].parts[number] = msg_id
                self._by_number[msg_id] = (key, number)
            case ["done", _, msg_id, stat] if msg_id in self._by_number:
                key, number = self._by_number[msg_id]
                self._letters[key].stats[number] = stat
            case ["joined", _, *ids]:
                self._joined.update(ids)

    def _lines(self) -> list[list[Any]]:
        content = self._file.read_text("utf8", "replace") if self._file.exists() else ""
        return [line for text in content.split("\n") if (line := _read(text))]


def _read(text: str) -> list[Any]:
    """A line that a crash cut off is nothing."""
    try:
        line = json.loads(text)
    except ValueError:
        return []
    return line if isinstance(line, list) and len(line) > 2 and isinstance(line[1], float) else []
