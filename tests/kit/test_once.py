"""A write that is sent again happens no second time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huhang.kit import once as keys
from huhang.kit.models import IdempotencyKey
from huhang.kit.once import KeyReused, once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_second_time_gives_the_first_answer_without_acting() -> None:
    acts: list[int] = []

    def act() -> tuple[int, dict[str, int]]:
        acts.append(1)
        return 201, {"no": len(acts)}

    answers = [once(client="c", key="k", content=b"{}", now=NOON, act=act) for _ in range(2)]
    assert answers == [(201, {"no": 1})] * 2
    assert len(acts) == 1


def test_the_same_key_for_other_content_is_refused() -> None:
    once(client="c", key="k", content=b"1", now=NOON, act=lambda: (201, None))
    with pytest.raises(KeyReused):
        once(client="c", key="k", content=b"2", now=NOON, act=lambda: (201, None))


def test_another_client_s_key_is_another_key() -> None:
    once(client="a", key="k", content=b"1", now=NOON, act=lambda: (201, None))
    assert once(client="b", key="k", content=b"2", now=NOON, act=lambda: (202, None)) == (202, None)


def test_what_fails_leaves_the_key_free() -> None:
    def fails() -> tuple[int, None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(client="c", key="k", content=b"1", now=NOON, act=fails)
    assert once(client="c", key="k", content=b"2", now=NOON, act=lambda: (201, [1])) == (201, [1])


def test_costs_two_statements() -> None:
    with CaptureQueriesContext(connection) as asked:
        once(client="c", key="k", content=b"1", now=NOON, act=lambda: (201, None))
    assert len([one for one in asked if "SAVEPOINT" not in str(one["sql"])]) == 2


def test_answers_are_kept_for_a_week() -> None:
    for key, days in (("old", 8), ("new", 6)):
        once(client="c", key=key, content=b"1", now=NOON - timedelta(days=days), act=lambda: (201, None))
    assert keys.purge(now=NOON) == 1
    assert IdempotencyKey.objects.get().key == "new"
