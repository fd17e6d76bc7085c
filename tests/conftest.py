"""Fixtures that every room's tests share."""

import pytest
from django.conf import settings

from tests.cast import Cast, assemble

# Honest password hashing takes most of a second per scene and proves nothing here.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(db: None) -> Cast:
    """The people and places of `tests.cast`, in a real PostgreSQL."""
    return assemble()
