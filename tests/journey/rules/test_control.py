"""The control group: the same parcels for ever, about as many as asked, and never all rules at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.rules.control import Shares, is_control


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_is_about_as_large_as_asked(share: float) -> None:
    drawn = sum(is_control(f"7731{n:08d}", "outlet_not_out", share) for n in range(20_000))
    assert drawn == pytest.approx(20_000 * share, abs=200)


@given(st.text(), st.text(max_size=20))
def test_a_smaller_share_is_a_part_of_a_larger_one(waybill: str, rule: str) -> None:
    drawn = [is_control(waybill.encode(errors="replace").decode(), rule.encode(errors="replace").decode(), s)
             for s in (0.0, 0.05, 0.5)]  # fmt: skip
    assert drawn == sorted(drawn)
    assert not drawn[0]


def test_never_changes() -> None:
    """Hits that were recorded must be drawn alike by a replay, on any machine, in any year."""
    assert [n for n in range(200) if is_control(f"{n}", "held_too_long", 0.05)] == PINNED


def test_rules_draw_apart() -> None:
    groups = [{n for n in range(20_000) if is_control(f"{n}", rule, 0.05)} for rule in ("a", "b")]
    assert len(groups[0] & groups[1]) < 150


def test_a_rule_may_have_a_share_of_its_own() -> None:
    shares = Shares(usual=0.05, own={"held_too_long": 0.0})
    assert (shares.of("held_too_long"), shares.of("outlet_not_out")) == (0.0, 0.05)


PINNED = [18, 68, 75, 103, 110, 117, 138, 146, 154]
