"""Fixtures that every room's tests share."""

import threading
from collections.abc import Generator, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase

from tests.cast import REHEARSED, Cast, assemble
from tests.emptying import empty
from tests.threads import left_behind, may_stay

# No timing decides whether a test passes: what hypothesis draws may take as long as the machine needs.
hypothesis.settings.register_profile(
    "patient",
    hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")
# Honest password hashing takes most of a second per scene and proves nothing here.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# pytest-django's tests with `transaction=True` end as Django's do.
TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tables, and the scene of `cast` rehearsed in them."""
    with django_db_blocker.unblock():
        REHEARSED.rehearse()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    if fixturedef.scope in ("session", "package"):
        with may_stay():
            return (yield)
    return (yield)


@pytest.fixture(scope="module", autouse=True)
def _threads_end() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = left_behind(before)
    assert not left, "\n".join(left)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Django's cache outlives a test, whose rows it speaks of and whose visitors it counts."""
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The people and places of `tests.cast`, in a real PostgreSQL."""
    return assemble()
