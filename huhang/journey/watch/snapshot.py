"""A shard on disk. It is a cache: the log can always rebuild it, so a missing or torn one only costs time."""

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from huhang.journey.rules.watch import Rule, UnclearRules, read_row, write_row
from huhang.journey.watch.ground import NOT_KNOWN, Place, Profile
from huhang.journey.watch.layout import PARCEL
from huhang.journey.watch.shard import Shard

FORMAT = 1


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


def load(content: bytes, rules: tuple[Rule, ...], places: Mapping[str, Place]) -> Shard:
    """Return the dumped shard, carried over to these rules and places; raises UnreadableSnapshot."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _rebuild(dict(arrays), rules, places)
    except (BadZipFile, EOFError, KeyError, OSError, ValueError, UnclearRules) as error:
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
    nodes = survey.known.nodes.known
    return {
        "format": FORMAT,
        "size": len(shard.parcels),
        "reaped_on": shard.reaped_on,
        "nodes": nodes,
        "places": [survey.places.get(node, NOT_KNOWN) for node in nodes],
        "operators": survey.known.operators.known,
        "profiles": list(survey.profiles),
        "long": [[str(hi), str(lo), name] for (hi, lo), name in survey.known.long.items()],
        "rules": [write_row(rule) for rule in survey.rules],
    }


def _rebuild(arrays: dict[str, Any], rules: tuple[Rule, ...], places: Mapping[str, Place]) -> Shard:
    words = json.loads(arrays["words"].tobytes())
    if words["format"] != FORMAT:
        raise UnreadableSnapshot(f"format {words['format']}")
    old_rules = tuple(read_row(row) for row in words["rules"])
    old_places = {name: Place(*place) for name, place in zip(words["nodes"], words["places"], strict=True)}
    shard = Shard(old_rules, old_places)
    known = shard.survey.known
    known.nodes.take(words["nodes"])
    known.operators.take(words["operators"])
    known.long.update({(int(hi), int(lo)): name for hi, lo, name in words["long"]})
    shard.survey.profiles.update({Profile(*kind): place for place, kind in enumerate(words["profiles"])})
    shard.survey.extend()
    shard.reaped_on = words["reaped_on"]
    shard.take(arrays["parcels"].view(PARCEL), arrays["deadlines"], words["size"])
    if old_rules != rules or any(places.get(name, NOT_KNOWN) != old_places[name] for name in old_places):
        shard.learn(rules, places)
    else:
        shard.survey.places = places
    return shard
