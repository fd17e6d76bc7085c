"""Silence ends a talk, and a late word goes on with it, by how fast people talk that way."""

from datetime import timedelta

import pytest

from huhang.channels.rules import pace
from huhang.channels.rules.entrances import EntranceKind
from tests.cast import NOON


def test_every_way_has_its_pace() -> None:
    spans = pace.by_span()
    assert sorted(kind for kinds in spans.values() for kind in kinds) == sorted(EntranceKind)
    assert pace.SILENT_AFTER[EntranceKind.WEB_CHAT] < pace.SILENT_AFTER[EntranceKind.EMAIL]


@pytest.mark.parametrize(("kind", "hours", "goes_on"), [
    ("wechat", 5, True),     # the same evening
    ("sms", 71, True),
    ("wechat", 73, False),   # another matter, or nobody can tell
    ("email", 1, False),     # a letter names the talk that it answers
])  # fmt: skip
def test_a_late_word_goes_on_for_a_while(kind: str, hours: int, goes_on: bool) -> None:
    assert pace.goes_on(kind, NOON - timedelta(hours=hours), now=NOON) is goes_on
