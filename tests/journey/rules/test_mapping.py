"""Chinese trace text means one code: by the pack's own sentences, by lines it never saw, by real traces."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.journey.feeds import packs
from huhang.journey.rules.codes import Code, Reason

RULES = packs.raw("zh")["rules"] + packs.raw("zh")["last_resort"]
LINES = yaml.safe_load((Path(__file__).parent / "trace_lines.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("code", "text"), [(r["code"], text) for r in RULES for text in r.get("like", ())])
def test_a_rule_understands_its_own_example(code, text):
    assert packs.meaning(text).code.name == code, packs.texts().soften(text)


@pytest.mark.parametrize("line", [line for group in LINES.values() for line in group], ids=lambda x: x[-1])
def test_a_line_it_never_saw(line):
    found = packs.meaning(line[-1])
    assert found.code == Code[line[0]], (found.rule, packs.texts().soften(line[-1]))
    if len(line) == 3:
        assert found.reason == Reason[line[1]]


@pytest.mark.parametrize(
    "text",
    [
        "未签收",
        "签收失败",
        "等待签收",
        "请您准备签收",
        "预计明天签收",
        "签收前请验货",
        "拒绝签收",
        "尚未妥投",
        "待签收",
        "派送中，请注意签收",
        "快件无人签收",
        "您的快件暂未签收",
        "催签收",
    ],
)
def test_what_speaks_of_signing_is_not_signed(text):
    assert packs.meaning(text).code not in {
        Code.SIGNED, Code.SIGNED_BY_PROXY, Code.SIGNED_AT_AGENT, Code.RETURN_SIGNED
    }  # fmt: skip


WORDS = sorted(set(re.findall(r"[\u4e00-\u9fff]{1,3}", str(RULES + packs.raw("zh")["swaps"]))))


@settings(deadline=1000)  # milliseconds: a line that makes the patterns try every way would take years
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.integers(1, 200))
def test_no_line_is_too_hard(words, times):
    assert packs.meaning("".join(words) * times).code in Code


@given(st.text(max_size=60))
def test_no_line_breaks_it(text):
    assert packs.meaning(text).code in Code
