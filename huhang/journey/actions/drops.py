"""The drop folder: `drop/<mapping>/file` is imported, then lies in `done` or `failed`, its reasons beside it.

A file is taken once it has stopped growing. A worker that dies in between leaves it where it was, and reading it twice
changes nothing: what entered is known by the file's content.
"""

import csv
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from huhang.journey.actions import file_intake, intake_counts, parking
from huhang.journey.actions.parking import Aside
from huhang.journey.feeds import mappings
from huhang.journey.rules.feeds import Why
from huhang.kit import jobs
from huhang.kit.errors import DomainError
from huhang.kit.models import ImportRun

TAKE = "journey.drop.take"
DONE, FAILED = "done", "failed"
STILL_FOR = 2.0  # seconds without a change: then a file is whole
ASK_AGAIN = 600.0  # a job that was asked for and did not take its file by then was lost
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
_UNSAFE = re.compile(r"[^\w.\-]+")
LONGEST = 120


@dataclass
class Watchman:
    """What was seen at the last looks: one for each worker; two that ask for the same file do no harm."""

    seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)
    asked: dict[Path, float] = field(default_factory=dict)

    def look(self, *, clock: float) -> list[Path]:
        """Return files that are whole and not yet asked for; `clock` is any clock in seconds that never goes back."""
        there = dict(_waiting())
        self.seen = {path: seen for path, seen in self.seen.items() if path in there}
        self.asked = {path: at for path, at in self.asked.items() if path in there and clock - at < ASK_AGAIN}
        return [path for path, print_ in there.items() if self._is_whole(path, print_, clock)]

    def _is_whole(self, path: Path, print_: tuple[int, int], clock: float) -> bool:
        before = self.seen.get(path)
        if before is None or before[:2] != print_:
            self.seen[path] = (*print_, clock)
            return False
        if path in self.asked or clock - before[2] < STILL_FOR:
            return False
        self.asked[path] = clock
        return True


def ask(paths: list[Path]) -> None:
    """Have files imported, one after another per feed. Names travel as bytes: a folder takes what no table does."""
    for path in paths:
        feed, file = os.fsencode(path.parent.name).hex(), os.fsencode(path.name).hex()
        jobs.enqueue("journey.drop.take", lock=f"drop:{feed}"[:100], feed=feed, file=file)


def take(*, feed: str, file: str, now: datetime) -> ImportRun | None:
    """Import one file and put it away; None when it is gone or could not be read at all."""
    folder = root() / _named(feed)
    path = folder / _named(file)
    if path.parent.parent != root() or not _exists(path):
        return None
    feed = safe(folder.name)
    path = _plainly_named(path, now)
    reasons = _fresh(folder / f".{safe(path.name)}.reasons")
    try:
        run = _imported(feed, path, reasons, now)
    except DomainError as error:
        _fail(feed, path, error.detail or error.title, now)
        reasons.unlink(missing_ok=True)
        return None
    _put_away(path, FAILED if run.rows and run.rejected == run.rows else DONE, reasons, now)
    return run


def root() -> Path:
    """The folder under which feeds have theirs."""
    return Path(settings.DROP)


def source_of(feed: str) -> str:
    """What a feed's files are counted under."""
    return f"drop:{feed}"[:64]


def safe(name: str) -> str:
    """A name that a table, a log and a shell can hold."""
    return _UNSAFE.sub("_", name.encode("utf-8", "replace").decode())[-LONGEST:].lstrip(".") or "file"


def _plainly_named(path: Path, now: datetime) -> Path:
    """Readers further in cannot open every name that a folder can hold."""
    plain = path.with_name(safe(path.name))
    if plain == path:
        return path
    if _exists(plain):
        plain = path.with_name(f"{now:%Y%m%d-%H%M%S-%f}-{plain.name}")
    return path.rename(plain)


def _named(code: str) -> str:
    """A single name, never a way."""
    name = Path(os.fsdecode(bytes.fromhex(code))).name
    return "" if name in {".", ".."} else name


def _imported(feed: str, path: Path, reasons: Path, now: datetime) -> ImportRun:
    if not stat.S_ISREG(path.lstat().st_mode):
        raise file_intake.UnknownMapping(_("不是普通文件"))
    kind, mapping = _kind(feed)
    return file_intake.import_file(
        kind,
        path,
        now=now,
        by=None,
        mapping=mapping,
        rejects=reasons,
        file_name=safe(path.name),
        source=source_of(feed),
        is_live=True,
    )


def _kind(feed: str) -> tuple[str, str]:
    if feed in file_intake.DEFAULTS:
        return feed, file_intake.DEFAULTS[feed]
    try:
        return mappings.find(feed).kind, feed
    except mappings.UnknownMapping as error:
        raise file_intake.UnknownMapping(_("没有映射“%(name)s”") % {"name": feed}) from error


def _fail(feed: str, path: Path, sentence: str, now: datetime) -> None:
    source = source_of(feed)
    parking.put(source, [Aside(Why.BROKEN_FILE, sentence, raw=safe(path.name))], at=now)
    intake_counts.refused_whole(source, Why.BROKEN_FILE, at=now)
    reasons = _fresh(path.parent / f".{safe(path.name)}.reasons")
    with reasons.open("x", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([[_("原因")], [sentence]])
    _put_away(path, FAILED, reasons, now)


def _put_away(path: Path, where: str, reasons: Path, now: datetime) -> None:
    """The reasons first: a file that is away has them beside it."""
    folder = path.parent / where
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    name = safe(path.name)
    if (folder / name).exists():
        name = f"{now:%Y%m%d-%H%M%S-%f}-{name}"
    if reasons.exists():
        reasons.replace(folder / f"{name}.reasons.csv")
    path.replace(folder / name)


def _fresh(reasons: Path) -> Path:
    """Whoever drops files could have laid a link of this name, and we would write over what it leads to."""
    reasons.unlink(missing_ok=True)
    return reasons


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _waiting() -> Iterator[tuple[Path, tuple[int, int]]]:
    if not root().is_dir():
        return
    for feed in sorted(folder for folder in root().iterdir() if folder.is_dir() and not folder.is_symlink()):
        for path in sorted(feed.iterdir()):
            if path.name.startswith(".") or path.suffix.lower() in UNFINISHED:
                continue
            try:
                found = path.lstat()
            except FileNotFoundError:  # another worker has put it away
                continue
            if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
                yield path, (found.st_size, found.st_mtime_ns)
