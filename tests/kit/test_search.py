"""Search tokens: what is found by what, and that nothing typed can break the literals."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.kit import search

ADDRESS = "江苏省苏州市吴中区木渎镇金山路88号"


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        (ADDRESS, "吴中", True),
        (ADDRESS, "吴中区木渎", True),
        (ADDRESS, "吴", True),  # one character
        ("张三", "三", True),  # the last character of a run
        (ADDRESS, "吴木", False),  # both characters, but not side by side
        ("上海海上花", "上海上", False),  # every bigram, but not in a row
        (ADDRESS, "木渎 88", True),  # every word, in any order
        (ADDRESS, "木渎 89", False),
        ("客户 138-1234-5678", "13812345678", True),
        ("客户 +8613812345678", "13812345678", True),
        ("客户13812345678", "5678", True),  # the last four
        ("客户13812345678", "1381", False),  # phones cannot be listed by prefix
        ("单号 YT1234567890123", "yt1234567890123", True),
        ("单号 YT1234567890123", "yt1234", True),  # typed in part
        ("单号 YT1234567890123", "0123", True),
        ("单号 773123456789012", "7731 2345 6789 012", True),  # pasted as it is shown
        ("ＹＴ１２３ 张　三", "yt123", True),  # full width
        ("2026-11-21 到件", "2026", True),
        ("⻄⻓安街", "西长安", True),  # look-alike radicals
        ("𠮷野家 𡈽", "𠮷野", True),  # characters outside the basic plane
        ("𠮷野家 𡈽", "𡈽", True),
        ("王*", "*", False),  # nothing searchable
        ("王*", "", False),
        ("Ελλάδα Müller", "müll", True),
        ("a'b\\c", "a b c", True),
    ],
)
def test_what_is_found(text: str, wanted: str, found: bool) -> None:
    assert search.agrees(text, wanted) is found
    assert matches(search.tsvector_text(text), search.tsquery_text(wanted)) is found


def test_tokens_are_bigrams_words_and_tails() -> None:
    assert search.tokens("张三丰 YT1234567") == ["张三", "三丰", "丰", "yt1234567", "4567"]


def test_two_texts_are_not_one_phrase() -> None:
    assert not matches(search.tsvector_text("张", "三"), search.tsquery_text("张三"))


def test_nothing_gives_nothing() -> None:
    assert search.tsvector_text(None, "", " ~!") == ""
    assert search.tsquery_text("，。") == ""


@given(st.text(max_size=80), st.data())
def test_any_part_between_words_is_found(text: str, data: st.DataObject) -> None:
    words = list(search._words(search.normal(text)))
    if words:
        assert search.agrees(text, data.draw(st.sampled_from(words)))


@given(st.text(alphabet="张三李四上海a1 ", max_size=30), st.text(alphabet="张三李四上海a1 ", max_size=6))
def test_the_index_and_the_recheck_agree(text: str, wanted: str) -> None:
    indexed = matches(search.tsvector_text(text), search.tsquery_text(wanted))
    assert indexed is search.agrees(text, wanted)


@given(st.text(max_size=60))
def test_normal_is_idempotent(text: str) -> None:
    assert search.normal(search.normal(text)) == search.normal(text)


def matches(vector: str, query: str) -> bool:
    """What PostgreSQL does with the two literals; tests/network asks the real one."""
    places = {
        re.sub(r"\\(.)", r"\1", lexeme.replace("''", "'")): {int(p) for p in at.split(",")}
        for lexeme, at in re.findall(r"'((?:[^'\\]|''|\\.)*)':([\d,]+)", vector)
    }
    return bool(query) and all(_term(places, term.strip("()")) for term in query.split(" & "))


def _term(places: dict[str, set[int]], term: str) -> bool:
    if term.endswith(":*"):
        return any(lexeme.startswith(term[1:-3]) for lexeme in places)
    chain = [places.get(part.strip("'"), set()) for part in term.split(" <-> ")]
    return any(all(start + step in at for step, at in enumerate(chain)) for start in chain[0])
