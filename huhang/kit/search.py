"""Chinese search without an extension: text becomes bigrams in Python, PostgreSQL only matches them.

Pure. Both sides pass through `normal`; runs of Chinese become two-character tokens with positions, so
that the query can ask for them in a row and needs no second look at the text. Latin and digits are whole
tokens; a waybill or phone number is also found by its last four. `kit.search_fields` has the column.
"""

import re
import unicodedata
from collections.abc import Iterator

LAST = 4
# Numbers shorter than this have no tail of their own: a year or a house number would only make noise.
LONG_NUMBER = 7
# PostgreSQL clips positions here: beyond it a phrase could not be told from its parts.
MAX_POSITION = 16_383
MAX_LEXEME = 64

HAN = (
    "\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_WORDS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_IS_HAN = re.compile(f"[{HAN}]")
# 138 1234 5678 and 7731 2345 6789 012 are one number, written for eyes.
_GROUPED = re.compile(r"(?<!\d)\d{3,4}(?:[ -]\d{4}){2,}(?:[ -]\d{1,3})?(?!\d)")
_CHINA_PHONE = re.compile(r"(?:0086|86)(1\d{10})")
# NFKC maps the Kangxi radicals but leaves these look-alikes, which OCR and PDFs produce.
_RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
    "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
)


def normal(text: str) -> str:
    """The form in which texts are compared: width, case, look-alike radicals, grouped numbers levelled."""
    folded = unicodedata.normalize("NFKC", text.replace("\x00", " ").translate(_RADICALS)).lower()
    levelled = unicodedata.normalize("NFKC", folded)
    return _GROUPED.sub(lambda number: re.sub(r"[ -]", "", number[0]), levelled)


def tokens(text: str) -> list[str]:
    """Everything by which this text can be found, without repeats."""
    return list(dict.fromkeys(token for token, _ in _positioned(text)))


def tsvector_text(*texts: str | None) -> str:
    """The texts as a tsvector literal, such as `'张三':1 '三':2`; write it to a `SearchField`."""
    places: dict[str, str] = {}
    for token, position in _positioned(" \n ".join(text for text in texts if text)):
        if position >= MAX_POSITION:
            break
        known = places.get(token)
        places[token] = f"{known},{position}" if known else str(position)
    # Tokens are letters and digits only, so nothing in them needs escaping.
    return " ".join([f"'{token}':{at}" for token, at in places.items()])


def tsquery_text(wanted: str) -> str:
    """All words of `wanted` as a tsquery literal; empty when there is nothing to look for."""
    return " & ".join(_asked(word) for word in _words(normal(wanted)))


def agrees(text: str, wanted: str) -> bool:
    """The recheck: does the text itself hold every word that is looked for?"""
    have = normal(text)
    words = list(_words(normal(wanted)))
    return bool(words) and all(_holds(have, word) for word in words)


def _holds(have: str, word: str) -> bool:
    if _is_han(word):
        return word in have
    found = (form for latin in _words(have) if not _is_han(latin) for form in _forms(latin))
    return any(form.startswith(word) if _may_continue(word) else form == word for form in found)


def _positioned(text: str) -> Iterator[tuple[str, int]]:
    position = 0
    for word in _words(normal(text)):
        if _is_han(word):
            # `张三丰` → `张三`, `三丰`, `丰`: the last alone, so that a prefix finds every single character.
            for start in range(len(word)):
                yield word[start : start + 2], position + start + 1
            position += len(word)
        else:
            position += 1
            for form in _forms(word):
                yield form[:MAX_LEXEME], position
        # A gap: two runs side by side in the text are not one phrase.
        position += 1


def _forms(word: str) -> tuple[str, ...]:
    """A Latin or numeric word, and for long numbers the ways in which people shorten them."""
    phone = _CHINA_PHONE.fullmatch(word)
    forms = (word, phone[1]) if phone else (word,)
    tail = word[-LAST:]
    return (*forms, tail) if len(word) >= LONG_NUMBER and tail.isdigit() else forms


def _asked(word: str) -> str:
    if not _is_han(word):
        return f"'{word[:MAX_LEXEME]}'" + (":*" if _may_continue(word) else "")
    if len(word) == 1:
        return f"'{word}':*"
    pairs = [f"'{word[start : start + 2]}'" for start in range(len(word) - 1)]
    return f"({' <-> '.join(pairs)})" if len(pairs) > 1 else pairs[0]


def _may_continue(word: str) -> bool:
    """Words may be typed in part; numbers must be whole or the last four: nobody lists phones by prefix."""
    return not word.isdigit()


def _words(normalised: str) -> Iterator[str]:
    return (match[0] for match in _WORDS.finditer(normalised))


def _is_han(word: str) -> bool:
    return bool(_IS_HAN.match(word))
