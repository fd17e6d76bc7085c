"""A description, a status word or a bare code of any carrier → its meaning."""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from huhang.journey.feeds import packs, tables
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.mapping import TROUBLED, UNKNOWN, Meaning

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_UNDECOMPOSED = str.maketrans({"ł": "l", "Ł": "l", "ß": "ss", "ø": "o", "æ": "ae", "đ": "d", "’": "'"})


def meaning(text: str) -> Meaning:
    """Return what one text in any of our languages means."""
    if _CHINESE.search(text):
        return packs.texts("zh").meaning(text)
    return packs.texts("intl").meaning(plain(text))


def understood(texts: Sequence[str], *, codes: Sequence[str] = (), carrier: str = "") -> Meaning:
    """Return the first meaning found: the carrier's own codes, the texts as ranked, codes of the trade."""
    own = (tables.look_up(carrier, code) for code in codes)
    said = (meaning(text) for text in texts)
    trade = (_trade(code) for code in codes)
    for candidates in (own, said, trade):
        for candidate in candidates:
            if candidate.code is not Code.OTHER:
                return _with_reason(candidate, texts)
    return UNKNOWN


def _with_reason(found: Meaning, texts: Sequence[str]) -> Meaning:
    """The word that tells the code ("exception") seldom tells the reason; another field may."""
    if found.code not in TROUBLED or found.reason not in {Reason.NONE, Reason.OTHER_REASON}:
        return found
    pack = packs.texts("intl")
    reasons = [pack.reason(plain(text)) for text in texts]
    telling = [reason for reason in reasons if reason not in {Reason.NONE, Reason.OTHER_REASON}]
    return replace(found, reason=telling[0]) if telling else found


def plain(text: str) -> str:
    """Return small letters without accents, with CamelCase and SNAKE_CASE split into words."""
    text = html.unescape(text)
    if " " not in text.strip():
        text = _CAMEL.sub(" ", text).replace("_", " ").replace("-", " ")
    text = text.replace("_", " ").translate(_UNDECOMPOSED)
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c)).lower().strip()


def _trade(code: str) -> Meaning:
    return tables.look_up("upu", code) if code.upper() not in _bare() else _bare()[code.upper()]


@cache
def _bare() -> dict[str, Meaning]:
    return {word: Meaning(Code[code]) for word, code in packs.raw("intl")["codes"].items()}


def by_carrier(word: str, carrier: str) -> Meaning:
    """Return what a carrier's own code or sentence means."""
    own = tables.look_up(carrier, word) if carrier else UNKNOWN
    return own if own.code is not Code.OTHER else meaning(word)
