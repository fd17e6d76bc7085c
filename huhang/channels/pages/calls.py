"""The telephone: who waits and who talks, whom we owe a call, and the figures of the line."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import call_back_verbs, call_backs
from huhang.channels.actions.call_back_verbs import Verb
from huhang.channels.models import Call, CallbackDue, ServiceQueue
from huhang.channels.queries import calls as queries
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import show

TIMES = {
    "today": gettext_lazy("今天"),
    "yesterday": gettext_lazy("昨天"),
    "week": gettext_lazy("近 7 天"),
    "month": gettext_lazy("近 30 天"),
}
SHOWN = {
    "open": gettext_lazy("待处理"), "mine": gettext_lazy("我的"), "closed": gettext_lazy("已处理"),
}  # fmt: skip


class NoteForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field("", max_length=300)


@may(queries.SEE)
@require_GET
def calls(request: StaffRequest) -> HttpResponse:
    """The page, or one of its three parts, each from the same address."""
    parts: dict[str, tuple[str, Callable[[StaffRequest], dict[str, Any]]]] = {
        "live": ("channels/_calls_live.html", _live),
        "owed": ("channels/_callbacks.html", _owed),
        "figures": ("channels/_call_figures.html", _figures),
    }
    wanted = request.GET.get("part", "")
    if request.headers.get("HX-Request") and wanted in parts:
        template, shown = parts[wanted]
        response = part(request, template, **shown(request))
    else:
        shown_all = {**_figures(request), **_live(request), **_owed(request)}
        paths = request.person.visible_paths(queries.SEE)
        response = part(request, "channels/calls.html", paths=paths, **shown_all)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _live(request: StaffRequest) -> dict[str, Any]:
    rows = queries.live(request.person)
    for row in rows:
        _add_clock(row)
    return {"live": rows, "waiting": sum(row.answered_at is None for row in rows), "as_of": request.now}


def _add_clock(row: Call) -> None:
    """Until when an answer would be in time, for those who wait for one."""
    if row.queued_at and not row.answered_at:
        seconds = row.queue.answer_within if row.queue else 20
        row.due_at = row.queued_at + timedelta(seconds=seconds)  # type: ignore[attr-defined]


def _owed(request: StaffRequest) -> dict[str, Any]:
    show_which = request.GET.get("show", "open")
    show_which = show_which if show_which in SHOWN else "open"
    return {
        "owed": queries.owed(request.person, show=show_which),
        "show": show_which,
        "choices": SHOWN.items(),
        "telephones": queries.telephones(request.person),
        "as_of": request.now,
    }


def _figures(request: StaffRequest) -> dict[str, Any]:
    """One time, all lines or one queue, beside its queues and its hours."""
    name = request.GET.get("time", "today")
    name = name if name in TIMES else "today"
    since, until = _span(name, request.now)
    queue = _queue(request)
    rows = queries.of_time(request.person, since=since, until=until, queues=[queue.pk] if queue else [])
    terms = queries.terms(queue) if queue else {}
    grain = "hour" if name in {"today", "yesterday"} else "day"
    return {
        "told": queries.total(rows, **terms),
        "by_queue": queries.by_queue(rows),
        "by_time": queries.by_time(rows, grain, **terms),
        "grain": grain,
        "time": name,
        "times": TIMES.items(),
        "queues": queries.queues(request.person),
        "queue": queue,
        "as_of": request.now,
    }


def _queue(request: StaffRequest) -> ServiceQueue | None:
    key = request.GET.get("queue", "")
    return queries.queues(request.person).filter(key=key).first() if key else None


def _span(name: str, now: datetime) -> tuple[datetime, datetime]:
    today = timezone.make_aware(datetime.combine(timezone.localdate(now), time()))
    if name == "yesterday":
        return today - timedelta(days=1), today
    days = {"today": 0, "week": 6, "month": 29}[name]
    return today - timedelta(days=days), now


@may(queries.SEE)
@require_http_methods(["GET", "POST"])
def call_number(request: StaffRequest, call_id: int) -> HttpResponse:
    """The caller's whole number, for a purpose that is on record."""
    row = queries.one(request.person, call_id)
    return _reveal(request, f"call:{row.pk}", row)


@may(queries.RECORDINGS)
@require_http_methods(["GET", "POST"])
def recordings(request: StaffRequest, call_id: int) -> HttpResponse:
    """Where the call's recordings lie at the switch, for a purpose that is on record; the sound is never ours."""
    row = queries.recorded(request.person, call_id)
    values = {_("录音 %s") % number: str(where) for number, where in enumerate(row.recordings, start=1)}
    return show(request, subject=f"call:{row.pk}", about=_("录音"), path=row.path, values=lambda: values)


@may(queries.SEE)
@require_http_methods(["GET", "POST"])
def callback_number(request: StaffRequest, callback_id: int) -> HttpResponse:
    row = queries.callback(request.person, callback_id)
    return _reveal(request, f"callback:{row.pk}", row)


def _reveal(request: StaffRequest, subject: str, row: Call | CallbackDue) -> HttpResponse:
    values = {_("来电号码"): row.number}
    if row.customer:
        values[_("客户")] = row.customer.name
    return show(request, subject=subject, about=_("来电号码"), path=row.path, values=lambda: values)


@may(call_backs.ANSWER)
@require_POST
def work(request: StaffRequest, callback_id: int, verb: str) -> HttpResponse:
    """Claim a call-back, give it back, or say how it went."""
    queries.callback(request.person, callback_id)
    if verb not in set(Verb):
        raise NotFound(verb=verb)
    note = read(NoteForm, request).note
    call_back_verbs.work(
        callback_id=callback_id, verb=Verb(verb), note=note, by=request.person, now=request.now
    )
    response = part(request, "channels/_callbacks.html", **_owed(request))
    response["HX-Retarget"], response["HX-Reswap"] = "#owed", "outerHTML"
    return response
