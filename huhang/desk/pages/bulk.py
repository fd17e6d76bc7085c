"""One verb on many cases: ask, show what will happen, do it, report, and take it back."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import bulk
from huhang.desk.models import BulkRun, PauseReason
from huhang.desk.models.bulk import UNDO_WITHIN, VERB_NAMES
from huhang.desk.models.ticket import PRIORITY_NAMES
from huhang.desk.pages.lists import asked_of
from huhang.desk.queries import bulk as runs
from huhang.desk.queries import tickets as queries
from huhang.desk.rules.bulk import AT_MOST, AT_ONCE, Verb
from huhang.kit.answers import page_or_part, sheet
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotAllowed
from huhang.kit.languages import shown

LONGEST = 2000


class Chosen(BaseModel):
    """Which cases: those named, or all that a list holds."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    verb: Verb
    no: list[str] = Field([], max_length=AT_ONCE)
    all: bool = False
    query: str = Field("", max_length=1500)


class Order(Chosen):
    """What to do with them."""

    once: str = Field(min_length=8, max_length=64)
    person: str = Field("", max_length=150)
    reason: str = Field("", max_length=200)
    priority: str = Field("", max_length=16)
    unit: str = Field("", max_length=32)
    pause: str = Field("", max_length=40)
    text: str = Field("", max_length=LONGEST)


def _ids(request: StaffRequest, chosen: Chosen) -> list[int]:
    """The chosen cases within sight, read anew: a list may have changed since it was painted."""
    if not chosen.all:
        return runs.chosen_ids(request.person, chosen.no)
    asked = asked_of(request, dict(parse_qsl(chosen.query)))
    return runs.matching_ids(queries.listed(request.person, asked.filters, now=request.now, with_=()))


@may("desk.see")
@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """What will happen, before it does, and the words that the verb needs."""
    chosen = read(Chosen, request)
    _require(request, chosen.verb)
    ids = _ids(request, chosen)
    if not ids:
        raise bulk.NothingChosen
    if len(ids) > AT_MOST:
        raise bulk.TooManyChosen
    return part(
        request,
        "desk/_bulk_ask.html",
        chosen=chosen,
        verb=chosen.verb,
        verb_name=VERB_NAMES[chosen.verb],
        preview=runs.preview(request.person, chosen.verb, ids),
        once=uuid4().hex,
        is_long=len(ids) > AT_ONCE,
        undo_minutes=int(UNDO_WITHIN.total_seconds() // 60),
        **_choices(request, chosen.verb),
    )


def _choices(request: StaffRequest, verb: Verb) -> dict[str, Any]:
    """What the verb's words can be chosen from."""
    if verb == Verb.PRIORITY:
        return {"priorities": PRIORITY_NAMES.items()}
    if verb == Verb.PAUSE:
        return {"reasons": PauseReason.objects.filter(is_active=True)}
    if verb == Verb.HAND_OVER:
        return {"units": queries.units_below(request.person)}
    return {"people": runs.colleagues(request.person)} if verb == Verb.ASSIGN else {}


@may("desk.see")
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Up to 200 at once, more in the background; either way the report says what came of each."""
    order = read(Order, request)
    _require(request, order.verb)
    words = order.model_dump(include={"person", "reason", "priority", "unit", "pause", "text"})
    run = bulk.begin(
        verb=order.verb, ticket_ids=_ids(request, order), words=words, once=order.once,
        by=request.person, now=request.now,
    )  # fmt: skip
    if bulk.is_short(run):
        while bulk.work(run_id=run.pk, now=request.now):
            pass
    return _report(request, run, in_dialog=True)


def _require(request: StaffRequest, verb: Verb) -> None:
    """Somebody who may do it nowhere need not choose cases for it; where, is asked of each case."""
    if not request.person.may(verb.permission):
        raise NotAllowed(permission=verb.permission)


@may("desk.see")
@require_GET
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """How far it is, or how it ended."""
    return _report(request, runs.reachable(request.person, run_id))


@may("desk.see")
@require_POST
def undo(request: StaffRequest, run_id: int) -> HttpResponse:
    """Bring every case back that nobody has changed since."""
    found = bulk.undo(run_id=run_id, by=request.person, now=request.now)
    if bulk.is_short(found):
        while bulk.work_back(run_id=found.pk, now=request.now):
            pass
    return _report(request, found)


def _report(request: StaffRequest, found: BulkRun, *, in_dialog: bool = False) -> HttpResponse:
    found.refresh_from_db()
    response = page_or_part(
        request,
        "desk/bulk_run.html",
        "desk/_bulk_run.html",
        progress=runs.progress(found, now=request.now),
        run=found,
        can_undo=found.can_be_undone(request.now),
        undo_until=found.finished_at + UNDO_WITHIN if found.finished_at else None,
    )
    if request.method == "POST":
        response["HX-Trigger"] = "live:desk.ticket"
    if in_dialog:
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response


@may("desk.see")
@require_GET
def all_runs(request: StaffRequest) -> HttpResponse:
    """One's own runs, newest first: what was left can be found again."""
    found = runs.runs_of(request.person)[: runs.RUNS_SHOWN]
    return part(request, "desk/bulk.html", runs=found)


@may("desk.see")
@require_GET
def failures(request: StaffRequest, run_id: int) -> HttpResponse:
    """What could not be done, with the reason of each, as a file."""
    found = runs.reachable(request.person, run_id)
    no, reason = _("工单号"), _("原因")
    rows = ({no: item.ticket.no, reason: shown(item.reason)} for item in runs.failures(found))
    return sheet(rows, [no, reason], name=f"bulk-{found.pk}", form="csv", now=request.now)
