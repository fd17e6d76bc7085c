"""Is the log fed, and is the watch awake? Sources hour by hour, what was put aside, the hourly books, the batches."""

from io import StringIO

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.journey.actions import feed_intake, feed_keeping
from huhang.journey.queries import intake, words
from huhang.kit import masking
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotAllowed, NotFound
from huhang.kit.sheets.writing import write_csv
from huhang.kit.ui.lists import cut

EDIT = "journey.feeds.edit"
DOWNLOADED = 10_000
SHOWN = 400  # characters of what was put aside


class Chosen(BaseModel):
    """Rows of what was put aside, and what is to be done with them."""

    model_config = ConfigDict(extra="forbid")

    ids: list[int] = Field(max_length=500)
    do: str = Field("again", pattern="^(again|drop)$")


@may("journey.import")
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    only_refused = request.GET.get("only") == "refused"
    batches = cut(intake.batches(request.person, only_refused=only_refused), request)
    sources = intake.sources(intake.counts(request.person), now=request.now)
    return part(
        request, "journey/intake.html", batches=batches, health=intake.health(), only_refused=only_refused,
        sources=sources, silent=[source for source in sources if source.is_silent],
        reasons=intake.parked_reasons(request.person), books=intake.reconciliations(request.person, at_most=12),
        may_edit=request.person.may(EDIT),
    )  # fmt: skip


@may("journey.import")
@require_GET
def source(request: StaffRequest) -> HttpResponse:
    """One source hour by hour, with the reasons of what did not enter."""
    name = request.GET.get("source", "")[:64]
    hours = intake.hours_of(request.person, name, now=request.now)
    if not hours:
        raise NotFound(source=name)
    return part(request, "journey/intake_source.html", source=name, hours=hours)


@may("journey.import")
@require_GET
def parked(request: StaffRequest) -> HttpResponse:
    """What was put aside, with its reason; people who see the whole network may let it try again."""
    asked = _asked(request)
    rows = cut(intake.parked(request.person, **asked), request)
    for row in rows:
        row.raw = masking.phones_in(row.raw)[:SHOWN]
    return part(
        request, "journey/parked.html", rows=rows, asked=asked, states=words.PARKED_STATES.items(),
        reasons=words.INTAKE_REASONS.items(), may_edit=request.person.may(EDIT),
        is_narrow=bool(asked["reason"] or asked["source"]),
    )  # fmt: skip


@may(EDIT)
@require_POST
def settle(request: StaffRequest) -> HttpResponse:
    """Try rows again, or give them up."""
    form, by = read(Chosen, request), request.person.get_username()
    if intake.own_sources(request.person) is not None:
        raise NotAllowed(permission=EDIT)
    if form.do == "drop":
        count = feed_keeping.drop(ids=form.ids, by=by, now=request.now)
        said = _("已放弃 %(count)d 条") % {"count": count}
    else:
        entered, left = feed_intake.try_again(ids=form.ids, by=by, now=request.now)
        said = _("已入库 %(entered)d 条，%(left)d 条仍不能入库") % {"entered": entered, "left": left}
    return _done(request, said)


@may("journey.import")
@require_GET
def download(request: StaffRequest) -> HttpResponse:
    """The same rows as a file; phones stay masked."""
    rows = intake.parked(request.person, **_asked(request))[:DOWNLOADED]
    columns = [_("时间"), _("来源"), _("原因"), _("运单"), _("次数"), _("内容")]
    text = StringIO()
    write_csv(
        text,
        columns,
        (
            dict(zip(columns, (
                f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}", row.source, row.detail, row.waybill_no, row.times,
                masking.phones_in(row.raw),
            ), strict=True))
            for row in rows
        ),
    )  # fmt: skip
    return _file(text.getvalue(), "parked.csv")


@may("journey.import")
@require_GET
def rejects(request: StaffRequest, seq: int) -> HttpResponse:
    """The refused rows of a batch with their reasons, to be put right and sent again."""
    refused = intake.refused(request.person, seq)
    if refused is None:
        raise NotFound(seq=seq)
    extra = sorted({key for row in refused for key in row} - {"row", "reason"})
    columns = {"row": _("行"), "reason": _("原因"), **{key: key for key in extra}}
    text = StringIO()
    write_csv(
        text, list(columns.values()), ({columns[key]: row.get(key) for key in columns} for row in refused)
    )
    return _file(text.getvalue(), f"rejects-{seq}.csv")


def _asked(request: StaffRequest) -> dict[str, str]:
    state = request.GET.get("state", "parked")
    return {
        "state": state if state in words.PARKED_STATES else "",
        "reason": request.GET.get("reason", "")[:32],
        "source": request.GET.get("source", "")[:64],
    }


def _done(request: StaffRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    if not request.headers.get("HX-Request"):
        return redirect("journey:parked")
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def _file(content: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
