"""What the nodes of a route say to a trace order: that they search, and what they found, with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions import attachments, clocks, steps
from huhang.desk.actions.living import living
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Step, Ticket, TraceSearch
from huhang.desk.rules import trace_orders as rules
from huhang.desk.rules.kinds import StepState
from huhang.desk.rules.trace_orders import Answer, Evidence, OrderState
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.received import Given, readied
from huhang.metrics.actions import tally
from huhang.network.models import Person


class AlreadyFound(DomainError):
    """包裹已经找到，不用再查了，谢谢。"""


class EvidenceMissing(BadInput):
    """依据不全。"""


LACKING = {
    "where": _("请写明在哪里找到的。"),
    "count": _("请填写清点的件数。"),
    "sight": _("请附照片，或写明查看了哪段监控。"),
    "words": _("请写明为什么不能确定。"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a node answers, with its evidence."""

    answer: Answer
    where: str = ""
    words: str = ""
    counted: int | None = None
    cctv_from: datetime | None = None
    cctv_until: datetime | None = None
    camera: str = ""
    files: Sequence[Given] = field(default=())


@transaction.atomic
def acknowledge(*, ticket_no: str, step_id: int, by: Person, now: datetime) -> TraceSearch:
    """Answer the roll: this node has heard and is searching; again changes nothing."""
    ticket, search = _search(ticket_no, step_id, by)
    if search.acknowledged_at is None:
        search.acknowledged_at, search.acknowledged_by = now, by.get_username()
        search.save()
        step = search.step
        step.handler, step.claimed_at = by, now
        step.save()
        happened(ticket, _("%(unit)s已应答，正在查找"), by=by, now=now, unit=step.unit.name)
        changed(ticket)
    return search


def answer(*, ticket_no: str, step_id: int, report: Report, by: Person, now: datetime) -> TraceSearch:
    """A node answers with its evidence; a find calls off the other searches.

    Pictures are decoded first, so that nobody waits for them.
    """
    ready = readied(report.files)
    with transaction.atomic():
        ticket, search = _search(ticket_no, step_id, by)
        step = search.step
        if ready:
            attachments.put(ticket=ticket, ready=ready, by=by, now=now, is_public=False, step_id=step.pk)
        if report.camera.strip():
            attachments.refer(
                ticket_no=ticket_no, camera=report.camera, reference=_stretch(report), by=by, now=now,
                step_id=step.pk,
            )  # fmt: skip
        _require_evidence(step, report)
        return _answered(ticket, search, report, by, now)


def _stretch(report: Report) -> str:
    """The stretch of video in words; a camera alone is a place to look all the same."""
    times = [f"{at:%Y-%m-%d %H:%M}" for at in (report.cctv_from, report.cctv_until) if at]
    return " – ".join(times) or report.camera


def _require_evidence(step: Step, report: Report) -> None:
    kinds = list(step.attachments.values_list("kind", flat=True))
    videos = kinds.count("video_ref")
    lacking = rules.missing(
        report.answer,
        Evidence(
            pictures=len(kinds) - videos, videos=videos, counted=report.counted, words=report.words,
            where=report.where,
        ),
    )  # fmt: skip
    if lacking:
        raise EvidenceMissing(LACKING[lacking], field=lacking)


def _answered(ticket: Ticket, search: TraceSearch, report: Report, by: Person, now: datetime) -> TraceSearch:
    search.answer, search.answered_at, search.answered_by = report.answer, now, by.get_username()
    if search.acknowledged_at is None:
        search.acknowledged_at, search.acknowledged_by = now, by.get_username()
    search.counted, search.words = report.counted, report.words[:500]
    search.cctv_from, search.cctv_until = report.cctv_from, report.cctv_until
    search.save()
    step = search.step
    steps.finish(ticket, step, result=search.get_answer_display(), by=by, now=now)
    said = {"unit": step.unit.name, "answer": ANSWER_SENTENCES[report.answer]}
    happened(ticket, _("%(unit)s反馈：%(answer)s"), by=by, now=now, **said)
    if report.answer == Answer.FOUND:
        _found(ticket, search, report, by, now)
    elif not steps.open_steps(ticket):
        _tell_owner(ticket, _("各节点都已反馈，包裹没有找到"), now)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return search


ANSWER_SENTENCES = {
    Answer.FOUND: _("找到了"),
    Answer.NOT_HERE: _("查过，不在本站"),
    Answer.UNSURE: _("不能确定"),
}


def _found(ticket: Ticket, search: TraceSearch, report: Report, by: Person, now: datetime) -> None:
    """It is there: everybody else may stop, and the customer's case hears of it."""
    made, unit = search.order, search.step.unit
    made.state, made.found_at, made.found_by = OrderState.FOUND, now, by.get_username()
    made.found_unit, made.found_where = unit, report.where.strip()[:200]
    made.save()
    waiting = steps.open_steps(ticket)
    steps.drop(ticket, waiting, reason=FOUND_ELSEWHERE, by=by, now=now)
    for step in waiting:
        notices.notify(
            key=f"trace:{made.pk}:{step.pk}:found", kind="desk.trace", unit=step.unit, now=now,
            title=FOUND_ELSEWHERE, body=f"{ticket.no} {ticket.waybill_no}", link=f"/desk/traces/{ticket.no}/",
        )  # fmt: skip
    _tell_owner(ticket, _("追查的包裹找到了"), now)
    if ticket.parent_id:
        case = Ticket.objects.locked(pk=ticket.parent_id)
        happened(case, _("追查令：包裹已在%(unit)s找到"), by=by, now=now, unit=unit.name)
        changed(case)
    tally.count(measure="desk.trace.found", at=now, path=ticket.path, key=f"trace-found:{made.pk}")


FOUND_ELSEWHERE = _("包裹已在别处找到，不用再查")


def _tell_owner(ticket: Ticket, title: str, now: datetime) -> None:
    notices.notify(
        key=f"trace:{ticket.pk}:{now.timestamp():.6f}", kind="desk.trace", person=ticket.owner,
        unit=None if ticket.owner else ticket.unit, title=title, body=f"{ticket.no} {ticket.waybill_no}",
        link=f"/desk/traces/{ticket.no}/", now=now,
    )  # fmt: skip


def _search(ticket_no: str, step_id: int, by: Person) -> tuple[Ticket, TraceSearch]:
    """The case, locked, and the node's search that is still owed; refused kindly when it is no longer."""
    ticket = living(ticket_no)
    search = (
        TraceSearch.objects.select_related("order", "step__unit", "step__clock")
        .filter(order__ticket=ticket, step=step_id)
        .first()
    )
    if search is None:
        raise NotFound(step=step_id)
    search.step.ticket = ticket
    search.order.ticket = ticket
    if search.step.state == StepState.DROPPED and search.order.state == OrderState.FOUND:
        raise AlreadyFound(ticket=ticket_no)
    steps.step_to_act_on(ticket, step_id, by, "desk.resolve")
    return ticket, search
