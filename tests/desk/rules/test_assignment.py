"""Who gets a case: a table of reasons, and what must hold whoever sits where."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.desk.rules.assignment import (
    BACK_SOON,
    NEXT_SHIFT,
    SILENT_AFTER,
    Candidate,
    Case,
    Held,
    Reason,
    Status,
    Trigger,
    decide,
    goes_back,
    has_fallen_silent,
    refusal,
)

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PATHS = ("/HQ/", "/HQ/JS/")


def case(**values) -> Case:
    return Case(**{"kind": "complaint", "points": 2, "paths": PATHS, **values})


def one(seat: int, **values) -> Candidate:
    usual = {"status": Status.AVAILABLE, "status_since": NOON - HOUR, "capacity": 10, "scopes": ("/HQ/",)}
    return Candidate(seat=seat, **{**usual, **values})


@pytest.mark.parametrize(
    ("asked", "sitting", "why"),
    [
        ({}, {}, None),
        ({}, {"scopes": ("/HQ/ZJ/",)}, Reason.NOT_THEIRS),
        ({"keeper": 1}, {"scopes": ()}, Reason.NOT_THEIRS),  # no portfolio gives a right
        ({}, {"status": Status.OFFLINE}, Reason.OFFLINE),
        ({"keeper": 1}, {"status": Status.OFFLINE}, Reason.OFFLINE),
        ({}, {"status": Status.BUSY}, Reason.BUSY),
        ({"keeper": 1}, {"status": Status.BUSY}, None),  # busy is there: their own customers wait for them
        ({"previous": 1}, {"status": Status.BUSY}, None),
        ({}, {"status": Status.AWAY, "status_since": NOON - MINUTE}, Reason.AWAY),
        ({"keeper": 1}, {"status": Status.AWAY, "status_since": NOON - MINUTE}, None),  # back soon
        ({"keeper": 1}, {"status": Status.AWAY, "status_since": NOON - BACK_SOON}, Reason.AWAY),
        (
            {"keeper": 1, "due_at": NOON + 5 * MINUTE},  # back soon, but not soon enough for the customer
            {"status": Status.AWAY, "status_since": NOON - MINUTE},
            Reason.AWAY,
        ),
        ({}, {"shift_ends_at": NOON}, Reason.SHIFT_OVER),
        ({}, {"shift_ends_at": NOON + MINUTE}, None),
        ({}, {"kinds": frozenset({"claim"})}, Reason.OTHER_KIND),
        (
            {"keeper": 1},
            {"kinds": frozenset({"claim"})},
            None,
        ),  # the keeper handles whatever their customer brings
        ({"product": "fresh"}, {"products": frozenset({"standard"})}, Reason.OTHER_PRODUCT),
        ({}, {"products": frozenset({"standard"})}, None),  # which product it was is not known
        ({"needs": frozenset({"law"})}, {}, Reason.NO_SKILL),
        ({"needs": frozenset({"law"})}, {"skills": frozenset({"law", "vip"})}, None),
        ({"level": 2}, {"level": 1}, Reason.LEVEL_TOO_LOW),
        ({"language": "en"}, {"languages": frozenset({"zh"})}, None),  # somebody is better than nobody
        ({}, {"load": 8}, None),  # exactly full afterwards
        ({}, {"load": 9}, Reason.FULL),
        ({"keeper": 1}, {"load": 9}, Reason.FULL),  # never over capacity, not even the keeper
    ],
)
def test_refusal(asked, sitting, why):
    assert refusal(case(**asked), one(1, **sitting), now=NOON) == why


@pytest.mark.parametrize(
    ("asked", "first", "second", "reason", "behind"),
    [
        ({"keeper": 2}, {}, {"load": 6}, Reason.KEEPER, Reason.NOT_KEEPER),
        ({"previous": 2}, {}, {"load": 6}, Reason.PREVIOUS, Reason.NOT_PREVIOUS),
        ({"keeper": 2, "previous": 1}, {}, {"load": 6}, Reason.KEEPER, Reason.NOT_KEEPER),
        ({}, {}, {"load": 6, "kinds": frozenset({"complaint"})}, Reason.BEST, Reason.LESS_SKILLED),
        ({}, {"level": 3}, {"load": 6, "level": 1}, Reason.BEST, Reason.LEVEL_TOO_HIGH),
        ({"language": "en"}, {}, {"load": 6, "languages": frozenset({"en"})}, Reason.BEST, Reason.LANGUAGE),
        ({}, {"load": 4}, {"load": 4, "capacity": 20}, Reason.BEST, Reason.MORE_LOADED),
        ({}, {"idle_since": NOON - MINUTE}, {"idle_since": NOON - HOUR}, Reason.BEST, Reason.LESS_IDLE),
        ({}, {"idle_since": NOON - HOUR}, {}, Reason.BEST, Reason.LESS_IDLE),  # never had one yet
    ],
)
def test_the_second_is_chosen(asked, first, second, reason, behind):
    verdict = decide(case(**asked), [one(1, **first), one(2, **second)], now=NOON)
    assert (verdict.chosen, verdict.reason) == (2, reason)
    assert [(j.seat, j.reason) for j in verdict.judged] == [(2, reason), (1, behind)]


def test_whoever_stands_in_for_the_keeper_is_known_as_that():
    verdict = decide(case(keeper=1), [one(1, status=Status.OFFLINE), one(2)], now=NOON)
    assert (verdict.chosen, verdict.reason, verdict.deputy_for) == (2, Reason.DEPUTY, 1)


@pytest.mark.parametrize(
    ("sitting", "reason"),
    [
        ([], Reason.NOBODY_THERE),
        ([{"status": Status.OFFLINE}], Reason.NOBODY_THERE),
        ([{"kinds": frozenset({"claim"})}], Reason.NOBODY_ABLE),
        ([{"kinds": frozenset({"claim"})}, {"status": Status.AWAY}], Reason.NOBODY_THERE),
        ([{"load": 10}, {"status": Status.AWAY}], Reason.NOBODY_FREE),
    ],
)
def test_nobody_has_a_reason(sitting, reason):
    verdict = decide(case(), [one(n, **values) for n, values in enumerate(sitting)], now=NOON)
    assert (verdict.chosen, verdict.reason) == (None, reason)


@pytest.mark.parametrize(
    ("awaits", "due", "trigger", "back"),
    [
        (True, None, Trigger.OFFLINE, True),
        (False, HOUR, Trigger.OFFLINE, False),  # a long one stays, however near its end
        (False, HOUR, Trigger.SHIFT_ENDED, True),  # nobody would be there when it falls due
        (False, NEXT_SHIFT, Trigger.SHIFT_ENDED, False),
        (False, None, Trigger.SHIFT_ENDED, False),
        (False, HOUR, Trigger.AWAY, False),
        (False, None, Trigger.SEAT_CLOSED, True),
    ],
)
def test_goes_back(awaits, due, trigger, back):
    held = Held(awaits, NOON + due if due else None)
    assert goes_back(held, trigger, now=NOON) == back


@pytest.mark.parametrize(
    ("status", "ago", "silent"),
    [
        (Status.AVAILABLE, SILENT_AFTER, False),
        (Status.AVAILABLE, SILENT_AFTER + timedelta(seconds=1), True),
        (Status.OFFLINE, HOUR, False),
        (Status.AVAILABLE, None, False),  # never heard of: not watched
    ],
)
def test_falls_silent(status, ago, silent):
    assert has_fallen_silent(status, NOON - ago if ago is not None else None, now=NOON) == silent


WORDS = st.frozensets(st.sampled_from(["complaint", "claim", "law", "fresh", "en"]), max_size=3)
MOMENTS = st.one_of(st.none(), st.integers(-90, 90).map(lambda n: NOON + n * MINUTE))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        seat=st.integers(1, 12),
        status=st.sampled_from(Status),
        status_since=st.integers(0, 90).map(lambda n: NOON - n * MINUTE),
        capacity=st.integers(0, 10),
        load=st.integers(0, 12),
        level=st.integers(1, 3),
        kinds=WORDS,
        products=WORDS,
        skills=WORDS,
        languages=WORDS,
        scopes=st.sampled_from([("/",), ("/HQ/JS/",), ("/HQ/ZJ/",), ()]),
        shift_ends_at=MOMENTS,
        idle_since=MOMENTS,
    ),
    max_size=7,
    unique_by=lambda c: c.seat,
)
CASES = st.builds(
    Case,
    kind=st.sampled_from(["complaint", "claim"]),
    points=st.integers(1, 4),
    paths=st.just(PATHS),
    product=st.sampled_from(["", "fresh"]),
    language=st.sampled_from(["", "en"]),
    level=st.integers(1, 3),
    needs=st.sampled_from([frozenset(), frozenset({"law"})]),
    keeper=st.one_of(st.none(), st.integers(1, 12)),
    previous=st.one_of(st.none(), st.integers(1, 12)),
    due_at=MOMENTS,
)


class TestWhoeverSitsWhere:
    @given(CASES, CANDIDATES)
    def test_nobody_is_given_more_than_they_can_carry_or_what_is_not_theirs(self, asked, sitting):
        chosen = decide(asked, sitting, now=NOON).chosen
        for candidate in sitting:
            if candidate.seat == chosen:
                assert candidate.load + asked.points <= candidate.capacity
                assert candidate.status != Status.OFFLINE
                assert any(path.startswith(scope) for scope in candidate.scopes for path in asked.paths)

    @given(CASES, CANDIDATES, st.randoms(use_true_random=False))
    def test_the_order_in_which_they_are_asked_changes_nothing(self, asked, sitting, chance):
        shuffled = chance.sample(sitting, len(sitting))
        assert decide(asked, sitting, now=NOON) == decide(asked, shuffled, now=NOON)

    @given(CASES, CANDIDATES)
    def test_everybody_is_told_why(self, asked, sitting):
        verdict = decide(asked, sitting, now=NOON)
        assert {judged.seat for judged in verdict.judged} == {candidate.seat for candidate in sitting}
        if verdict.chosen is not None:
            assert verdict.judged[0].seat == verdict.chosen

    @given(CASES, CANDIDATES, st.integers(1, 5))
    def test_whoever_is_not_chosen_is_not_chosen_with_more_to_carry(self, asked, sitting, more):
        chosen = decide(asked, sitting, now=NOON).chosen
        for place, candidate in enumerate(sitting):
            if candidate.seat != chosen:
                heavier = [*sitting]
                heavier[place] = replace(candidate, load=candidate.load + more)
                assert decide(asked, heavier, now=NOON).chosen == chosen

    @given(CASES, CANDIDATES, st.integers(1, 5))
    def test_whoever_is_chosen_stays_chosen_with_less_to_carry(self, asked, sitting, less):
        chosen = decide(asked, sitting, now=NOON).chosen
        lighter = [replace(c, load=max(0, c.load - less)) if c.seat == chosen else c for c in sitting]
        assert decide(asked, lighter, now=NOON).chosen == chosen

    @given(CASES, CANDIDATES)
    def test_whoever_cannot_have_it_does_not_matter(self, asked, sitting):
        able = [c for c in sitting if refusal(asked, c, now=NOON) is None]
        assert decide(asked, able, now=NOON).chosen == decide(asked, sitting, now=NOON).chosen
