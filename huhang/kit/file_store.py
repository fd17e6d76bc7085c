"""Files that people send: kept under random names where no web server looks, on disk before any row tells of them.

Write first, then commit the row: a crash in between leaves a file that nobody knows, never a row without its file.
`sweep` takes such files away once they are a day old.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from huhang.kit.errors import NotFound

NAME = re.compile(r"[0-9a-f]{32}")
SWEPT_AFTER = timedelta(days=1)
# Of these names, which does a room's row hold?
Holder = Callable[[list[str]], set[str]]
_holders: list[Holder] = []


def keep(content: bytes) -> str:
    """Write content to disk for good and return the random name under which it is found."""
    name = secrets.token_hex(16)
    path = _path(name)
    is_new = not path.parent.exists()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _settle(path.parent)
    if is_new:
        _settle(path.parent.parent)
    return name


def read(name: str) -> bytes:
    """The content kept under a name; NotFound when there is none, which only a lost disk explains."""
    try:
        return _path(name).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(file=name) from error


def held_by(holder: Holder) -> Holder:
    """Register who knows of files: what no holder knows is swept away. Done where tasks load, so before any sweep."""
    _holders.append(holder)
    return holder


def sweep(*, now: datetime) -> int:
    """Remove files older than a day that no row knows: whoever sent them was cut off before the commit."""
    removed = 0
    for folder in sorted(_root().glob("??")):
        old = list(_old(folder, (now - SWEPT_AFTER).timestamp()))
        for name in set(old) - _known(old) if old else ():
            (folder / name).unlink(missing_ok=True)
            removed += 1
    return removed


def _known(names: list[str]) -> set[str]:
    return set().union(*(holder(names) for holder in _holders))


def _root() -> Path:
    return Path(settings.FILES)


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise NotFound(file=name)
    return _root() / name[:2] / name


def _old(folder: Path, before: float) -> Iterator[str]:
    for entry in os.scandir(folder):
        if (
            NAME.fullmatch(entry.name)
            and entry.is_file(follow_symlinks=False)
            and entry.stat().st_mtime < before
        ):
            yield entry.name


def _settle(folder: Path) -> None:
    """A new name is on disk only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
