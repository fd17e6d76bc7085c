"""What is written and said in the cases of the benchmark, findable as real messages, answers and notes are."""

from collections.abc import Iterator
from itertools import product

from huhang.kit import search

PEOPLE = ("您好", "客户您好", "收件人", "派件员", "网点同事")
DONE = (
    "已核实签收底单",
    "正在调取监控录像",
    "电话暂时无人接听",
    "包裹已转交理赔组",
    "已联系驿站核对货架",
    "称重与面单不一致",
    "内件清单已经收到",
    "派送改到明天上午",
)
NEXT = ("稍后给您回电", "请保持电话畅通", "今天之内答复", "等待对方回复", "会尽快处理完毕")
# Written in one case of a hundred; so is this; in six of ten.
PHRASE, WORD, COMMON = "青花瓷", "花瓶", "包裹"
# In two lines of five; in one of 40, so one case of seven; in one of 400, so one case of seventy.
SAID_OFTEN, SAID, SAID_RARELY = "您好", "紫砂壶", "樟木箱"
RARELY = 400


def lines() -> Iterator[tuple[str, str]]:
    """Each of the texts with its tokens; a case draws from them by number."""
    usual = [f"{who}，{done}，{then}。" for who, done, then in product(PEOPLE, DONE, NEXT)]
    for number in range(RARELY):
        text = usual[number % len(usual)]
        if number % 40 == 7:
            text += f"里面是{SAID}，请小心。"
        if number == 3:
            text += f"外面是{SAID_RARELY}。"
        yield text, search.tsvector_text(text)
