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
