"""The file that stands in for a gateway."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from huhang.channels.adapters.outbox_file import lines
from huhang.channels.rules.gateway import GatewayAway, Letter, Post

NOTE = "仅写入文件，未接入真实网关 / written to a file only, not sent to a real gateway"


class OutboxFile:
    """A gateway that keeps what it is given. Handing the same letter over again changes nothing."""

    name = "outbox_file"
    is_real = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def inbox(self) -> Path:
        return self.folder / "in"

    def send(self, letter: Letter, *, again: bool) -> str:
        """Append a line and fsync it; a letter that is there already is only found."""
        external_id = sha256(letter.key.encode()).hexdigest()[:20]
        try:
            with self._open(letter) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not (again and _holds(file, external_id)):
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

    def _open(self, letter: Letter) -> BinaryIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The day on which it was queued: a later attempt looks into the same file.
        file = self.folder / f"{letter.queued_at.astimezone(UTC):%Y-%m-%d}.jsonl"
        # It holds full numbers and working links, as a gateway would: for the owner alone.
        return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b")


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


def _holds(file: BinaryIO, external_id: str) -> bool:
    """Is there a whole line of this id?"""
    sign = f'{{"id": "{external_id}"'.encode()
    file.seek(0)
    return any(line.startswith(sign) and line.endswith(b"}\n") for line in file)


def _keep(file: Path, rejected: list[dict[str, str]]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as kept:
        kept.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in rejected)
