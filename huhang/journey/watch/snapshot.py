"""A shard on disk. It is a cache: the log can always rebuild it, so a missing or torn one only costs time."""

import io
import json
import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from huhang.journey.rules.watch import UnclearRules
from huhang.journey.watch.ground import Profile
from huhang.journey.watch.layout import PARCEL
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World

FORMAT = 2


class UnreadableSnapshot(Exception):
    """The snapshot of the watch is torn or from another version; rebuild the state from the log."""


def dump(shard: Shard) -> bytes:
    """Return everything that the shard knows; `load` gives one that tells the same from then on."""
    held = (shard.parcels["hi"] != 0) | (shard.parcels["lo"] != 0)
    file = io.BytesIO()
    np.savez(
        file,
        parcels=shard.parcels[held].view(np.uint8),
        deadlines=shard.deadlines[held],
        words=np.frombuffer(json.dumps(_words(shard), ensure_ascii=False).encode(), np.uint8),
    )
    return file.getvalue()


def load(content: bytes, world: World) -> Shard:
    """Return the dumped shard, carried over to this world; raises UnreadableSnapshot."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _rebuild(dict(arrays), world)
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError, UnclearRules) as error:
        raise UnreadableSnapshot(str(error)) from error


def save(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _words(shard: Shard) -> dict[str, Any]:
    survey = shard.survey
    return {
        "format": FORMAT,
        "size": len(shard.parcels),
        "reaped_on": shard.reaped_on,
        "nodes": survey.known.nodes.known,
        "operators": survey.known.operators.known,
        "profiles": list(survey.profiles),
        "long": [[str(hi), str(lo), name] for (hi, lo), name in survey.known.long.items()],
        "world": survey.world.to_json(),
    }


def _rebuild(arrays: dict[str, Any], world: World) -> Shard:
    words = json.loads(arrays["words"].tobytes())
    if words["format"] != FORMAT:
        raise UnreadableSnapshot(f"format {words['format']}")
    shard = Shard(World.from_json(words["world"]))
    known = shard.survey.known
    known.nodes.take(words["nodes"])
    known.operators.take(words["operators"])
    known.long.update({(int(hi), int(lo)): name for hi, lo, name in words["long"]})
    shard.survey.profiles.update({Profile(*kind): place for place, kind in enumerate(words["profiles"])})
    shard.survey.extend()
    shard.reaped_on = words["reaped_on"]
    shard.take(arrays["parcels"].view(PARCEL), arrays["deadlines"], words["size"])
    if shard.survey.world != world:
        shard.learn(world)
    return shard
