"""Addresses in what people write: found where one stands, and never anything else.

`test_shell.py` holds the browser to the same.
"""

import pytest

from huhang.kit import links
from huhang.kit.ui.templatetags.ui import linked

FOUND = [
    ("请看https://a.example/x?p=1&q=2#z。谢谢", ["https://a.example/x?p=1&q=2#z"]),
    ("（http://a.example/track/773）", ["http://a.example/track/773"]),
    ("见 https://a.example/x, 或 HTTPS://B.example.", ["https://a.example/x", "HTTPS://B.example"]),
    ("https://a.example:8443，再试", ["https://a.example:8443"]),
    ("(https://a.example/w_(x)) 好吗?", ["https://a.example/w_(x)"]),
    ("https://a.example/@people/1!!", ["https://a.example/@people/1"]),
    ("https://a.example/快递", ["https://a.example/"]),
    ("第一行 https://a.example\n第二行", ["https://a.example"]),
]
NOT_FOUND = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://a.example www.a.example a.example",
    "https://顺丰.example/",
    "https://bank.example@evil.example/",
    "https://bank.example:443@evil.example/",
    "https:// https:///x",
]
HOSTILE = [
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<script>alert(1)</script>",
    "<a href='https://a.example'>https://b.example</a>",
    "https://a.example/&quot;&#x27;'x'",
    "https://a.example/\u202egnp.exe",
    "https://a.example\\@evil.example",
]
TEXTS = [*(text for text, _ in FOUND), *NOT_FOUND, *HOSTILE]


@pytest.mark.parametrize(("text", "addresses"), FOUND)
def test_an_address_ends_where_the_sentence_goes_on(text: str, addresses: list[str]) -> None:
    parts = list(links.parts(text))
    assert [str(part) for part in parts if isinstance(part, links.Address)] == addresses
    assert "".join(map(str, parts)) == text


@pytest.mark.parametrize("text", NOT_FOUND)
def test_anything_else_stays_text(text: str) -> None:
    assert "<a " not in linked(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_is_only_shown(text: str) -> None:
    html = linked(text)
    assert "<script" not in html
    assert html.count('"') == 6 * html.count("<a ")  # three attributes each, and none was broken out of


def test_the_host_stands_out_and_leads_where_it_says() -> None:
    assert linked("https://a.example/x") == (
        '<a href="https://a.example/x" target="_blank" rel="noopener noreferrer nofollow">'
        "https://<b>a.example</b>/x</a>"
    )
