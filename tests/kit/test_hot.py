"""What hot statements are given."""

import json

import pytest
from django.db import DataError

from huhang.kit import hot
from huhang.kit.models import Fact


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("杯子碎了", True),
        ("a\x00b", False),
        ("\\u0000", True),  # typed out, it is six characters
        ("\\\x00", False),
    ],
    ids=["words", "nul", "typed out", "after a backslash"],
)
def test_a_nul_is_refused_before_it_spoils_a_transaction(text: str, is_kept: bool) -> None:
    if is_kept:
        assert json.loads(hot.as_json([text])) == [text]
        return
    with pytest.raises(DataError):
        hot.as_json([text])


@pytest.mark.django_db
def test_what_cannot_be_is_not_asked_for() -> None:
    assert hot.values(Fact.objects.filter(pk__in=[]).values_list("key")) == []
