"""Place, next place, courier and phone, as far as a line names them."""

import pytest

from huhang.journey.rules.particulars import Particulars, read


@pytest.mark.parametrize(
    ("text", "particulars"),
    [
        ("【广州市】 快件离开 【广州花都】 发往 【石家庄中转】", Particulars("广州花都", "石家庄中转")),
        ("【武汉转运中心】 已发出 下一站 【武昌转运中心】", Particulars("武汉转运中心", "武昌转运中心")),
        (
            "在广东广州分拨中心进行装车扫描，即将发往：浙江宁波分拨中心",
            Particulars("广东广州分拨中心", "浙江宁波分拨中心"),
        ),
        ("离开天津市 发往北京市", Particulars("天津市", "北京市")),
        (
            "【镇江市】快件已到达【丹徒】（0511-85344265）,业务员 王明（13000000005）正在第1次派件",
            Particulars("丹徒", "", "王明", "13000000005"),
        ),
        ("快件交给王五，正在派送途中（联系电话：15900000013）", Particulars("", "", "王五", "15900000013")),
        ("已签收,感谢使用顺丰", Particulars()),
        ("", Particulars()),
    ],
)
def test_read(text, particulars):
    assert read(text) == particulars
