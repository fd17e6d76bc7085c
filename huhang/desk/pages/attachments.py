"""Files on a case's page: put in, looked at, shown to the customer; references of videos."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field, field_validator

from huhang.desk.actions import attachments as verbs
from huhang.desk.models import Ticket
from huhang.desk.pages.files import sent
from huhang.desk.queries.attachments import attachments_of, reachable_file, served
from huhang.desk.queries.tickets import can, reachable
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.uploads import PATTERN, bounded, given


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    step: int | None = Field(None, ge=1, lt=2**63)

    @field_validator("step", mode="before")
    @classmethod
    def _none_chosen(cls, value: object) -> object:
        return value or None


class Upload(Form):
    is_public: bool = False


class Video(Form):
    camera: str = Field("", max_length=120)
    reference: str = Field("", max_length=300)


class Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")

    is_public: bool


@may("desk.see")
@require_GET
def attachments(request: StaffRequest, no: str) -> HttpResponse:
    """The part of a case's page that shows its files."""
    return _part(request, reachable(request.person, no))


@bounded
@may("desk.answer")
@require_POST
def attach(request: StaffRequest, no: str) -> HttpResponse:
    """Files for colleagues, or with a word for the customer too; to a step they are its evidence."""
    found = reachable(request.person, no, "desk.answer")
    files = request.FILES.getlist("files")
    form = read(Upload, request)
    verbs.attach(
        ticket_no=found.no, given=given(files), by=request.person, now=request.now,
        is_public=form.is_public, step_id=form.step,
    )  # fmt: skip
    return _part(request, found)


@may("desk.answer")
@require_POST
def refer(request: StaffRequest, no: str) -> HttpResponse:
    """Where a video is to be found."""
    found = reachable(request.person, no, "desk.answer")
    form = read(Video, request)
    verbs.refer(
        ticket_no=found.no, camera=form.camera, reference=form.reference, by=request.person,
        now=request.now, step_id=form.step,
    )  # fmt: skip
    return _part(request, found)


@may("desk.answer")
@require_POST
def show(request: StaffRequest, no: str, attachment_id: int) -> HttpResponse:
    """Let the customer see a file, or no longer."""
    found = reachable(request.person, no, "desk.answer")
    verbs.show_to_customer(
        ticket_no=found.no, attachment_id=attachment_id, is_public=read(Shown, request).is_public,
        by=request.person, now=request.now,
    )  # fmt: skip
    return _part(request, found)


@may("desk.see")
@require_GET
def file(request: StaffRequest, attachment_id: int) -> HttpResponse:
    return sent(served(reachable_file(request.person, attachment_id), small=False))


@may("desk.see")
@require_GET
def small(request: StaffRequest, attachment_id: int) -> HttpResponse:
    return sent(served(reachable_file(request.person, attachment_id), small=True))


def _part(request: StaffRequest, ticket: Ticket) -> HttpResponse:
    return part(
        request,
        "desk/_attachments.html",
        ticket=ticket,
        attachments=attachments_of(ticket),
        steps=ticket.steps.select_related("unit").filter(opened_at__isnull=False),
        may_attach=can(request.person, "desk.answer", ticket),
        accept=PATTERN,
    )
