"""Intervals against the published tables, and what must hold whatever the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.desk.rules.proof import (
    NOBODY,
    Group,
    Span,
    Trial,
    Verdict,
    needed,
    newcombe,
    pooled,
    prove,
    prove_all,
    verdict_of,
    wilson,
)


@st.composite
def groups(draw: st.DrawFn, least: int = 0) -> Group:
    parcels = draw(st.integers(least, 100_000))
    return Group(parcels, draw(st.integers(0, parcels)))


trials = st.builds(Trial, groups(), groups())


class TestWilson:
    @pytest.mark.parametrize(
        ("complaints", "parcels", "low", "high"),
        [  # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_gives_the_published_intervals(self, complaints: int, parcels: int, low: float, high: float):
        span = wilson(Group(parcels, complaints))
        assert (round(span.low, 4), round(span.high, 4)) == (low, high)

    @given(groups())
    def test_holds_the_share_and_stays_a_share(self, group: Group):
        span = wilson(group)
        assert 0 <= span.low <= span.value <= span.high <= 1


class TestNewcombe:
    @pytest.mark.parametrize(
        ("one", "other", "low", "high"),
        [  # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0000),
            ((10, 10), (0, 10), 0.6075, 1.0000),
        ],
    )
    def test_gives_the_published_intervals(
        self, one: tuple[int, int], other: tuple[int, int], low: float, high: float
    ):
        span = newcombe(Group(one[1], one[0]), Group(other[1], other[0]))
        assert (round(span.low, 4), round(span.high, 4)) == (low, high)

    @given(groups(), groups())
    def test_turned_round_it_says_the_opposite(self, one: Group, other: Group):
        there, back = newcombe(one, other), newcombe(other, one)
        assert there.low == pytest.approx(-back.high)
        assert there.high == pytest.approx(-back.low)
        assert there.low - 1e-12 <= there.value <= there.high + 1e-12


class TestPooled:
    @given(groups(1), groups(1))
    def test_of_one_rule_is_that_rule(self, treated: Group, control: Group):
        span, alone = pooled([Trial(treated, control)]), newcombe(control, treated)
        assert span is not None
        assert (span.value, span.low, span.high) == pytest.approx((alone.value, alone.low, alone.high))

    @given(st.lists(trials, max_size=6))
    def test_lies_between_its_rules(self, several: list[Trial]):
        span = pooled(several)
        told = [
            newcombe(t.control, t.treated).value for t in several if t.treated.parcels and t.control.parcels
        ]
        assert (span is None) == (not told)
        if span:
            assert min(told) - 1e-9 <= span.value <= max(told) + 1e-9
            assert span.low - 1e-9 <= span.value <= span.high + 1e-9

    def test_a_rule_that_hits_other_parcels_does_not_fool_it(self):
        # Each rule alone shows no effect; added up, the bad parcels are mostly treated (Simpson's paradox).
        calm = Trial(treated=Group(100, 1), control=Group(1000, 10))
        rough = Trial(treated=Group(1000, 300), control=Group(100, 30))
        span = pooled([calm, rough])
        assert span is not None
        assert span.value == pytest.approx(0)
        crude = newcombe(calm.control + rough.control, calm.treated + rough.treated)
        assert crude.high < 0

    @given(groups(1), groups(1))
    def test_more_of_the_same_is_never_less_sure(self, treated: Group, control: Group):
        once, twice = pooled([Trial(treated, control)]), pooled([Trial(treated, control)] * 2)
        assert once is not None
        assert twice is not None
        assert twice.high - twice.low <= once.high - once.low + 1e-12


class TestNeeded:
    def test_agrees_with_the_text_books(self):
        # 10 % against 5 %, 5 % error, 80 % power, equal groups: 432 each (unpooled normal approximation).
        assert needed(share=0.10, treated_per_control=1) == 432

    @given(st.floats(1e-5, 0.9), st.floats(0.1, 100))
    def test_rarer_complaints_need_more_parcels(self, share: float, ratio: float):
        fewer, more = (needed(share=s, treated_per_control=ratio) for s in (share, share / 2))
        assert fewer is not None
        assert more is not None
        assert more >= fewer > 0

    @pytest.mark.parametrize(("share", "ratio"), [(0.0, 19), (1.0, 19), (0.1, 0)])
    def test_cannot_be_said_of_nothing(self, share: float, ratio: float):
        assert needed(share=share, treated_per_control=ratio) is None


class TestVerdict:
    @pytest.mark.parametrize(
        ("difference", "verdict"),
        [
            (None, Verdict.NO_CONTROL),
            (Span(0.02, -0.01, 0.05), Verdict.OPEN),
            (Span(0.0, 0.0, 0.0), Verdict.OPEN),  # the edge itself says nothing
            (Span(0.02, 0.001, 0.05), Verdict.WORKS),
            (Span(-0.02, -0.05, -0.001), Verdict.HARMS),
        ],
    )
    def test_waits_until_the_interval_leaves_zero(self, difference: Span | None, verdict: Verdict):
        assert verdict_of(difference, Group(900, 9), Group(100, 3)) == verdict

    @pytest.mark.parametrize(
        ("treated", "control"),
        [
            (Group(30, 0), Group(4, 1)),  # Newcombe's interval is above zero, Fisher's test says 0.12
            (Group(1000, 4), Group(9, 9)),
            (Group(1000, 0), Group(10, 4)),
        ],
    )
    def test_is_never_spoken_over_a_handful(self, treated: Group, control: Group):
        proof = prove(Trial(treated, control))
        assert proof.difference is not None
        assert proof.difference.low > 0
        assert proof.verdict == Verdict.OPEN


class TestProof:
    def test_counts_what_was_prevented_among_the_treated(self):
        proof = prove(Trial(treated=Group(9500, 95), control=Group(500, 15)))
        assert proof.verdict == Verdict.WORKS
        assert proof.prevented is not None
        assert proof.prevented.value == pytest.approx(9500 * (0.03 - 0.01))
        assert 0 < proof.prevented.low < proof.prevented.value < proof.prevented.high

    def test_without_a_control_group_claims_nothing(self):
        proof = prove(Trial(treated=Group(9500, 95), control=NOBODY))
        assert (proof.verdict, proof.difference, proof.prevented) == (Verdict.NO_CONTROL, None, None)

    def test_of_all_rules_leaves_out_those_without_a_control_group(self):
        both = Trial(treated=Group(950, 10), control=Group(50, 2))
        proof = prove_all([both, Trial(treated=Group(10_000, 0), control=NOBODY)])
        assert proof.difference == prove(both).difference
        assert proof.prevented == prove(both).prevented

    @given(st.lists(trials, max_size=5))
    def test_never_praises_what_it_cannot_tell_apart(self, several: list[Trial]):
        proof = prove_all(several)
        if proof.verdict == Verdict.WORKS:
            assert proof.difference is not None
            assert proof.difference.low > 0
