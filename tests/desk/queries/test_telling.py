"""A case's story is stored once and told in the language of whoever reads it."""

import pytest
from django.utils import translation

from huhang.desk.actions import claiming, clocks
from huhang.desk.queries.cases import story_of
from huhang.desk.queries.telling import told
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

PLACES = {"吴中网点": "Wuzhong outlet", "理赔组": "Claims team"}


@pytest.mark.parametrize(
    ("stored", "in_english"),
    [
        ("已认领", "Claimed"),
        ("首次响应超时，已升级", "First response late, escalated"),
        ("计时暂停：等待客户补充信息", "Clocks paused: Waiting for the customer's information"),
        ("计时暂停：下雪\n封路", "Clocks paused: 下雪\n封路"),
        ("转入下一步：理赔审核（理赔组）", "Next step: Claims decides (Claims team)"),
        (
            "由吴中网点移交理赔组：移交：金额大",
            "Handed over from Wuzhong outlet to Claims team: 移交：金额大",
        ),
        ("别人写的话", "别人写的话"),
    ],
)
def test_known_lines_are_told_in_english(stored: str, in_english: str) -> None:
    with translation.override("en"):
        assert told(stored, PLACES) == in_english
    with translation.override("zh-hans"):
        assert told(stored, {}) == stored


@pytest.mark.django_db
def test_what_an_english_reader_does_is_stored_in_chinese(cast: Cast) -> None:
    ticket = a_ticket(cast)
    with translation.override("en"):
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        clocks.pause(ticket_no=ticket.no, reason="rain", by=cast.gao, now=NOON)
        assert [line.text for line in story_of(ticket)][1:] == ["Claimed", "Clocks paused: rain"]
    assert [entry.text for entry in ticket.entries.order_by("pk")][1:] == ["已认领", "计时暂停：rain"]
