"""The order of a plan's steps, and the answers it takes."""

import pytest

from huhang.desk.rules.plan import Ask, Move, check, moved

A, B, C = 1, 2, 3


@pytest.mark.parametrize(
    ("stages", "step", "move", "after"),
    [
        ([[A], [B], [C]], B, Move.UP, [[B], [A], [C]]),
        ([[A], [B], [C]], B, Move.DOWN, [[A], [C], [B]]),
        ([[A], [B], [C]], A, Move.UP, [[A], [B], [C]]),  # nothing is above the first
        ([[A], [B], [C]], C, Move.DOWN, [[A], [B], [C]]),  # nor below the last
        ([[A], [B], [C]], B, Move.BESIDE, [[A, B], [C]]),
        ([[A], [B], [C]], A, Move.BESIDE, [[A], [B], [C]]),  # the first has nobody before it
        ([[A, B], [C]], B, Move.APART, [[A], [B], [C]]),
        ([[A, B], [C]], A, Move.UP, [[A], [B], [C]]),  # out of the pair, in front of it
        ([[A, B], [C]], A, Move.DOWN, [[B], [A], [C]]),  # out of the pair, behind it
        ([[A], [B, C]], B, Move.BESIDE, [[A, B], [C]]),
        ([[A], [B]], A, Move.APART, [[A], [B]]),  # it is by itself already
    ],
)
def test_moved(stages, step, move, after):
    assert moved(stages, step, move) == after


ASKS = [
    Ask("damaged", "什么坏了", required=True),
    Ask("about", "投诉内容", choices=("破损", "延误")),
]


@pytest.mark.parametrize(
    ("given", "answers", "missing", "wrong", "unknown"),
    [
        ({"damaged": " 杯子 "}, {"damaged": "杯子"}, [], [], []),
        ({"damaged": "  "}, {}, ["damaged"], [], []),  # blank is no answer
        ({"damaged": "杯子", "about": "天气"}, {"damaged": "杯子", "about": "天气"}, [], ["about"], []),
        ({"damaged": "杯子", "colour": "红"}, {"damaged": "杯子"}, [], [], ["colour"]),
        ({"damaged": "杯" * 900}, {"damaged": "杯" * 500}, [], [], []),  # cut, not refused
    ],
)
def test_check(given, answers, missing, wrong, unknown):
    found = check(ASKS, given)
    said = (found.answers, [a.key for a in found.missing], [a.key for a in found.wrong], found.unknown)
    assert said == (answers, missing, wrong, unknown)


def test_a_question_is_read_as_it_was_stored():
    ask = Ask("about", "投诉内容", "About", True, ("破损",))
    assert Ask.read(ask.stored()) == ask
