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


def _alone(monkeypatch: pytest.MonkeyPatch, *ticks: ticking.Tick) -> None:
    monkeypatch.setattr(ticking, "ticks", {tick.name: tick for tick in ticks})
    monkeypatch.setattr(ticking, "close_old_connections", lambda: None)
    monkeypatch.setattr(connection, "close", lambda: None)


def test_a_slow_stranger_holds_up_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, beats = threading.Event(), list[str]()

    def clock() -> None:
        beats.append("clock")
        if beats.count("clock") == 3:
            stop.set()

    slow = ticking.Tick("slow", 0.01, lambda: stop.wait(60), "strangers")
    _alone(monkeypatch, slow, ticking.Tick("clock", 0.01, clock))
    ticking.run(stop)
    assert beats.count("clock") == 3


def test_an_error_nobody_foresaw_ends_all_lines_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> None:
        raise ZeroDivisionError

    _alone(monkeypatch, ticking.Tick("breaks", 0.01, breaks, "strangers"), ticking.Tick("goes", 0.01, int))
    with pytest.raises(ZeroDivisionError):
        ticking.run(threading.Event())
