"""Masks: the law's minimum by properties, the look by tables."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huhang.kit import masking
from tests.data import shared

PHONES = st.from_regex(r"(\+86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,4})?|\d{3,16}", fullmatch=True)


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("王小明", "王*"),
        ("王*", "王*"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),  # perhaps a name of two characters
        ("王", "*"),
        ("John Smith", "J*"),
        ("𠮷田", "𠮷*"),
        (" ", ""),
    ],
)
def test_name(full: str, shown: str) -> None:
    assert masking.name(full) == shown


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("13812345634", "138******34"),
        ("+86 138-1234-5634", "138******34"),
        ("0512-66778899", "051*******99"),
        ("66778899", "******99"),
        ("12305", "******"),
        ("13812345634-9876", "138**********76"),
        ("not a phone", "******"),
        ("", ""),
    ],
)
def test_phone(full: str, shown: str) -> None:
    assert masking.phone(full) == shown


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("苏州市吴中区金山路88号3栋2单元501室", "苏州市吴中区金山路88号3栋***"),
        ("苏州市吴中区金山路88号501室", "苏州市吴中区金山路88号***"),
        ("龙湖区黄山路潮华雅居10栋000房", "龙湖区黄山路潮华雅居10栋***"),
        ("福清市石竹街道义明综合楼3F", "福清市石竹街道义明综合楼***"),
        ("平度市南村镇亭兰", "平度市南村镇***"),
        ("南京市雨花区小行路58号名城世家花园", "南京市雨花区小行路58号***"),
        ("木渎镇501室", "木渎镇***"),
        ("吴中501室张家", "吴***"),
        ("金山路88号 13812345678", "金山路88号***"),
        ("", ""),
    ],
)
def test_address(full: str, shown: str) -> None:
    assert masking.address(full) == shown


def test_phones_in_text() -> None:
    text = "请打13812345634或 0512-66778899，单号773123456789012"
    assert masking.phones_in(text) == "请打138******34或 051*******99，单号773123456789012"


class TestLaw:
    @given(PHONES)
    def test_six_digits_of_a_phone_are_hidden(self, full: str) -> None:
        shown = masking.phone(full)
        assert shown.count("*") >= 6
        assert len(re.sub(r"\D", "", shown)) <= max(0, len(re.sub(r"\D", "", full)) - 6) or "******" in shown
        assert masking.phone(shown) == shown
        assert shown != full

    @given(st.text(min_size=1).filter(lambda text: text.strip() and "*" not in text))
    def test_nothing_comes_out_as_it_went_in(self, full: str) -> None:
        for mask in (masking.name, masking.phone, masking.address):
            shown = mask(full)
            assert shown != full
            assert "*" in shown

    @given(st.text())
    @example("0FA0")
    def test_masking_twice_changes_nothing(self, full: str) -> None:
        for mask in (masking.name, masking.phone, masking.address):
            once = mask(full)
            assert mask(once) == once

    @given(
        st.sampled_from(["苏州市吴中区金山路88号", "木渎镇香溪花园12栋", "人民路国际大厦"]),
        st.integers(1, 30),
        st.integers(101, 3999),
        st.sampled_from(["{}单元{}室", "{}层{}房", "-{}-{}", "{}楼{}", " {}单元 {}"]),
    )
    def test_no_unit_or_room_of_an_address(self, building: str, unit: int, room: int, form: str) -> None:
        shown = masking.address(building + form.format(unit, room))
        assert str(room) not in shown
        assert shown.startswith(building[:6])


@pytest.mark.shared_data
def test_real_address_lines_show_no_room() -> None:
    lines = (shared("cn_address_lines") / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        shown = masking.address(json.loads(line)["text"])
        assert not re.search(r"单元|\d+室|\d+房|\d{7}", shown), shown
