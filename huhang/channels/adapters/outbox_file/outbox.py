"""The file that stands in for a gateway."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from huhang.channels.adapters.outbox_file import lines
from huhang.channels.rules.gateway import GatewayAway, Letter, Post

# So long is the id at the beginning of each line.
ID, SIGN = 20, b'{"id": "'
# Letters of older days are hardly ever tried again; their file is then read anew.
DAYS_KNOWN = 3
NOTE = "仅写入文件，未接入真实网关 / written to a file only, not sent to a real gateway"


class OutboxFile:
    """A gateway that keeps what it is given. Handing the same letter over again changes nothing."""

    name = "outbox_file"
    is_real = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._days: dict[Path, _Day] = {}

    @property
    def inbox(self) -> Path:
        return self.folder / "in"

    def send(self, letter: Letter, *, again: bool) -> str:
        """Append a line and fsync it; a letter that is there already is only found, whoever wrote it.

        That it is the first attempt says little: whoever made it may have been held up until another made the next.
        """
        external_id = sha256(letter.key.encode()).hexdigest()[:ID]
        try:
            with self._open(letter) as (file, day):
                if external_id not in day.look(file):
                    _append(file, _line(letter, external_id))
        except OSError as error:
            raise GatewayAway(str(error)) from error
        return external_id

    def collect(self) -> Iterator[Post]:
        """One Post per dropped file; the file is moved to `done/` when the caller comes back for more."""
        for file in sorted(self.inbox.glob("*.jsonl")) if self.inbox.is_dir() else ():
            if not stat.S_ISREG(file.lstat().st_mode):
                continue  # a pipe would hold the worker for ever, a link lead out of the folder
            with file.open("rb") as dropped:
                read = lines.read(dropped.read(lines.LONGEST_FILE + 1))
            yield read.post
            if read.rejected:
                _keep(self.inbox / "rejected" / file.name, read.rejected)
            done = self.inbox / "done"
            done.mkdir(exist_ok=True)
            file.replace(done / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{file.name}")

    @contextmanager
    def _open(self, letter: Letter) -> Iterator[tuple[BinaryIO, "_Day"]]:
        """The file of the day on which it was queued, into which a later attempt looks too; ours alone meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{letter.queued_at.astimezone(UTC):%Y-%m-%d}.jsonl"
        # It holds full numbers and working links, as a gateway would: for the owner alone.
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path not in self._days and len(self._days) == DAYS_KNOWN:
                self._days.pop(min(self._days))
            yield file, self._days.setdefault(path, _Day())


@dataclass
class _Day:
    """What a file was found to hold, and how far it has been read."""

    read: int = 0
    ids: set[str] = field(default_factory=set)

    def look(self, file: BinaryIO) -> set[str]:
        """All ids in whole lines of it; only what is new is read, of a file that has become shorter everything."""
        if file.seek(0, os.SEEK_END) < self.read:
            self.read, self.ids = 0, set()
        file.seek(self.read)
        for line in file:
            if not line.endswith(b"\n"):
                break  # cut off by a crash; the next line goes below it
            self.read += len(line)
            if line.startswith(SIGN) and line.endswith(b"}\n"):
                self.ids.add(line[len(SIGN) : len(SIGN) + ID].decode())
        return self.ids


def _line(letter: Letter, external_id: str) -> bytes:
    said = {
        "id": external_id,
        "key": letter.key,
        "medium": letter.medium.value,
        "to": letter.number,
        "text": letter.text,
        "queued_at": letter.queued_at.astimezone(UTC).isoformat(),
        "note": NOTE,
    }
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _append(file: BinaryIO, line: bytes) -> None:
    # A line that a crash cut off stays alone on its own line.
    end = file.seek(0, os.SEEK_END)
    if end:
        file.seek(end - 1)
        if file.read(1) != b"\n":
            line = b"\n" + line
    file.write(line)
    file.flush()
    os.fsync(file.fileno())


def _keep(file: Path, rejected: list[dict[str, str]]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as kept:
        kept.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in rejected)
