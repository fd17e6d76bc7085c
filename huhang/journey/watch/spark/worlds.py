"""States of the world as files on the storage that all machines reach, named by what they say."""

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from huhang.journey.watch.world import World

IN_MEMORY = 4  # of a process
ON_DISK = 200  # a checkpoint needs its last two


class WorldIsGone(Exception):
    """The checkpoint is so old that the world it judged by is not kept any more."""


def write(folder: Path, world: World) -> str:
    """Put a world down and return its name; the same world has the same name."""
    text = world.to_json()
    name = sha256(text.encode()).hexdigest()[:16]
    path = _path(folder, name)
    if path.exists():
        path.touch()
        return name
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    _forget_old(folder)
    return name


@lru_cache(IN_MEMORY)
def read(folder: Path, name: str) -> World:
    """Return a world that was put down."""
    try:
        text = _path(folder, name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WorldIsGone(name) from error
    return World.from_json(text)


def _forget_old(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[ON_DISK:]:
        path.unlink(missing_ok=True)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
