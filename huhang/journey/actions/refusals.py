"""Why a row was refused, in a sentence that names what stood there."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from huhang.journey.feeds.bodies import Unread
from huhang.journey.rules.intake import Refusal

SENTENCES = {
    "missing": _("必填，不能为空"),
    "bad_waybill": _("运单号“%(value)s”不对：应为 5–40 位字母、数字或短横"),
    "unknown_code": _("不认识的扫描码“%(value)s”，也没有可以识别的轨迹文字"),
    "unknown_reason": _("不认识的原因“%(value)s”"),
    "unknown_node": _("没有编码或名称为“%(value)s”的网点"),
    "unknown_customer": _("没有编码为“%(value)s”的客户"),
    "bad_time": _("“%(value)s”不是有效的时间"),
    "time_in_future": _("时间“%(value)s”在将来，请核对设备时钟"),
    "time_too_old": _("时间“%(value)s”早于 2000 年"),
    "long_ago": _("时间“%(value)s”在一年多以前；历史数据请用文件导入"),
    "wrong_zone": _("时间“%(value)s”在几小时之后，请核对时区"),
    "forged": _("签名不符，不是该账号发出的内容（%(value)s）"),
    "stale_push": _("推送时间“%(value)s”已过期，可能是重放"),
    "account_off": _("账号“%(value)s”已停用"),
    "not_for_us": _("推送给另一客户“%(value)s”"),
    "too_large": _("内容过大（%(value)s）"),
    "broken_form": _("表单缺少字段或已损坏：%(value)s"),
    "broken_json": _("不是完整的 JSON：%(value)s"),
    "broken_xml": _("不是可以读取的内容；这里只收 %(value)s"),
    "broken_gzip": _("压缩内容已损坏：%(value)s"),
    "broken_file": _("文件无法读取：%(value)s"),
    "wrong_encoding": _("不是 UTF-8 编码（%(value)s）"),
    "unknown_feed": _("没有名为“%(value)s”的映射"),
    "unknown_carrier": _("不认识的承运商“%(value)s”"),
    "unknown_identifier": _("不知道标识“%(value)s”是哪一票"),
    "unknown_place": _("不认识的地点“%(value)s”"),
    "unknown_event": _("不认识的消息类型“%(value)s”"),
    "bad_event": _("事件不完整：%(value)s"),
    "no_zone": _("时间没有时区，或时区不对：%(value)s"),
    "not_a_parcel": _("事件没有提到任何包裹（%(value)s）"),
    "polling_stopped": _("对方已停止跟踪：%(value)s"),
    "bad_amount": _("“%(value)s”不是有效的金额"),
    "bad_flags": _("“%(value)s”不是有效的标志"),
    "bad_json": _("不是完整的 JSON 对象：%(value)s"),
    "unreadable": _("承运商的回复无法读取：%(value)s"),
}
SHOWN = 80  # characters of a value; more says no more


def told(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as it is stored and answered: `{"row", "field", "code", "reason"}`."""
    # A table cannot keep NUL; its picture says what stood there.
    reason = SENTENCES[refusal.code] % {"value": refusal.value[:SHOWN].replace("\x00", "␀")}
    return {"row": refusal.row, "field": refusal.field, "code": refusal.code, "reason": str(reason)}


def of_unread(unread: Iterable[Unread]) -> list[Refusal]:
    return [Refusal(row.number, "", "bad_json", row.text) for row in unread]
