"""Where, where to and by whom: what a Chinese trace line tells beside its code."""

import re
from dataclasses import dataclass

_BRACKET = re.compile(r"[【\[]([^【\[\]】]+)[】\]]")
# A city alone in the first brackets is a heading ("【广州市】 快件离开 【广州花都】"), not the place of the scan.
_CITY = re.compile(r"[\u4e00-\u9fff]{2,12}[市州盟](?:地区)?")
_NEXT = re.compile(
    r"(?:发往|送往|运往|下一站|下一网点|目的地(?!网点)|转往|寄往)\s*[::]?\s*"
    r"(?:[【\[]([^】\]]+)[】\]]|([\u4e00-\u9fffA-Za-z0-9()]{2,30}))"
)
_PLACE = re.compile(
    r"(?:^|[\s,。;])(?:快件|邮件|货物|包裹)?(?:已经|已)?(?:离开|到达|抵达|从|在|由)\s*(?:分拨中心(?=\S{3}))?"
    r"([\u4e00-\u9fffA-Za-z0-9 ]{2,40}?)(?=进行|安排|发出|发往|,|;|。|\s发往|$)"
)
_LEADING = re.compile(r"^([\u4e00-\u9fffA-Za-z0-9]{3,30})\s?[::](?=\S)")
_ARRANGED = re.compile(r"^([\u4e00-\u9fffA-Za-z0-9]{3,40}?)\s?(?:安排投递|已收入|已发出|已签收)")
_COURIER = re.compile(
    r"(?:派件人|派件员|派送业务员|派送员|业务员|投递员|揽投员|配送员|快递员|收件员|揽收员|取件人|小件员|派件员姓名)"
    r"(?:姓名)?\s*[::,]?\s*[【\[(]?([\u4e00-\u9fff]{2,4}?)(?=[】\])\d(,;、。\s]|已|正|电话|联系|手机|$)"
)
_HANDED = re.compile(r"(?:快件交给|的)\s?([\u4e00-\u9fff]{2,4}?)(?=,正在派送|[(\[]1\d{10}|1\d{10}| ?[((]1)")
_PHONE = re.compile(r"(?<!\d)(1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)")
_NOT_A_NAME = re.compile(r"开始|电话|号码|专属|正在|已经|设定|本人|联系|姓名|暂无|感谢")
_WIDE = str.maketrans("，；：（）", ",;:()")


@dataclass(frozen=True, slots=True)
class Particulars:
    """Empty strings where the line is silent."""

    node: str = ""
    next_node: str = ""
    courier: str = ""
    phone: str = ""


def read(text: str) -> Particulars:
    """Return place, next place, courier and phone as far as one line names them."""
    line = text.translate(_WIDE).strip()
    following = _NEXT.search(line)
    next_node = (following.group(1) or following.group(2)).strip() if following else ""
    phones = sorted(_PHONE.findall(line), key=lambda number: number.startswith("0"))
    return Particulars(
        node=_node(line[: following.start()] if following else line),
        next_node=next_node,
        courier=_courier(line),
        phone=phones[0] if phones else "",  # a person's mobile before the office
    )


def _node(line: str) -> str:
    names: list[str] = [name.strip() for name in _BRACKET.findall(line) if not _PHONE.search(name)]
    if len(names) > 1 and _CITY.fullmatch(names[0]):
        return names[1]
    if names:
        return names[0]
    found = _LEADING.search(line) or _PLACE.search(line) or _ARRANGED.search(line)
    return str(found.group(1)).strip() if found else ""


def _courier(line: str) -> str:
    for pattern in (_COURIER, _HANDED):
        found = pattern.search(line)
        if found and not _NOT_A_NAME.search(found.group(1)):
            return str(found.group(1))
    return ""
