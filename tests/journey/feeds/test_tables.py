"""The world's own scan codes."""

import pytest

from huhang.journey.feeds import tables
from huhang.journey.rules.codes import Code, Reason


@pytest.mark.parametrize(
    ("table", "word", "code", "reason"),
    [
        ("kuaidi100", 3, Code.SIGNED, Reason.NONE),
        ("kuaidi100", "203", Code.DELIVERY_FAILED, Reason.REFUSED),
        ("kdniao", "412", Code.AT_AGENT, Reason.AGENT_TIMEOUT),
        ("wechat", 300005, Code.AT_AGENT, Reason.NONE),
        ("shentong", "柜机代收", Code.AT_AGENT, Reason.NONE),
        ("yunda", "signfail", Code.DELIVERY_FAILED, Reason.NONE),
        ("upu", "EMI", Code.SIGNED, Reason.NONE),
        ("sf", "40021", Code.PICKUP_FAILED, Reason.PHONE_WRONG),
        ("kdniao", "no such code", Code.OTHER, Reason.NONE),
        ("nobody", "1", Code.OTHER, Reason.NONE),
        ("../../secrets", "1", Code.OTHER, Reason.NONE),  # a carrier name never becomes a path
    ],
)
def test_look_up(table, word, code, reason):
    found = tables.look_up(table, word)
    assert (found.code, found.reason) == (code, reason)


@pytest.mark.parametrize("name", sorted(tables._NAMES))
def test_every_table_reads(name):
    assert tables._table(name)
