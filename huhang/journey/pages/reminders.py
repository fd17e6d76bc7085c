"""The list of reminders, and one's own: who was asked, who saw it, who acts."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions.gateways import gateway
from huhang.channels.models import OUR_OWN_MEDIA
from huhang.journey.actions import acknowledging
from huhang.journey.actions.acknowledging import ACKNOWLEDGE
from huhang.journey.queries import hits, reminders
from huhang.kit.answers import sheet
from huhang.kit.doors import StaffRequest, may, part, read, signed_in
from huhang.kit.ui.lists import cut

EXPORT_AT_MOST = 20_000


class Chosen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reminder: list[int] = Field(min_length=1, max_length=500)


@may(reminders.SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """The reminders that the URL asks for."""
    paths = request.person.visible_paths(reminders.SEE)
    wanted = reminders.wanted_by(request.GET)
    rows = reminders.listed(paths, wanted)
    number, is_more = hits.counted(rows)  # type: ignore[arg-type]
    page = cut(rows, request)
    return part(
        request, "journey/reminders.html", page=page, lines=reminders.lines(page.rows), wanted=wanted,
        number=number, is_more=is_more, figures=reminders.figures(paths, wanted), rules=hits.rules(),
        units=hits.units(paths), media=OUR_OWN_MEDIA.items(), paths=paths, is_real=gateway().is_real,
    )  # fmt: skip


@may(reminders.SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The rows on the screen, all pages of them."""
    found = reminders.listed(request.person.visible_paths(reminders.SEE), reminders.wanted_by(request.GET))
    columns = [str(column) for column in reminders.row_of(None)]
    rows = (reminders.row_of(line) for line in reminders.in_batches(found[:EXPORT_AT_MOST]))
    return sheet(rows, columns, name="reminders", form=form, now=request.now)


@signed_in
@require_GET
def mine(request: StaffRequest) -> HttpResponse:
    """What I, or my unit and its couriers, are asked to do. Looking at it is the read receipt."""
    rows = reminders.mine(request.person, ACKNOWLEDGE)
    acknowledging.look(rows, by=request.person, now=request.now)
    piles = reminders.piles(rows, now=request.now)
    return part(
        request, "journey/my_reminders.html", piles=piles, waiting=sum(len(pile.waiting) for pile in piles),
        paths=request.person.visible_paths(ACKNOWLEDGE),
    )  # fmt: skip


@signed_in
@require_POST
def acknowledge(request: StaffRequest) -> HttpResponse:
    """I will act, on one or on all; the action looks at whose they are."""
    form = read(Chosen, request)
    acknowledging.acknowledge_own(reminder_ids=form.reminder, by=request.person, now=request.now)
    return _back()


@signed_in
@require_POST
def pass_on(request: StaffRequest) -> HttpResponse:
    """Not mine: to the outlet, or to the unit above."""
    form = read(Chosen, request)
    acknowledging.pass_on_own(reminder_ids=form.reminder, by=request.person, now=request.now)
    return _back()


def _back() -> HttpResponse:
    response = HttpResponse(status=303)
    response["Location"] = reverse("journey:my_reminders")
    return response
