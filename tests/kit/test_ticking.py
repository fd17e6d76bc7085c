"""Small loops: one that fails must not stop the others."""

import threading
from unittest.mock import Mock

import pytest
from django.db import connection

from huhang.kit import faults, ticking


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
    monkeypatch.setattr(ticking, "faults", Mock())
    monkeypatch.setattr(ticking, "close_old_connections", lambda: None)
    monkeypatch.setattr(connection, "close", lambda: None)
    ticking.run(stop)
    assert beats.count("went on") == 2
    assert "missed" in beats


def _alone(monkeypatch: pytest.MonkeyPatch, *ticks: ticking.Tick) -> None:
    monkeypatch.setattr(ticking, "ticks", {tick.name: tick for tick in ticks})
    monkeypatch.setattr(ticking, "faults", Mock())  # loops run in threads, outside of the test's transaction
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


@pytest.mark.django_db
class TestAnErrorNobodyForesaw:
    """It stops nothing else, is told by the doctor until it is over, and is tried again after longer pauses."""

    def fails(self, monkeypatch: pytest.MonkeyPatch, times: int) -> tuple[ticking.Tick, list[float]]:
        """A tick that fails so often and then goes well; with the pauses after each round."""
        rounds = list[float]()

        def breaks() -> None:
            if len(rounds) < times:
                raise ZeroDivisionError("a row that nobody foresaw")

        tick = ticking.Tick("huhang.toy.breaks", 0.5, breaks)
        monkeypatch.setattr(ticking, "close_old_connections", lambda: None)
        monkeypatch.setattr(connection, "close", lambda: None)
        monkeypatch.setattr("huhang.kit.ticking.time.monotonic", lambda: 0.0)
        for _ in range(times + 1):
            ticking._beat(tick)
            rounds.append(tick.next_at)
        return tick, rounds

    def test_is_tried_again_after_longer_pauses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _, pauses = self.fails(monkeypatch, 8)
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 0.5]

    def test_the_doctor_says_it_until_it_goes_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        faults.remember("huhang.toy.breaks", ZeroDivisionError("a row"), 3)
        [finding] = faults.loops()
        assert not finding.is_well
        assert "huhang.toy.breaks 连续失败 3 次" in finding.sentence
        self.fails(monkeypatch, 1)
        assert [finding.is_well for finding in faults.loops()] == [True]

    def test_the_others_go_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stop, beats = threading.Event(), list[str]()

        def breaks() -> None:
            raise ZeroDivisionError

        def goes() -> None:
            beats.append("went")
            if len(beats) == 3:
                stop.set()

        _alone(monkeypatch, ticking.Tick("breaks", 0.01, breaks), ticking.Tick("goes", 0.01, goes))
        ticking.run(stop)
        assert len(beats) == 3
