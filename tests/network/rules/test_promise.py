"""Which standard holds."""

from datetime import UTC, datetime

import pytest

from huhang.network.rules.promise import Standard, best

CITY, PROVINCE, HQ = 3, 2, 1
NATION = Standard(HQ, HQ, "", 96)
PROVINCES = Standard(PROVINCE, PROVINCE, "", 60)
CITIES = Standard(CITY, CITY, "", 48)
TO_CITY = Standard(PROVINCE, CITY, "", 50)
FROM_CITY = Standard(CITY, PROVINCE, "", 55)
EXPRESS = Standard(PROVINCE, PROVINCE, "express", 30)


@pytest.mark.parametrize(
    ("standards", "product", "chosen"),
    [
        ([NATION, PROVINCES, CITIES], "", CITIES),  # nearest to both ends
        ([NATION, PROVINCES], "", PROVINCES),
        ([CITIES, EXPRESS], "express", EXPRESS),  # the product's own, even if wider
        ([CITIES, EXPRESS], "economy", CITIES),
        ([FROM_CITY, TO_CITY], "", TO_CITY),  # the destination decides
        ([EXPRESS], "", None),
        ([], "", None),
    ],
)
def test_best(standards: list[Standard], product: str, chosen: Standard | None) -> None:
    assert best(standards, product) == chosen


def test_a_promise_runs_through_the_night() -> None:
    assert CITIES.due(datetime(2026, 11, 20, tzinfo=UTC)) == datetime(2026, 11, 22, tzinfo=UTC)
