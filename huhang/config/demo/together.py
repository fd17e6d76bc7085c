"""Cases that show how colleagues work together: macros and pauses, merged and linked cases, drafts, a verb for many."""

from datetime import datetime

from huhang.config.demo.parcels import Trouble
from huhang.config.demo.plan import WELCOME_OUTLET as HOME
from huhang.config.demo.staging import Scene, Stage, Turns, ago
from huhang.desk.actions import (
    answering,
    assignment,
    bulk,
    customers,
    drafts,
    linking,
    macros,
    relating,
    splitting,
)
from huhang.desk.models import Macro, Ticket
from huhang.desk.rules.bulk import Verb
from huhang.desk.rules.drafts import DraftKind
from huhang.desk.rules.kinds import EntryKind, Kind
from huhang.desk.rules.linking import LinkKind

MANY = 5


def _run(stage: Stage, ticket: Ticket, slug: str, by: str, at: datetime) -> None:
    macros.run(
        ticket_no=ticket.no, macro_id=Macro.objects.get(slug=slug).pk, texts={}, version=None,
        link_at=lambda token: f"/p/{token}", by=stage.person(by), now=at,
    )  # fmt: skip


def another_day(stage: Stage) -> Turns:
    """The customer wants it on another day: a macro answers and lets the clocks wait."""
    now = yield ago(hours=3)
    parcel = stage.parcel(HOME, now)
    case = stage.open(
        Kind.INQUIRY, "要求改约派送时间", "这两天出差，周末再送可以吗？", parcel, by="hq-cs-4", at=now
    )
    now = yield ago(hours=2, minutes=51)
    stage.take(case, "hq-cs-2", now)
    stage.take(case, "sz-wz-2", now)
    _run(stage, case, "another-day", "sz-wz-2", now)


def asked_in_vain(stage: Stage) -> Turns:
    """The customer was asked for pictures and sent none: after two days the clocks go on by themselves."""
    now = yield ago(hours=60)
    parcel = stage.parcel("WX-BH", now, Trouble.DAMAGED)
    case = stage.open(Kind.CLAIM, "破损理赔", "{goods}碎了，要赔。", parcel, by="hq-cs-2", at=now)
    stage.take(case, "hq-cs-2", now)
    now = yield ago(hours=59, minutes=52)
    _run(stage, case, "ask-photos", "hq-cs-2", now)


def urged(stage: Stage) -> Turns:
    """A macro that says it to the outlet and to the customer; then the customer asks for a human."""
    now = yield ago(minutes=44)
    parcel = stage.parcel(HOME, now)
    case = stage.open(Kind.URGE, "催派件", "药品，今天一定要收到。", parcel, by="hq-cs-4", at=now)
    stage.take(case, "hq-cs-4", now)
    now = yield ago(minutes=38)
    _run(stage, case, "redeliver", "hq-cs-4", now)
    now = yield ago(minutes=9)
    customers.ask_for_human(ticket=case, now=now)


def merged(stage: Stage) -> Turns:
    """The same customer about the same parcel by two doors: one case goes on, the other in it."""
    now = yield ago(minutes=96)
    parcel = stage.parcel("SZ-GS", now)
    first = stage.open(Kind.URGE, "催派件", "怎么还没送？", parcel, by="js-cs-3", at=now)
    stage.take(first, "js-cs-3", now)
    now = yield ago(minutes=88)
    answering.answer(ticket_no=first.no, text="已在催，今天安排派送。", by=stage.person("js-cs-3"), now=now)
    now = yield ago(minutes=83)
    body = "显示派送中，但没有接到电话。"
    again = stage.open(
        Kind.INQUIRY, "询问派件员联系方式", body, parcel, by="js-cs-4", at=now, entrance="wechat"
    )
    now = yield ago(minutes=80)
    by = stage.person("js-cs-3")
    linking.merge(ticket_no=again.no, into_no=first.no, reason="同一客户同一票", by=by, now=now)


def linked(stage: Stage) -> Turns:
    """A complaint that comes of another case; something else that the customer wrote gets a case of its own."""
    now = yield ago(hours=6)
    parcel = stage.parcel("NJ-QX", now)
    urge = stage.open(Kind.URGE, "催派件", "第三次催了。", parcel, by="js-cs-1", at=now)
    stage.take(urge, "js-cs-1", now)
    now = yield ago(hours=5, minutes=20)
    stage.finish(urge, parcel.dest, "已安排优先派送。", now)
    now = yield ago(minutes=90)
    body = "催了三次才送，电话里态度很差。"
    about = stage.open(Kind.COMPLAINT, "投诉服务态度", body, parcel, by="js-cs-1", at=now)
    by = stage.person("js-cs-1")
    stage.take(about, "js-cs-1", now)
    relating.link(ticket_no=about.no, other_no=urge.no, kind=LinkKind.CAUSED_BY, by=by, now=now)
    now = yield ago(minutes=84)
    answering.answer(ticket_no=about.no, text="非常抱歉，正在核实通话录音。", by=by, now=now)
    now = yield ago(minutes=75)
    answering.hear(ticket=about, text="另外我有一件寄往南京的，能改地址吗？", now=now)
    entry = about.entries.filter(kind=EntryKind.FROM_CUSTOMER).latest("pk")
    now = yield ago(minutes=70)
    made = splitting.split(
        ticket_no=about.no, entry_ids=[entry.pk], title="询问能否改地址", kind=Kind.INQUIRY,
        unit_code=parcel.dest, by=by, now=now,
    )  # fmt: skip
    relating.link(ticket_no=made.no, other_no=urge.no, kind=LinkKind.RELATED, by=by, now=now)
    answering.answer(ticket_no=about.no, text="改地址的事已另开一单，马上答复您。", by=by, now=now)


def left_a_draft(stage: Stage) -> Turns:
    """A colleague went home in the middle of a sentence; the case and the draft are the visitor's now."""
    now = yield ago(minutes=50)
    parcel = stage.parcel("HZ-XH", now)
    case = stage.open(Kind.INQUIRY, "询问签收情况", "短信说已签收，是谁收的？", parcel, by="hq-cs-2", at=now)
    stage.take(case, "hq-cs-2", now)
    now = yield ago(minutes=43)
    text = "您好，正在核实签收底单，马上答复。"
    answering.answer(ticket_no=case.no, text=text, by=stage.person("hq-cs-2"), now=now)
    now = yield ago(minutes=26)
    words = "您好，底单显示由物业前台代收，如不方便去取，我们可以"
    drafts.keep(
        ticket=case, kind=DraftKind.REPLY, text=words, tab="simulated", ago=ago(), now=now,
        by=stage.person("hq-cs-2"),
    )  # fmt: skip
    now = yield ago(minutes=15)
    assignment.assign_to(
        ticket_no=case.no,
        person=stage.person("agent"),
        reason="同事下班，请接着办",
        by=stage.person("hq-2"),
        now=now,
    )


def many_at_once(stage: Stage) -> Turns:
    """The province lets some cases weigh more; one was over already, and the report says so."""
    now = yield ago(minutes=20)
    here = Ticket.objects.filter(path__startswith=stage.desk.units["JS"].path)
    live = here.live().filter(kind=Kind.URGE, priority="normal").order_by("pk")[:MANY]
    over = here.filter(state="resolved", priority="normal").order_by("-resolved_at")[:1]
    run = bulk.begin(
        verb=Verb.PRIORITY, ticket_ids=[ticket.pk for ticket in (*live, *over)], once="simulated", now=now,
        words={"priority": "high", "reason": "大促积压，先清江苏催派"}, by=stage.person("province"),
    )  # fmt: skip
    while bulk.work(run_id=run.pk, now=now):
        pass


SCENES: tuple[Scene, ...] = (
    another_day, asked_in_vain, urged, merged, linked, left_a_draft, many_at_once,
)  # fmt: skip
