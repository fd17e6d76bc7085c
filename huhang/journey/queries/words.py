"""What people read for the stored names of codes, reasons, links, addressees and kinds of rule."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.eta import Milestone
from huhang.journey.rules.status import Status
from huhang.journey.rules.watch import ARRIVED_AT_OUTLET, Addressed, Link, RuleKind

STATUSES = {
    Status.UNKNOWN: _("暂无信息"),
    Status.ORDERED: _("已下单"),
    Status.PICKED_UP: _("已揽收"),
    Status.IN_TRANSIT: _("运输中"),
    Status.CUSTOMS: _("清关中"),
    Status.OUT_FOR_DELIVERY: _("派送中"),
    Status.AT_AGENT: _("待取件"),
    Status.HELD: _("滞留"),
    Status.FAILED: _("派送异常"),
    Status.SIGNED: _("已签收"),
    Status.SIGNED_AFTER_EXCEPTION: _("异常后签收"),
    Status.RETURNING: _("退回中"),
    Status.RETURN_SIGNED: _("退回已签收"),
    Status.CANCELLED: _("已取消"),
}

CODES = {
    Code.OTHER: _("其他"),
    Code.ORDER_CREATED: _("下单"),
    Code.PICKUP_ASSIGNED: _("派揽"),
    Code.PICKUP_FAILED: _("揽收未成"),
    Code.PICKED_UP: _("揽收"),
    Code.BAGGED: _("装包"),
    Code.UNBAGGED: _("拆包"),
    Code.LOADED: _("装车"),
    Code.UNLOADED: _("卸车"),
    Code.DEPARTED: _("发出"),
    Code.ARRIVED: _("到达"),
    Code.SORTED: _("分拣"),
    Code.CUSTOMS: _("清关"),
    Code.CUSTOMS_HELD: _("海关留验"),
    Code.CUSTOMS_CLEARED: _("清关完成"),
    Code.OUT_FOR_DELIVERY: _("派件"),
    Code.AT_AGENT: _("入柜（站）"),
    Code.HELD: _("留仓"),
    Code.PROBLEM: _("问题件"),
    Code.DELIVERY_FAILED: _("派件未成"),
    Code.FORWARDED: _("转寄"),
    Code.RETURNING: _("退回"),
    Code.SIGNED: _("签收"),
    Code.SIGNED_BY_PROXY: _("代签"),
    Code.SIGNED_AT_AGENT: _("柜（站）取件"),
    Code.SIGNED_AFTER_EXCEPTION: _("异常后签收"),
    Code.RETURN_SIGNED: _("退回签收"),
    Code.CANCELLED: pgettext_lazy("scan", "取消"),
    Code.REGISTERED: _("登记"),
}

# What a rule may ask to have been seen; one of them is no code.
NEEDS = {**{int(code): text for code, text in CODES.items()}, ARRIVED_AT_OUTLET: _("到达派件网点")}

REASONS = {
    Reason.NONE: "",
    Reason.NO_INFO_AFTER_SHIP: _("发出后无信息"),
    Reason.UNSIGNED_TIMEOUT: _("超时未签收"),
    Reason.NO_UPDATE: _("长时间无更新"),
    Reason.REFUSED: _("拒收"),
    Reason.UNREACHABLE: _("联系不上收件人"),
    Reason.ADDRESS_UNCLEAR: _("地址不详"),
    Reason.MISSORTED: _("错分"),
    Reason.OUT_OF_AREA: _("超出派送范围"),
    Reason.AGENT_TIMEOUT: _("柜（站）超时未取"),
    Reason.INTERCEPTED: _("已拦截"),
    Reason.DAMAGED: _("破损"),
    Reason.PHONE_WRONG: _("电话有误"),
    Reason.CUSTOMER_RESCHEDULED: _("客户改约"),
    Reason.WEATHER: _("天气"),
    Reason.CLOSED: _("单位休息"),
    Reason.OTHER_REASON: _("其他原因"),
}

LINKS = {
    Link.COLLECTION: _("揽收"),
    Link.ORIGIN_HUB: _("始发分拨"),
    Link.LINEHAUL: _("干线"),
    Link.DESTINATION_HUB: _("目的分拨"),
    Link.DELIVERY: _("派送"),
}

ADDRESSED = {
    Addressed.COURIER: _("派件员"),
    Addressed.OUTLET: _("派件网点"),
    Addressed.HUB: _("分拨中心"),
    Addressed.LINEHAUL: _("干线车队"),
    Addressed.ORIGIN: _("揽收网点"),
}

KINDS = {
    RuleKind.EXPECT: _("应有后续"),
    RuleKind.FORBIDDEN: _("顺序不符"),
    RuleKind.TWICE: _("重复揽收"),
    RuleKind.TWO_PLACES: _("两地同时"),
    RuleKind.CONSENT: _("未经同意"),
    RuleKind.PROMISE: _("承诺时效"),
    RuleKind.SKIPPED: _("漏扫"),
    RuleKind.MISROUTED: _("错分"),
    RuleKind.LOOP: _("往返兜圈"),
    RuleKind.RESCANNED: _("签收后再扫"),
    RuleKind.ODD_HOUR: _("异常时段"),
}

KIND_HINTS = {
    RuleKind.EXPECT: _("一个扫描之后，到期还没有后续：到件未派、派件未签、留仓超时。"),
    RuleKind.FORBIDDEN: _("出现一个扫描，而它之前该有的没有：未派件先签收。"),
    RuleKind.TWICE: _("同一单号揽收两次：重复使用的单号。"),
    RuleKind.TWO_PLACES: _("同一单号短时间内出现在两个城市。"),
    RuleKind.CONSENT: _("没有收件人同意，就入柜或代签。"),
    RuleKind.PROMISE: _("承诺的送达时间快到了，或已经过了。"),
    RuleKind.SKIPPED: _("在下一处出现了，中间该有的扫描没有：漏到件、漏发件。"),
    RuleKind.MISROUTED: _("到了一个不在规划路由上的分拨中心。"),
    RuleKind.LOOP: _("在两个分拨中心之间来回。"),
    RuleKind.RESCANNED: _("签收之后又有扫描：可能是虚假签收，或单号被再次使用。"),
    RuleKind.ODD_HOUR: _("在网点平时不作业的时段签收。"),
}

# What the watch refuses, by its code; the form lets people write little of it.
RULE_FAULTS = {
    "unreadable": _("有一项写得不对：%(what)s"),
    "number": _("编号应为 0 到 %(n)s。"),
    "id": _("代号只能用字母、数字和下划线。"),
    "node_kinds": _("单位类型应从列出的选项中选。"),
    "flags": _("只看哪些件，应从列出的选项中选。"),
    "charged": _("请选择算谁的。"),
    "not_chargeable": _("这类规则只能算扫描的单位。"),
    "same_id": _("代号与别的规则相同。"),
    "same_number": _("编号 %(n)s 已属于“%(what)s”。"),
    "crowded": _("“%(what)s”之后最多只能有 %(n)s 条规则在等，请先停用或合并别的规则。"),
    "after": _("“之后”只能选尚未结束的环节，至少一个。"),
    "limit": _("期限请二选一：多久之内，或几点之前。"),
    "within": _("期限应大于零。"),
    "days": _("天数应为 0 或更多，并与钟点一起填写。"),
    "forbidden_scans": _("请选择不该出现的扫描。"),
    "needs": _("请选择之前必须已有的扫描。"),
    "skipped_scans": _("另一处的扫描只能选尚未结束的环节，至少一个。"),
    "skipped_expects": _("请选择漏了哪个扫描。"),
    "rescanned_scans": _("请选择签收后不该再有的扫描。"),
    "hour_scans": _("请选择看哪些扫描的钟点。"),
    "consent_scans": _("请选择须先有同意的扫描。"),
    "delay": _("分钟数应为 0 或更多。"),
    "apart": _("分钟数应大于零。"),
    "only_hubs": _("这类规则只看分拨中心。"),
    "margin": _("提前的时间应为 0 或更多。"),
    "promise_kinds": _("承诺时效不分单位类型。"),
}

FLAGS = {"cod": _("代收货款"), "insured": _("保价")}
CHARGED = {"here": _("扫描的单位"), "there": _("前一个单位")}

NODE_KINDS = {
    "hq": _("总部"),
    "province": _("省区"),
    "city": _("城市"),
    "outlet": _("网点"),
    "hub": _("分拨中心"),
    "linehaul": _("干线车队"),
    "department": _("职能部门"),
}


def addressed_name(addressed: str) -> str:
    return str(ADDRESSED.get(addressed, addressed))  # type: ignore[call-overload]


def link_name(link: str) -> str:
    return str(LINKS.get(link, link))  # type: ignore[call-overload]


MILESTONES = {
    Milestone.ORDERED: _("已下单"),
    Milestone.PICKED_UP: _("已揽收"),
    Milestone.LEFT_ORIGIN: _("离开揽收网点"),
    Milestone.LEFT_HUB: _("离开分拨"),
    Milestone.AT_HUB: _("到达目的分拨"),
    Milestone.AT_OUTLET: _("到达派件网点"),
    Milestone.OUT: _("派件中"),
    Milestone.TRIED: _("派件未成或留仓后"),
}


def milestone_name(milestone: str) -> str:
    return str(MILESTONES.get(milestone, milestone))  # type: ignore[call-overload]


def code_name(code: str) -> str:
    """A scan by the name of its code."""
    return str(CODES[Code[code]]) if code in Code.__members__ else code


# Why something did not enter: short, for lists; `actions.refusals` says it in sentences.
INTAKE_REASONS = {
    "missing": _("缺少必填项"), "bad_waybill": _("运单号不对"), "unknown_code": _("不认识的扫描码"),
    "unknown_reason": _("不认识的原因"), "unknown_node": _("不认识的网点"), "unknown_customer": _("不认识的客户"),
    "bad_time": _("时间无效"), "time_in_future": _("时间在将来"), "wrong_zone": _("时区不对"),
    "time_too_old": _("早于 2000 年"), "long_ago": _("一年多以前"), "bad_amount": _("金额无效"),
    "bad_flags": _("标志无效"), "bad_json": _("不是 JSON 对象"), "unreadable": _("回复无法读取"),
    "broken_row": _("行已损坏"), "forged": _("签名不符"), "stale_push": _("过期或重放"),
    "account_off": _("账号已停用"), "not_for_us": _("推给别的客户"), "too_large": _("内容过大"),
    "broken_form": _("表单损坏"), "broken_json": _("JSON 损坏"), "broken_xml": _("格式不支持"),
    "broken_gzip": _("压缩损坏"), "broken_file": _("文件无法读取"), "wrong_encoding": _("编码不对"),
    "unknown_feed": _("没有这个映射"), "unknown_carrier": _("不认识的承运商"),
    "unknown_identifier": _("不认识的包裹标识"), "unknown_event": _("不认识的消息"), "bad_event": _("事件不完整"),
    "no_zone": _("时间没有时区"), "unknown_place": _("不认识的地点"), "not_a_parcel": _("没有提到包裹"),
    "polling_stopped": _("对方停止跟踪"),
    "same_push": _("同一推送"),
}  # fmt: skip
PARKED_STATES = {
    "parked": _("待处理"), "refused": _("拒收"), "entered": _("已入库"), "dropped": _("已放弃"),
}  # fmt: skip


def percent(share: float | None) -> str:
    """A share as people read it, on the screen and in files; of a small one a digit more."""
    if share is None:
        return ""
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"
