"""Small loops: one that fails must not stop the others."""

import threading

import pytest
from django.db import connection

from huhang.kit import ticking


@pytest.mark.django_db
def test_a_missing_file_stops_only_the_tick_that_misses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, beats = threading.Event(), list[str]()

    def misses_a_file() -> None:
        beats.append("missed")
        raise FileNotFoundError("segment")

    def goes_on() -> None:
        beats.append("went on")
        if beats.count("went on") == 2:
            stop.set()

    ticks = {
        name: ticking.Tick(name, 0.05, function) for name, function in (("a", misses_a_file), ("b", goes_on))
    }
    monkeypatch.setattr(ticking, "ticks", ticks)
    monkeypatch.setattr(ticking, "close_old_connections", lambda: None)
    monkeypatch.setattr(connection, "close", lambda: None)
    ticking.run(stop)
    assert beats.count("went on") == 2
    assert "missed" in beats
