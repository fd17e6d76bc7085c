"""Macros: looked at before they are run, and the page on which they are kept."""

from typing import Any, Literal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import Field

from huhang.desk.actions import macros
from huhang.desk.models import Macro, PauseReason, Ticket
from huhang.desk.models.ticket import PRIORITY_NAMES
from huhang.desk.pages.acting import Form, changed, stale
from huhang.desk.pages.answers import done
from huhang.desk.queries import macros as queries
from huhang.desk.queries.leaving import delay_at
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.kinds import Priority
from huhang.desk.rules.macros import LONGEST, Deed, Place
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound, Stale
from huhang.kit.reveal import address_of

PERMISSION = "desk.answer"


class RunForm(Form):
    macro: int
    note: str | None = Field(None, max_length=LONGEST)
    answer: str | None = Field(None, max_length=LONGEST)
    resolve: str | None = Field(None, max_length=LONGEST)


class MacroForm(Form):
    """A macro as people write it: a field for each deed; a blank one is not done."""

    macro: int | None = None
    name: str = Field(min_length=1, max_length=40)
    path: str = Field("", max_length=255)
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    note: str = Field("", max_length=LONGEST)
    answer: str = Field("", max_length=LONGEST)
    pause: str = Field("", max_length=40)
    unit: str = Field("", max_length=32)
    reason: str = Field("", max_length=200)
    resolve: str = Field("", max_length=LONGEST)

    def actions(self) -> list[dict[str, str]]:
        told: dict[Deed, dict[str, str]] = {
            Deed.PRIORITY: {"value": self.priority},
            Deed.NOTE: {"text": self.note},
            Deed.ANSWER: {"text": self.answer},
            Deed.PAUSE: {"reason": self.pause},
            Deed.HAND_OVER: {"unit": self.unit, "reason": self.reason},
            Deed.RESOLVE: {"text": self.resolve},
        }
        return [{"do": deed.value, **words} for deed, words in told.items() if any(words.values())]


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def run(request: StaffRequest, no: str) -> HttpResponse:
    """The list of macros; with `macro`, what it would do to this case; posted, it is done."""
    found = reachable(request.person, no, PERMISSION)
    if request.method == "POST":
        return _run(request, found)
    asked = request.GET.get("macro", "")
    if not asked.isdigit():
        rows = queries.usable_by(request.person)
        return part(request, "desk/_macro_list.html", ticket=found, macros=rows, person=request.person)
    macro = queries.usable(request.person, int(asked))
    lines = queries.preview(macro, found, now=request.now)
    return part(request, "desk/_macro_preview.html", ticket=found, macro=macro, lines=lines)


def _run(request: StaffRequest, found: Ticket) -> HttpResponse:
    form, no = read(RunForm, request), found.no
    written = {"note": form.note, "answer": form.answer, "resolve": form.resolve}
    try:
        macros.run(
            ticket_no=no, macro_id=form.macro, version=form.version,
            texts={deed: text for deed, text in written.items() if text is not None},
            link_at=lambda token: request.build_absolute_uri(reverse("progress:page", args=[token])),
            by=request.person, now=request.now, leaves_in=delay_at(found.at_path),
        )  # fmt: skip
    except Stale:
        return stale(request, reachable(request.person, no), "desk.macro")
    return changed(request, no, _("已按宏办理。"))


@may(PERMISSION)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """All macros that one may use, and which of them one may change."""
    return part(request, "desk/macros.html", **_listed(request))


def _listed(request: StaffRequest) -> dict[str, Any]:
    mine = set(queries.editable_by(request.person).values_list("pk", flat=True))
    rows = [{"macro": macro, "may_edit": macro.pk in mine} for macro in queries.usable_by(request.person)]
    return {"rows": rows, "names": queries.DEED_NAMES}


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest) -> HttpResponse:
    """Make or change a macro in the dialog."""
    if request.method == "GET":
        return part(request, "desk/_macro.html", **_form(request))
    form = read(MacroForm, request)
    written = macros.Written(name=form.name, path=form.path, actions=form.actions())
    macros.save_macro(
        macro_id=form.macro, written=written, by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return done(request, "desk/_macros.html", target="#macros", said=_("宏已保存。"), **_listed(request))


def _form(request: StaffRequest) -> dict[str, Any]:
    asked = request.GET.get("macro", "")
    macro = queries.editable_by(request.person).filter(pk=asked).first() if asked.isdigit() else Macro()
    if macro is None:
        raise NotFound(macro=asked)
    return {
        "macro": macro,
        "told": {row["do"]: row for row in macro.actions or []},
        "places": [f"{{{place.value}}}" for place in Place],
        "paths": queries.places_of(request.person),
        "priorities": [(priority.value, PRIORITY_NAMES[priority]) for priority in Priority],
        "reasons": PauseReason.objects.filter(is_active=True),
    }


@may(PERMISSION)
@require_POST
def remove(request: StaffRequest) -> HttpResponse:
    """Take a macro out of use."""
    asked = request.POST.get("macro", "")
    if not asked.isdigit():
        raise NotFound(macro=asked)
    macros.remove(macro_id=int(asked), by=request.person, now=request.now, address=address_of(request))
    return done(request, "desk/_macros.html", target="#macros", said=_("宏已删除。"), **_listed(request))
