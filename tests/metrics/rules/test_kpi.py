"""What a figure says."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from huhang.metrics.rules import kpi as rules
from huhang.metrics.rules.kpi import Band, Kpi, Reading, State
from huhang.metrics.rules.windows import Window

DAY = Window(datetime(2026, 11, 20, 16, tzinfo=UTC), datetime(2026, 11, 21, 6, 20, tzinfo=UTC))
COMPLAINTS = Kpi(
    id="complaints", version=1, name="投诉", name_en="complaints", formula="甲÷乙", formula_en="a/b",
    numerator=("a", "b"), denominator=("c",), scale=10_000, unit="单/万票", unit_en="per 10k",
    better="lower", target=Decimal("2.8"),
)  # fmt: skip
RESPONSE = replace(COMPLAINTS, id="response", scale=100, better="higher", target=Decimal(98))


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        (3, 10_000, "3.0000"),
        (1, 3, "3333.3333"),
        (0, 5, "0.0000"),
        (5, 0, None),  # nothing went out yet
        (0, 0, None),
    ],
)
def test_value(numerator, denominator, value):
    number = rules.value(COMPLAINTS, Reading(DAY, numerator, denominator))
    assert number == (Decimal(value) if value else None)


@pytest.mark.parametrize(
    ("kpi", "value", "band", "state"),
    [
        (COMPLAINTS, "2.80", None, State.MET),
        (COMPLAINTS, "2.84", None, State.MET),  # reads as 2.8
        (COMPLAINTS, "2.85", None, State.MISSED),  # reads as 2.9
        (RESPONSE, "97.94", None, State.MISSED),
        (RESPONSE, "97.95", None, State.MET),
        (COMPLAINTS, "2.5", ("1.0", "1.4"), State.UNUSUAL),  # looks normal, and is not
        (COMPLAINTS, "1.42", ("1.0", "1.4"), State.MET),  # a hair outside is no news
        (COMPLAINTS, "4.0", ("1.0", "1.4"), State.MISSED),
        (COMPLAINTS, None, ("1.0", "1.4"), State.EMPTY),
    ],
)
def test_state(kpi, value, band, state):
    usual = Band(Decimal(band[0]), Decimal(band[1])) if band else None
    assert rules.state(kpi, Decimal(value) if value else None, usual) is state


def test_two_earlier_values_make_no_band():
    assert rules.band([Decimal(1), None, Decimal(2)]) is None
    assert rules.band([Decimal(1), None, Decimal(3), Decimal(2)]) == Band(Decimal(1), Decimal(3))


def test_the_worst_comes_first_and_the_empty_last():
    values = [Decimal(2), None, Decimal(5), Decimal(3)]
    assert sorted(values, key=lambda v: rules.badness(COMPLAINTS, v)) == [5, 3, 2, None]
    assert sorted(values, key=lambda v: rules.badness(RESPONSE, v)) == [2, 3, 5, None]
