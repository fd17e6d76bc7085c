"""Files of a case: put in, listed, fetched; and the references of videos."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import BaseModel, Field

from huhang.desk.actions import attachments as verbs
from huhang.desk.models import Attachment
from huhang.desk.queries.attachments import named, reachable_file, served
from huhang.desk.queries.tickets import reachable
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, TokenAuth, may_api
from huhang.kit.programs import Asked, Strict, wrote
from huhang.kit.received import AT_ONCE, FileTooLarge, Given, TooManyAtOnce
from huhang.kit.sending import sent
from huhang.kit.uploads import too_much

router = Router(tags=["files"])


class Uploading(TokenAuth):
    """Asks how much is announced before a byte of it is read."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        person = super().authenticate(request, token)
        if person is not None and too_much(request):
            raise FileTooLarge
        return person


class FileOut(BaseModel):
    id: int
    kind: str = Field(description="picture, file, video_ref")
    name: str
    content_type: str = Field(description="Told from the content, whatever the sender called it.")
    size: int
    sha256: str
    reference: str
    step: int | None
    is_public: bool
    by: str = Field(description="Empty: the customer.")
    by_name: str = Field(description="What they are called.")
    at: datetime


class Files(BaseModel):
    items: list[FileOut]
    next: str | None = None


class About(Strict):
    step: int | None = Field(None, ge=1, lt=2**63, description="The step that it is evidence of.")
    is_public: bool = Field(False, description="May the customer see it?")


class Video(Strict):
    camera: str = Field("", max_length=120, examples=["3 号门"])
    reference: str = Field("", max_length=300, examples=["11-20 14:05"])
    step: int | None = Field(None, ge=1, lt=2**63, examples=[None])


class Shown(Strict):
    is_public: bool = Field(examples=[False])


@router.get("/tickets/{no}/files", response=Files, summary="Files of a case")
@may_api("desk.see")
def some(request: StaffRequest, no: str, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(
        named(reachable(request.person, no).attachments.all()), cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [_told(row) for row in rows], "next": following}


def _told(row: Attachment) -> FileOut:
    return FileOut(
        id=row.pk, kind=row.kind, name=row.name, content_type=row.content_type, size=row.size,
        sha256=row.sha256, reference=row.reference, step=row.step_id, is_public=row.is_public, by=row.by,
        by_name=getattr(row, "by_name", "") or row.by,
        at=row.at,
    )  # fmt: skip


@router.post("/tickets/{no}/files", response={201: Files}, summary="Put files into a case", auth=Uploading())
@may_api("desk.answer")
def attach(request: StaffRequest, no: str, about: Form[About], files: File[list[UploadedFile]]) -> Any:
    """multipart/form-data, all of them or none; the same file once more is the one that is there already."""
    found = reachable(request.person, no, "desk.answer")
    chosen = given(files)

    def do() -> Files:
        rows = verbs.attach(
            ticket_no=found.no, given=chosen, by=request.person, now=request.now,
            is_public=about.is_public, step_id=about.step,
        )  # fmt: skip
        return Files(items=[_told(row) for row in rows])

    return wrote(request, do, status=201)


def given(files: list[UploadedFile]) -> list[Given]:
    if len(files) > AT_ONCE:
        raise TooManyAtOnce
    if any((file.size or 0) > settings.ATTACHMENT_BYTES for file in files):
        raise FileTooLarge
    return [Given(file.name or "", file.read()) for file in files]


@router.post("/tickets/{no}/videos", response={201: FileOut}, summary="Say where a video is to be found")
@may_api("desk.answer")
def refer(request: StaffRequest, no: str, payload: Video) -> Any:
    """Nothing is fetched from there."""
    found = reachable(request.person, no, "desk.answer")
    return wrote(
        request,
        lambda: _told(
            verbs.refer(
                ticket_no=found.no,
                camera=payload.camera,
                reference=payload.reference,
                by=request.person,
                now=request.now,
                step_id=payload.step,
            )
        ),
        status=201,
    )


@router.put(
    "/tickets/{no}/files/{attachment_id}",
    response=FileOut,
    summary="Show a file to the customer, or no longer",
)
@may_api("desk.answer")
def show(request: StaffRequest, no: str, attachment_id: int, payload: Shown) -> Any:
    found = reachable(request.person, no, "desk.answer")
    return wrote(
        request,
        lambda: _told(
            verbs.show_to_customer(
                ticket_no=found.no,
                attachment_id=attachment_id,
                is_public=payload.is_public,
                by=request.person,
                now=request.now,
            )
        ),
    )


BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/files/{attachment_id}",
    summary="The bytes of a file",
    openapi_extra={"responses": {200: {"description": "The file", "content": {"*/*": BINARY}}}},
)
@may_api("desk.see")
def fetch(request: StaffRequest, attachment_id: int) -> HttpResponse:
    file = served(reachable_file(request.person, attachment_id), small=False)
    return sent(file.content, content_type=file.content_type, name=file.name, is_shown=file.is_shown)
