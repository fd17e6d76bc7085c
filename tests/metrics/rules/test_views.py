"""What a board looks at."""

from datetime import datetime

import pytest

from huhang.metrics.rules.views import has_just_begun
from huhang.metrics.rules.windows import ZONE


@pytest.mark.parametrize(
    ("hour", "minute", "young"),
    [
        (0, 0, True),
        (6, 59, True),
        (7, 0, False),  # outlets are at work
        (23, 59, False),
    ],
)
def test_has_just_begun(hour: int, minute: int, young: bool) -> None:
    assert has_just_begun(datetime(2026, 11, 21, hour, minute, tzinfo=ZONE)) is young
