"""Cases of these days that show what the desk can do, each told as it would have happened."""

from huhang.config.demo import pictures
from huhang.config.demo.parcels import Trouble
from huhang.config.demo.plan import WELCOME_OUTLET as HOME
from huhang.config.demo.staging import Scene, Stage, Turns, ago
from huhang.desk.actions import (
    answering,
    attachments,
    clocks,
    customers,
    following,
    progress,
    steps,
    weighing,
)
from huhang.desk.rules.kinds import Kind, Priority
from huhang.kit import received


def two_lanes(stage: Stage) -> Turns:
    """A claim that outlet and hub look into side by side; the customer has sent pictures."""
    now = yield ago(minutes=70)
    parcel = stage.parcel(HOME, now, Trouble.DAMAGED)
    body = "收到时外箱一角压扁，里面的{goods}裂了，要求赔偿。"
    case = stage.open(Kind.CLAIM, "破损理赔", body, parcel, by="hq-cs-3", at=now)
    stage.take(case, "hq-cs-3", now)
    now = yield ago(minutes=66)
    text = "非常抱歉。请把外箱、内件和面单各拍一张发给我们，网点和分拨会同时核实。"
    answering.answer(ticket_no=case.no, text=text, by=stage.person("hq-cs-3"), now=now)
    now = yield ago(minutes=48)
    photos = [pictures.crushed("外箱.jpg", "box"), pictures.crushed("内件.jpg", "content")]
    customers.say(ticket=case, text="照片发上来了。", files=received.readied(photos), now=now)
    following.follow(ticket=case, by=stage.person("province"), now=now)
    now = yield ago(minutes=41)
    answering.answer(ticket_no=case.no, text="照片收到了，正在核实。", by=stage.person("hq-cs-3"), now=now)
    now = yield ago(minutes=30)
    stage.take(case, "sz-wz-2", now, stage.step(case, HOME))
    lead = stage.somebody(HOME)
    answering.note(ticket_no=case.no, text=f"@{lead.display_name} 外箱要留存，麻烦今天安排上门看一下。",
                   by=stage.person("hq-cs-3"), now=now)  # fmt: skip


def across_provinces(stage: Stage) -> Turns:
    """It lies at a hub of another province, so that hub has the step; the owner stays."""
    now = yield ago(minutes=58)
    parcel = stage.parcel("NJ-GL", now, Trouble.MISSORTED)
    case = stage.open(Kind.URGE, "件被送到别的省", "查到在外省分拨两天没动了。", parcel, by="js-cs-2", at=now)
    stage.take(case, "js-cs-2", now)
    clerk = stage.somebody(parcel.dest)
    now = yield ago(minutes=50)
    stage.take(case, clerk.username, now)
    answering.answer(
        ticket_no=case.no, text="您好，正在联系外省分拨查找，找到后优先转回。", by=clerk, now=now
    )
    now = yield ago(minutes=34)
    steps.hand_over(
        ticket_no=case.no, unit_code="HZ-HUB", reason="错发浙江，请杭州分拨查找并转回", by=clerk, now=now
    )
    now = yield ago(minutes=28)
    weighing.weigh(
        ticket_no=case.no, priority=Priority.HIGH, reason="客户明早要用", by=stage.person("province"), now=now
    )


def refused(stage: Stage) -> Turns:
    """A hub of another province says that it was not there; the step is back with the owner."""
    now = yield ago(hours=4)
    parcel = stage.parcel("NJ-JN", now, Trouble.DAMAGED)
    case = stage.open(
        Kind.COMPLAINT, "投诉外包装破损", "箱子压扁了，{goods}没法用。", parcel, by="js-cs-1", at=now
    )
    stage.take(case, "js-cs-1", now)
    clerk = stage.somebody(parcel.dest)
    now = yield ago(hours=3, minutes=52)
    answering.answer(ticket_no=case.no, text="非常抱歉，正在核实是哪一环节造成的。", by=clerk, now=now)
    now = yield ago(hours=3, minutes=20)
    steps.hand_over(
        ticket_no=case.no, unit_code="WH-HUB", reason="到件时已破损，请武汉分拨核查装车", by=clerk, now=now
    )
    now = yield ago(minutes=42)
    steps.refuse(
        ticket_no=case.no, step_id=stage.step(case, "WH-HUB").pk, now=now, by=stage.somebody("WH-HUB"),
        reason="调看了装车监控，出港时外箱完好，请核查干线运输",
    )  # fmt: skip
    following.follow(ticket=case, by=stage.person("manager"), now=now)


def in_parts(stage: Stage) -> Turns:
    """Claims asks two units for what is missing; one has answered."""
    now = yield ago(hours=26)
    parcel = stage.parcel("SZ-XC", now, Trouble.DAMAGED)
    case = stage.open(
        Kind.CLAIM, "短少理赔", "两件{goods}只到一件，封口重新粘过。", parcel, by="hq-cs-3", at=now
    )
    outlet, hub = (step.unit.code for step in case.steps.filter(order=1).select_related("unit"))
    stage.take(case, "hq-cs-3", now)
    now = yield ago(hours=25, minutes=52)
    answering.answer(
        ticket_no=case.no, text="已受理，先请网点和分拨核实。", by=stage.person("hq-cs-3"), now=now
    )
    now = yield ago(hours=24, minutes=40)
    stage.finish(case, outlet, "网点已上门核实：外箱封口有二次粘贴痕迹，少一件。", now)
    now = yield ago(hours=23)
    stage.finish(case, hub, "分拨已核对：进港两件，出港称重少 0.8 千克。", now)
    now = yield ago(hours=5)
    decider = stage.somebody("HQ-CLAIMS")
    step = stage.step(case, "HQ-CLAIMS")
    stage.take(case, decider.username, now, step)
    parts = [
        (hub, "补充出港称重记录", "请附称重截图和装车时间。", 240),
        (outlet, "补拍封口照片", "外箱封口、面单各一张。", 360),
    ]
    steps.split(ticket_no=case.no, step_id=step.pk, parts=parts, by=decider, now=now)
    now = yield ago(hours=3)
    part = stage.step(case, hub)
    attachments.attach(
        ticket_no=case.no, given=[pictures.shelf("称重台.jpg", "scale")], by=stage.somebody(hub), now=now,
        step_id=part.pk,
    )  # fmt: skip
    stage.finish(case, hub, "称重记录已附，出港 21:40，少 0.8 千克。", now)


def not_solved(stage: Stage) -> Turns:
    """It was closed, and the customer says that it is not."""
    now = yield ago(hours=22)
    parcel = stage.parcel(HOME, now)
    case = stage.open(Kind.URGE, "催派件", "{goods}急用，请尽快派送。", parcel, by="hq-cs-2", at=now)
    stage.take(case, "sz-wz-2", now)
    now = yield ago(hours=21, minutes=33)
    stage.finish(case, parcel.dest, "派件员已联系您，今晚送达。", now)
    now = yield ago(hours=21)
    done = case.steps.latest("pk")
    progress.rate(ticket=case, step_id=done.pk, score=2, words="说好的时间没有兑现", now=now)
    now = yield ago(minutes=35)
    words = "昨晚没有送来，今天电话也没人接。"
    photo = received.readied([pictures.crushed("门口没有件.jpg", "door")])
    customers.disagree(ticket=case, words=words, files=photo, now=now)


def near_the_law(stage: Stage) -> Turns:
    """A complaint that has been about for almost the seven days that the law gives."""
    now = yield ago(days=6, hours=19)
    parcel = stage.parcel("WH-HS", now, Trouble.EARLY_SIGN)
    case = stage.open(
        Kind.COMPLAINT, "投诉虚假签收", "没收到却显示签收，要求说明。", parcel, by="hb-cs-1", at=now
    )
    stage.take(case, "hb-cs-1", now)
    now = yield ago(days=6, hours=18, minutes=54)
    answering.answer(ticket_no=case.no, text="正在调取签收底单。", by=stage.person("hb-cs-1"), now=now)
    now = yield ago(days=6, hours=15)
    stage.finish(case, parcel.dest, "网点核实：错投到同名单元，正在取回。", now)
    now = yield ago(days=2)
    clocks.pause(ticket_no=case.no, reason="outside", by=stage.person("hb-cs-1"), now=now)
    lead = stage.somebody("HB")
    note = f"@{lead.display_name} 物业监控要周一才能调，法定 7 日快到了，请协调。"
    answering.note(ticket_no=case.no, text=note, by=stage.person("hb-cs-1"), now=now)
    following.follow(ticket=case, by=lead, now=now)


def by_the_regulator(stage: Stage) -> Turns:
    """Forwarded by the regulator, who waits for an answer of their own."""
    now = yield ago(days=5)
    parcel = stage.parcel("SZ-GS", now, Trouble.NO_CONSENT)
    case = stage.open(
        Kind.COMPLAINT, "申诉：未经同意放入驿站", "用户申诉转办：未征得同意放驿站，要求道歉。", parcel,
        by="hq-cs-2", at=now, entrance="regulator",
    )  # fmt: skip
    stage.take(case, "hq-cs-2", now)
    now = yield ago(days=4, hours=23, minutes=55)
    answering.answer(
        ticket_no=case.no, text="申诉已收到，今天内联系您。", by=stage.person("hq-cs-2"), now=now
    )
    now = yield ago(days=4, hours=20)
    stage.finish(case, parcel.dest, "网点负责人已上门道歉并送货上门。", now)
    following.follow(ticket=case, by=stage.person("manager"), now=now)
    now = yield ago(days=1)
    clocks.pause(ticket_no=case.no, reason="customer-date", by=stage.person("hq-cs-2"), now=now)


def in_english(stage: Stage) -> Turns:
    """A customer who writes English."""
    now = yield ago(minutes=24)
    parcel = stage.parcel("HZ-BJ", now)
    body = "Hello, could you deliver it after 6 pm? I am at work until then."
    case = stage.open(
        Kind.INQUIRY, "Delivery after 6 pm", body, parcel, by="hq-cs-2", at=now, entrance="web", language="en"
    )
    now = yield ago(minutes=19)
    text = "Hello, noted: the courier will come after 6 pm and call you before."
    stage.take(case, "hq-cs-2", now)
    answering.answer(ticket_no=case.no, text=text, by=stage.person("hq-cs-2"), now=now)


def in_hand(stage: Stage) -> Turns:
    """What the outlet's lead is at when a visitor comes: one case answered, one just taken."""
    lead = stage.person("owner")
    now = yield ago(minutes=57)
    parcel = stage.parcel(HOME, now)
    body = "给老人买的{goods}，今天能送到吗？"
    answered = stage.open(Kind.URGE, "催派件", body, parcel, by="js-cs-3", at=now)
    now = yield ago(minutes=50)
    stage.take(answered, lead.username, now)
    text = "您好，已放到下午第一趟，送达前给您打电话。"
    answering.answer(ticket_no=answered.no, text=text, by=lead, now=now)
    now = yield ago(minutes=14)
    parcel = stage.parcel(HOME, now, Trouble.NO_CONSENT)
    body = "没有联系我就放驿站了，东西很重，请送上楼。"
    taken = stage.open(Kind.COMPLAINT, "投诉未经同意放入驿站", body, parcel, by="js-cs-2", at=now)
    now = yield ago(minutes=9)
    stage.take(taken, lead.username, now)


SCENES: tuple[Scene, ...] = (
    two_lanes, across_provinces, refused, in_parts, not_solved, near_the_law, by_the_regulator, in_english,
    in_hand,
)  # fmt: skip
