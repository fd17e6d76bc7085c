"""Worlds on disk: named by what they say, kept for a while."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from huhang.journey.watch.spark import worlds
from huhang.journey.watch.spark.worlds import WorldIsGone
from huhang.journey.watch.world import World
from tests.journey.watch.scans import WORLD


def test_the_same_world_has_the_same_name(tmp_path: Path) -> None:
    assert worlds.write(tmp_path, WORLD) == worlds.write(tmp_path, replace(WORLD))
    assert worlds.read(tmp_path, worlds.write(tmp_path, WORLD)) == WORLD


def test_old_ones_are_forgotten(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(worlds, "ON_DISK", 2)
    first = worlds.write(tmp_path, World())
    os.utime(tmp_path / f"{first}.json", (0, 0))
    for rules in (WORLD.rules, WORLD.rules[:1]):
        worlds.write(tmp_path, World(rules))
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(WorldIsGone):
        worlds.read(tmp_path, first)
