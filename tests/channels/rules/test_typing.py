"""That somebody writes is told now and then, and believed for a moment."""

from datetime import timedelta

import pytest

from huhang.channels.rules import typing
from tests.cast import NOON


@pytest.mark.parametrize(("since", "is_news"), [
    (None, True),    # nobody was told yet
    (1, False),      # just told
    (3, True),       # they still write: once more, before the sign comes down
])  # fmt: skip
def test_is_told_now_and_then(since: int | None, is_news: bool) -> None:
    told_at = None if since is None else NOON - timedelta(seconds=since)
    assert typing.is_news(told_at, now=NOON) is is_news


@pytest.mark.parametrize(("text", "seconds", "shown"), [
    ("您好", 1, True),
    ("您好", 6, False),   # put the keyboard aside
    ("  ", 0, False),     # emptied the field
])  # fmt: skip
def test_is_shown_while_it_lasts(text: str, seconds: int, shown: bool) -> None:
    assert typing.is_shown(text, NOON - timedelta(seconds=seconds), now=NOON) is shown
