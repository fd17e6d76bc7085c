"""Ladders, quiet times and words, as tables."""

from datetime import UTC, datetime, time, timedelta

import pytest

from huhang.channels.rules.outgoing import Medium, sms_parts
from huhang.journey.rules import reminder_texts as texts
from huhang.journey.rules.reminder_texts import Line
from huhang.journey.rules.reminders import (
    Policy,
    Quiet,
    Standing,
    Step,
    chosen,
    faults,
    is_worth_reminding,
    standing,
)


def at(clock: str, day: int = 20) -> datetime:
    """A Shanghai clock time as UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


MINUTES = [timedelta(minutes=n) for n in range(121)]
NIGHT = Quiet(time(21), time(8))
LADDER = Policy(
    steps=(
        Step(1, MINUTES[0], Medium.IN_APP),
        Step(2, MINUTES[15], Medium.SMS),
        Step(3, MINUTES[20], Medium.VOICE),
    ),
    quiet=NIGHT,
    window=MINUTES[5],
)


@pytest.mark.parametrize(
    ("quiet", "moment", "until"),
    [
        (NIGHT, at("20:59"), None),
        (NIGHT, at("21:00"), at("08:00", 21)),  # the first minute is quiet
        (NIGHT, at("23:59"), at("08:00", 21)),
        (NIGHT, at("00:00"), at("08:00")),  # past midnight it is the same day's morning
        (NIGHT, at("07:59"), at("08:00")),
        (NIGHT, at("08:00"), None),  # the end is awake
        (Quiet(time(8), time(12)), at("09:00"), at("12:00")),  # a hub sleeps by day
        (Quiet(time(8), time(12)), at("12:00"), None),
        (Quiet(time(8), time(8)), at("08:00"), None),  # never quiet
    ],
)
def test_quiet_until(quiet: Quiet, moment: datetime, until: datetime | None) -> None:
    assert quiet.until(moment) == until


@pytest.mark.parametrize(
    ("step", "since", "is_first", "due"),
    [
        (0, at("10:00"), True, at("10:05")),  # parcels are collected for the window
        (1, at("10:00"), False, at("10:15")),
        (0, at("21:00"), True, at("21:05")),  # a notice wakes nobody
        (1, at("20:50"), False, at("08:00", 21)),  # an SMS waits for the morning
        (2, at("20:30"), False, at("20:50")),
    ],
)
def test_due_at(step: int, since: datetime, is_first: bool, due: datetime) -> None:
    assert LADDER.due_at(LADDER.steps[step], since, is_first=is_first) == due


def test_what_is_urgent_rings_at_night() -> None:
    urgent = Policy(steps=LADDER.steps, quiet=NIGHT, is_urgent=True)
    assert urgent.due_at(urgent.steps[1], at("22:00")) == at("22:15")


def test_every_rung_comes_once_and_the_ladder_ends() -> None:
    climbed, position = [], 0
    while step := LADDER.after(position):
        climbed.append(step.medium)
        position = step.position
    assert climbed == [Medium.IN_APP, Medium.SMS, Medium.VOICE]


NOON = at("12:00")


@pytest.mark.parametrize(
    ("facts", "worth"),
    [
        ({}, True),
        ({"cleared_at": NOON}, False),  # put right
        ({"is_control": True}, False),  # left alone on purpose
        ({"raised_at": NOON - timedelta(hours=48)}, False),  # too late to prevent anything
        ({"raised_at": NOON + timedelta(hours=1)}, True),  # a clock that runs ahead
    ],
)
def test_is_worth_reminding(facts: dict[str, object], worth: bool) -> None:
    usual: dict[str, object] = {"raised_at": NOON, "cleared_at": None, "is_control": False}
    assert is_worth_reminding(**(usual | facts), now=NOON) is worth  # type: ignore[arg-type]


POLICIES = [("", "", "all"), ("", "courier", "couriers"), ("held_too_long", "", "held")]


@pytest.mark.parametrize(
    ("rule", "addressed", "policy"),
    [("held_too_long", "courier", "held"), ("x", "courier", "couriers"), ("x", "hub", "all")],
)
def test_the_most_particular_policy_counts(rule: str, addressed: str, policy: str) -> None:
    assert chosen(POLICIES, rule=rule, addressed=addressed) == policy


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ((None, None, None, None), Standing.PLANNED),
        ((NOON, None, None, None), Standing.REMINDED),
        ((NOON, NOON, None, None), Standing.SEEN),
        ((NOON, NOON, NOON, None), Standing.ACKNOWLEDGED),
        ((NOON, None, None, NOON), Standing.CLEARED),
    ],
)
def test_standing(moments: tuple[datetime | None, ...], expected: Standing) -> None:
    names = ("sent_at", "read_at", "acknowledged_at", "cleared_at")
    assert standing(**dict(zip(names, moments, strict=True))) == expected


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        (LADDER.steps, []),
        ((), []),
        ((LADDER.steps[1],), ["position"]),
        ((Step(1, timedelta(days=8), Medium.SMS),), ["after"]),
        ((Step(1, -MINUTES[1], Medium.SMS),), ["after"]),
    ],
)
def test_faults(steps: tuple[Step, ...], wrong: list[str]) -> None:
    assert faults(steps) == wrong


class TestTexts:
    def lines(self, number: int, *rules: str) -> list[Line]:
        return [Line(f"77312004{n:04d}", rules[n % len(rules)]) for n in range(number)]

    def test_twelve_parcels_are_one_short_message(self) -> None:
        said = texts.sms(self.lines(12, "派件当晚无结果（漏签收）"))
        assert "12 票" in said
        assert "等 12 票" in said
        assert sms_parts(said) <= 3

    def test_name_the_two_worst_rules(self) -> None:
        said = texts.title(self.lines(7, "甲", "乙", "甲", "丙"))
        assert said == "7 票需尽快处理：甲 4 票、乙 2 票等"

    def test_say_whose_parcels_when_another_is_told(self) -> None:
        assert "张师傅名下有" in texts.sms(self.lines(1, "甲"), about="张师傅")

    def test_tell_how_to_stop(self) -> None:
        assert "退订回T" in texts.sms(self.lines(1, "甲"))
