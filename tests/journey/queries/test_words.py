"""What the watch refuses and foretells, in the reader's language."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from huhang.journey.queries import rules, saying, words
from huhang.journey.rules.eta import Forecast
from huhang.journey.rules.watch import FAULTS, Fault


def test_every_fault_has_its_sentence() -> None:
    assert set(words.RULE_FAULTS) == set(FAULTS)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-hans", "“留仓”之后最多只能有 16 条规则在等，请先停用或合并别的规则。"),
        ("en", "At most 16 rules can wait after “Held”. Please switch off or merge another rule first."),
    ],
)
def test_a_crowded_scan_is_called_by_its_name(language: str, sentence: str) -> None:
    with translation.override(language):
        assert rules.said(Fault("", "crowded", "HELD", 16)) == sentence


@pytest.mark.parametrize(
    ("language", "until", "told"),
    [
        ("zh-hans", datetime(2026, 11, 23, 13, tzinfo=UTC), "11月23日下午至晚上"),
        ("zh-hans", datetime(2026, 11, 24, 2, tzinfo=UTC), "11月23日下午至11月24日上午"),
        ("en", datetime(2026, 11, 24, 2, tzinfo=UTC), "Nov 23 afternoon to Nov 24 morning"),
    ],
)
def test_a_forecast_is_told_by_parts_of_the_day(language: str, until: datetime, told: str) -> None:
    start = datetime(2026, 11, 23, 6, tzinfo=UTC)
    with translation.override(language):
        assert saying.expected(Forecast(earliest=start, likely=start, latest=until)) == told
