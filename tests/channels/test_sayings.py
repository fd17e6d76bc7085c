"""What rules and adapters say to people is known to the catalogues."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from huhang.channels.models.sayings import SAID
from huhang.channels.rules.quotas import Closed
from huhang.config.messages import parsed

ROOM = Path(__file__).resolve().parents[2] / "huhang" / "channels"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What others say or write, and we look for; names of files. What is filled in with somebody else's words, and patterns,
# are nothing that a catalogue could find again.
NOT_OURS = {
    "写道",
    "写到",
    "-----原始邮件-----",
    "客服消息",
    "全文.txt",
    "原文.eml",
    "接收成功",
    "是",
    "分钟级",
    "退",
    "退订",
    "订",
    "订阅",
    "恢复",
}
UNFINISHED = re.compile(r"[：\s]\Z|\{|\\")


def said(file: Path) -> Iterator[str]:
    tree = parsed(file)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str) and CHINESE.search(node.value):
            yield node.value


def test_every_sentence_is_listed() -> None:
    files = [*(ROOM / "rules").rglob("*.py"), *(ROOM / "adapters").rglob("*.py")]
    words = {words for file in files if "outbox_file" not in file.parts for words in said(file)}
    ours = {one for one in words - NOT_OURS if not UNFINISHED.search(one)}
    assert ours <= set(SAID), ours - set(SAID)


def test_why_nothing_may_leave_is_among_them() -> None:
    assert {str(reason) for reason in Closed} <= set(SAID)
