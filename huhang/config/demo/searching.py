"""Two searches for lost parcels along their routes: one under way, one that found its parcel."""

from datetime import datetime, timedelta
from decimal import Decimal

from huhang.channels.actions import outgoing
from huhang.config.demo import pictures
from huhang.config.demo.parcels import Parcel, Trouble
from huhang.config.demo.reminding import Nodding
from huhang.config.demo.staging import Scene, Stage, Turns, ago
from huhang.desk.actions import answering, following, searches, tickets, trace_orders
from huhang.desk.actions.searches import Report
from huhang.desk.models import Ticket, TraceOrder, TraceSearch
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.trace_orders import SUSPECT, Answer
from huhang.network.models import Person

NODES = 3
QUIET_FOR = timedelta(hours=8)


def under_way(stage: Stage) -> Turns:
    """One node has looked and counted, one is looking, the others are silent even after the roll was called."""
    now = yield ago(hours=4)
    case = _missing(stage, now, "6800", "JS")
    now = yield ago(minutes=95)
    made = _order(stage, case, "JS", now)
    following.follow(ticket=case, by=stage.person("manager"), now=now)
    now = yield ago(minutes=80)
    first, second = _searches(made)[:2]
    searches.acknowledge(ticket_no=made.ticket.no, step_id=second.step_id, by=_at(stage, second), now=now)
    now = yield ago(minutes=68)
    report = Report(
        Answer.NOT_HERE, words="滞留区和回流线都清点过，没有这票。", counted=164, camera="出港口 2 号",
        cctv_from=now - timedelta(hours=20), cctv_until=now - timedelta(hours=18),
        files=[pictures.shelf("滞留区.jpg", "held")],
    )  # fmt: skip
    searches.answer(
        ticket_no=made.ticket.no, step_id=first.step_id, report=report, by=_at(stage, first), now=now
    )
    now = yield ago(minutes=45)
    trace_orders.call_roll(ticket_no=made.ticket.no, by=_lead(stage, "JS"), now=now)
    _hand_over_sms(now)


def found(stage: Stage) -> Turns:
    """The last node that saw it found it behind a shelf; the search is closed with what it saved."""
    now = yield ago(hours=52)
    case = _missing(stage, now, "12600", "ZJ")
    now = yield ago(hours=50)
    made = _order(stage, case, "ZJ", now)
    nodes = _searches(made)
    now = yield ago(hours=49, minutes=30)
    for search in nodes:
        searches.acknowledge(ticket_no=made.ticket.no, step_id=search.step_id, by=_at(stage, search), now=now)
    now = yield ago(hours=47)
    there = next(search for search in nodes if search.part in SUSPECT)
    report = Report(
        Answer.FOUND, where="3 号货架底层，面单朝里", words="夜班清仓时找到，外箱完好。", counted=212,
        files=[pictures.shelf("找到的位置.jpg", "found")],
    )  # fmt: skip
    searches.answer(
        ticket_no=made.ticket.no, step_id=there.step_id, report=report, by=_at(stage, there), now=now
    )
    now = yield ago(hours=3)
    trace_orders.close(
        ticket_no=made.ticket.no, report="面单朝里漏扫，压在货架底层；已补扫并优先派送，客户签收。",
        recovered=Decimal(12600), by=_lead(stage, "ZJ"), now=now,
    )  # fmt: skip
    by = stage.person("hq-cs-3")
    answering.answer(ticket_no=case.no, text="包裹已找到并送达，给您添麻烦了。", by=by, now=now)
    tickets.withdraw(ticket_no=case.no, reason="包裹已找回并送达，客户撤回理赔", by=by, now=now)


def _missing(stage: Stage, now: datetime, value: str, province: str) -> Ticket:
    """A claim for a parcel that has not been seen since."""
    parcel = _lost(stage, now, province)
    stage.free.remove(parcel)
    answers = {
        "damaged": f"{parcel.goods}（整票遗失）",
        "value": value,
        "photos": "无法提供",
        "insured": "已保价",
    }
    case = stage.open(
        Kind.CLAIM, "遗失理赔", "好几天没有物流信息，请按遗失处理。", parcel, by="hq-cs-3", at=now,
        value=Decimal(value), answers=answers,
    )  # fmt: skip
    stage.take(case, "hq-cs-3", now)
    text = "非常抱歉，马上沿途查找，有结果第一时间告诉您。"
    answering.answer(ticket_no=case.no, text=text, by=stage.person("hq-cs-3"), now=now)
    return case


def _lost(stage: Stage, now: datetime, province: str) -> Parcel:
    """Rather one that is lost indeed, seen at some nodes, this province's among them, and then no more."""
    units = stage.desk.units

    def fits(parcel: Parcel) -> tuple[bool, bool, bool, int, str]:
        nodes = {scan.node for scan in parcel.seen(now)}
        is_near = any(units[node].path.startswith(units[province].path) for node in (*nodes, parcel.dest))
        is_lost = parcel.trouble == Trouble.LOST and len(nodes) >= NODES
        # A parcel that is searched for must not turn up in the middle of the search.
        is_quiet = not any(now < scan.at < stage.now + QUIET_FOR for scan in parcel.scans)
        return is_near, is_lost, is_quiet, min(len(nodes), NODES + 1), parcel.no

    under_way = [p for p in stage.free if p.seen(now) and (p.trouble == Trouble.LOST or p.scans[-1].at > now)]
    return max(under_way or stage.free, key=fits)


def _order(stage: Stage, case: Ticket, province: str, now: datetime) -> TraceOrder:
    made = trace_orders.order(case_no=case.no, reason="", by=_lead(stage, province), now=now)
    _hand_over_sms(now)
    return made


def _searches(made: TraceOrder) -> list[TraceSearch]:
    return list(made.searches.select_related("step__unit"))


def _lead(stage: Stage, province: str) -> Person:
    return stage.somebody(province)


def _at(stage: Stage, search: TraceSearch) -> Person:
    return stage.desk.somebody(search.step.unit.code)


def _hand_over_sms(now: datetime) -> None:
    """In the past, to a gateway that only nods."""
    outgoing.deliver_due(now=now, by=Nodding())


SCENES: tuple[Scene, ...] = (under_way, found)
