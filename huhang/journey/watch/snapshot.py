"""A shard on disk. It is a cache: the log can always rebuild it, so a missing or torn one only costs time.

A heading with the lengths of what follows; the words (names, profiles, the world as far as it is known); the
parcels and their limits as they lie in memory, written and read without a copy; a checksum over everything.
"""

import io
import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from huhang.journey.rules.watch import UnclearRules
from huhang.journey.watch.ground import Profile
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World

MARK = b"huhang watch 3\n\0"  # the number goes up with every change of the format
HEADING = struct.Struct("<16sQQ")  # mark, bytes of words, parcels
CHECKSUM = struct.Struct("<I")
AT_ONCE = 1 << 24  # bytes
MOST_WORDS = 1 << 30


class UnreadableSnapshot(Exception):
    """The snapshot of the watch is torn or from another version; rebuild the state from the log."""


class Source(Protocol):
    """What a snapshot is read from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer as far as there is something; returns how far."""


def dump(shard: Shard) -> bytes:
    """Return everything that the shard knows; `load` gives one that tells the same from then on."""
    return b"".join(_parts(shard))


def save(path: Path, shard: Shard) -> None:
    """Put a shard on disk, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as file:
        for part in _parts(shard):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load(content: bytes, world: World) -> Shard:
    """Return the dumped shard, carried over to this world; raises UnreadableSnapshot."""
    return _read(io.BytesIO(content), world)


def restore(path: Path, world: World) -> Shard:
    """Return the saved shard, carried over to this world; raises UnreadableSnapshot."""
    try:
        with path.open("rb", buffering=0) as file:
            return _read(file, world)
    except OSError as error:
        raise UnreadableSnapshot(str(error)) from error


def _parts(shard: Shard) -> Iterator[bytes | memoryview]:
    parcels, deadlines = shard.held()
    words = zlib.compress(json.dumps(_words(shard), ensure_ascii=False).encode(), 1)
    checksum = 0
    for part in (
        HEADING.pack(MARK, len(words), len(parcels)),
        words,
        _raw(parcels),
        _raw(deadlines),
    ):
        for start in range(0, len(part), AT_ONCE):
            piece = memoryview(part)[start : start + AT_ONCE]
            checksum = zlib.crc32(piece, checksum)
            yield piece
    yield CHECKSUM.pack(checksum)


def _raw(column: Any) -> memoryview:
    return memoryview(column.view(np.uint8) if len(column) else b"").cast("B")


def _words(shard: Shard) -> dict[str, Any]:
    survey = shard.survey
    return {
        "reaped_on": shard.reaped_on,
        "nodes": survey.known.nodes.known,
        "operators": survey.known.operators.known,
        "profiles": list(survey.profiles),
        "long": [[str(hi), str(lo), name] for (hi, lo), name in survey.known.long.items()],
        "world": survey.seen().to_json(),
    }


def _read(source: Source, world: World) -> Shard:
    try:
        return _rebuild(_Reader(source), world)
    except (KeyError, TypeError, ValueError, UnclearRules, struct.error, zlib.error) as error:
        raise UnreadableSnapshot(str(error)) from error


class _Reader:
    """Reads so many bytes, or says that the file is torn; adds up the checksum on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.checksum = 0

    def fill(self, view: memoryview) -> None:
        done = 0
        while done < len(view):
            piece = view[done : done + AT_ONCE]
            read = self.source.readinto(piece)
            if not read:
                raise UnreadableSnapshot("it ends too early")
            self.checksum = zlib.crc32(piece[:read], self.checksum)
            done += read

    def take(self, length: int) -> bytes:
        content = bytearray(length)
        self.fill(memoryview(content))
        return bytes(content)


def _rebuild(reader: _Reader, world: World) -> Shard:
    mark, length, parcels = HEADING.unpack(reader.take(HEADING.size))
    if mark != MARK:
        raise UnreadableSnapshot("it is of another format")
    if length > MOST_WORDS or parcels > MOST_WORDS:
        raise UnreadableSnapshot("its heading makes no sense")
    words = json.loads(zlib.decompress(reader.take(length)))
    shard = Shard(World.from_json(words["world"]))
    shard.make_room(max(parcels, len(shard.parcels)))
    shard.used = parcels
    for column in shard.held():
        reader.fill(_raw(column))
    checksum = reader.checksum
    if CHECKSUM.unpack(reader.take(CHECKSUM.size)) != (checksum,):
        raise UnreadableSnapshot("its checksum is wrong")
    _know(shard, words)
    shard.take_over(parcels)
    if shard.survey.sees(world):
        shard.survey.know(world)
    else:
        shard.learn(world)
    return shard


def _know(shard: Shard, words: dict[str, Any]) -> None:
    survey = shard.survey
    survey.known.nodes.take(words["nodes"])
    survey.known.operators.take(words["operators"])
    survey.known.long.update({(int(hi), int(lo)): name for hi, lo, name in words["long"]})
    survey.profiles.update({_profile(*kind): place for place, kind in enumerate(words["profiles"])})
    survey.extend()
    shard.reaped_on = words["reaped_on"]


def _profile(
    product: str, origin: str, destination: str, value: int, route: list[str], cities: list[str]
) -> Profile:
    start, end, wanted = route
    first, second = cities
    return Profile(product, origin, destination, value, (start, end, wanted), (first, second))
