import pytest
from django.utils import timezone

from tests.metrics import ground as grounds


@pytest.fixture
def ground(db):
    return grounds.lay()


@pytest.fixture
def busy(ground):
    """The ground after a busy week, its counts half settled: reads must not care."""
    grounds.busy_week(ground)
    grounds.settle_some()
    return ground


@pytest.fixture
def _at_1420(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: grounds.NOW)


@pytest.fixture
def now():
    return grounds.NOW
