"""Which nodes are searched, and what an answer must bring."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from huhang.desk.rules.trace_orders import (
    Answer,
    Evidence,
    Node,
    Part,
    is_worth_it,
    missing,
    nodes,
    recovered_at_most,
)

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class TestNodes:
    def test_are_those_of_the_scans_in_their_order_then_those_planned(self) -> None:
        seen = [("B", AT + HOUR), ("A", AT), ("B", AT + 2 * HOUR)]
        assert nodes(seen, ["B", "C", "D"]) == [
            Node("A", Part.PASSED, AT),
            Node("B", Part.LAST_SEEN, AT + 2 * HOUR),
            Node("C", Part.NEXT),
            Node("D", Part.AHEAD),
        ]

    def test_a_node_passed_twice_is_searched_once_at_its_last_visit(self) -> None:
        seen = [("A", AT), ("B", AT + HOUR), ("A", AT + 2 * HOUR)]
        assert [node.code for node in nodes(seen, [])] == ["B", "A"]

    def test_without_scans_the_plan_is_searched(self) -> None:
        assert [node.part for node in nodes([], ["A", "B"])] == [Part.NEXT, Part.AHEAD]

    def test_nothing_known_is_nowhere_to_search(self) -> None:
        assert nodes([("", AT)], []) == []


@pytest.mark.parametrize(
    ("answer", "evidence", "lacks"),
    [
        (Answer.FOUND, Evidence(where="3 号滑槽下方"), ""),
        (Answer.FOUND, Evidence(words="找到了"), "where"),
        (Answer.NOT_HERE, Evidence(counted=312, videos=1), ""),
        (Answer.NOT_HERE, Evidence(counted=0, pictures=1), ""),  # an empty floor is a count too
        (Answer.NOT_HERE, Evidence(pictures=1), "count"),
        (Answer.NOT_HERE, Evidence(counted=312), "sight"),
        (Answer.NOT_HERE, Evidence(counted=312, words="真的没有"), "sight"),  # words are no evidence
        (Answer.UNSURE, Evidence(words="监控损坏"), ""),
        (Answer.UNSURE, Evidence(counted=1), "words"),
    ],
)
def test_what_an_answer_lacks(answer: Answer, evidence: Evidence, lacks: str) -> None:
    assert missing(answer, evidence) == lacks


def test_a_loss_is_worth_it_from_the_limit_on_and_never_when_unknown() -> None:
    least = Decimal(1000)
    assert [is_worth_it(value, least=least) for value in (None, Decimal(999), Decimal(1000))] == [
        False, False, True,
    ]  # fmt: skip


def test_nobody_recovers_more_than_was_lost() -> None:
    assert recovered_at_most(Decimal(5), Decimal(5))
    assert not recovered_at_most(Decimal(6), Decimal(5))
    assert not recovered_at_most(Decimal(-1), None)
