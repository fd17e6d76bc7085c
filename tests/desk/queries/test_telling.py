"""A case's story is stored once and told in the language of whoever reads it."""

import pytest
from django.utils import translation

from huhang.desk.actions import claiming, clocks
from huhang.desk.models import Entry
from huhang.desk.queries.cases import story_of
from huhang.desk.queries.telling import told
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

PLACES = {"吴中网点": "Wuzhong outlet", "理赔组": "Claims team"}


@pytest.mark.parametrize(
    ("sentence", "words", "in_english"),
    [
        ("已认领", {}, "Claimed"),
        (
            "计时暂停：%(reason)s",
            {"reason": "等待客户补充信息"},
            "Clocks paused: Waiting for the customer's information",
        ),
        ("计时暂停：%(reason)s", {"reason": "100% 确定\n封路"}, "Clocks paused: 100% 确定\n封路"),
        (
            "转入下一步：%(step)s（%(unit)s）",
            {"step": "理赔审核", "unit": "理赔组"},
            "Next step: Claims decides (Claims team)",
        ),
        (
            "由%(from)s移交%(to)s：%(reason)s",
            {"from": "吴中网点", "to": "理赔组", "reason": "移交：金额大"},
            "Handed over from Wuzhong outlet to Claims team: 移交：金额大",
        ),
        ("别人写的话，100%", {}, "别人写的话，100%"),
    ],
)
def test_an_event_is_told_in_english(sentence: str, words: dict[str, str], in_english: str) -> None:
    event = Entry(text=sentence, words=words)
    with translation.override("en"):
        assert told(event, PLACES) == in_english
    with translation.override("zh-hans"):
        assert told(event, {}) == (sentence % words if words else sentence)


@pytest.mark.django_db
def test_what_an_english_reader_does_is_stored_in_chinese(cast: Cast) -> None:
    ticket = a_ticket(cast)
    with translation.override("en"):
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        clocks.pause(ticket_no=ticket.no, reason="weather", by=cast.gao, now=NOON)
        assert [line.text for line in story_of(ticket)][1:] == [
            "Claimed",
            "Clocks paused: Severe weather or force majeure",
        ]
    stored = list(ticket.entries.order_by("pk").values_list("text", "words"))[1:]
    assert stored == [("已认领", {}), ("计时暂停：%(reason)s", {"reason": "恶劣天气或不可抗力"})]
