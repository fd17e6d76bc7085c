"""Rows of the post office for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from huhang.channels.models import Notice

_numbers = count(1)


def notice(*, at: datetime, **facts: Any) -> Notice:
    """A notice to whom `path` or `person` says."""
    number = next(_numbers)
    given = {"key": f"test:{number}", "kind": "desk.warn", "title": f"提醒 {number}", "link": "/desk/"}
    return Notice.objects.create(at=at, **(given | facts))
