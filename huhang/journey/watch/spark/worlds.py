"""States of the world as files on the storage that all machines reach, named by what they say."""

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from huhang.journey.watch.world import World

KEPT = 4  # in a process


def write(folder: Path, world: World) -> str:
    """Put a world down and return its name; the same world has the same name."""
    text = world.to_json()
    name = sha256(text.encode()).hexdigest()[:16]
    path = _path(folder, name)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    return name


@lru_cache(KEPT)
def read(folder: Path, name: str) -> World:
    """Return a world that was put down."""
    return World.from_json(_path(folder, name).read_text(encoding="utf-8"))


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
