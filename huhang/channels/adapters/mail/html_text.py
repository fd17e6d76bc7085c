"""HTML mail as plain words: what a reader would see, without scripts, and with answers to earlier mail marked."""

import re
from html.parser import HTMLParser

# The parser takes the square of the time for tags that are never closed: such are words, and pages end somewhere.
LONGEST, LONGEST_TAG = 200_000, 3_000
IN_PLACE = re.compile(r"""data:[^"'>\s]{200,}""")
UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre"}
)
CELLS = frozenset({"td", "th"})
# Where mailers begin what they answer.
QUOTES = re.compile(
    r"gmail_quote|yahoo_quoted|isreplycontent|divrplyfwdmsg|appendonsend|moz-cite-prefix|foxdiv|ntes_reply"
)
QUOTE_BEGINS = "-----原始邮件-----"


class Reader(HTMLParser):
    """Collects words while it reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            self._depth += tag == self._unseen
        elif tag in UNSEEN:
            self._unseen, self._depth = tag, 1
        elif _begins_quote(tag, attrs):
            self.words.append(f"\n{QUOTE_BEGINS}\n")
        elif tag in BREAKS:
            self.words.append("\n")
        elif tag in CELLS:
            self.words.append("\t")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen == tag:
            self._depth -= 1
            if not self._depth:
                self._unseen = ""
        elif not self._unseen and tag in BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    """The words of a page, a line for each of its lines."""
    reader = Reader()
    try:
        reader.feed(_tame(_without_comments(IN_PLACE.sub("", html)[:LONGEST])))
        reader.close()
    except (AssertionError, ValueError):
        pass  # what was read until then is what can be read
    lines = [line.strip() for line in "".join(reader.words).replace("\xa0", " ").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_comments(html: str) -> str:
    """One that is never closed is no comment."""
    kept, at = [], 0
    while (begin := html.find("<!--", at)) >= 0 and (end := html.find("-->", begin + 4)) >= 0:
        kept.append(html[at:begin])
        at = end + 3
    return "".join([*kept, html[at:].replace("<!--", "")])


def _tame(html: str) -> str:
    """With every `<` that opens nothing as the character that it is."""
    first, *rest = html.split("<")
    out, at = [first], len(first)
    for piece in rest:
        is_tag = ">" in piece or html.find(">", at, at + LONGEST_TAG) >= 0
        out.append(f"{'<' if is_tag else '&lt;'}{piece}")
        at += len(piece) + 1
    return "".join(out)


def _begins_quote(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    given = dict(attrs)
    if tag == "blockquote":
        return given.get("type") == "cite"
    return QUOTES.search(f"{given.get('id') or ''} {given.get('class') or ''}".lower()) is not None
