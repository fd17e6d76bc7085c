"""Fixtures that every room's tests share."""

from typing import Any

import pytest
from django.conf import settings
from django.test import TransactionTestCase

from tests.cast import REHEARSED, Cast, assemble
from tests.emptying import empty

# Honest password hashing takes most of a second per scene and proves nothing here.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# pytest-django's tests with `transaction=True` end as Django's do.
TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tables, and the scene of `cast` rehearsed in them."""
    with django_db_blocker.unblock():
        REHEARSED.rehearse()


@pytest.fixture
def cast(db: None) -> Cast:
    """The people and places of `tests.cast`, in a real PostgreSQL."""
    return assemble()
