"""Files into tables over the API: the carrier's own units, people, customers … and cases; tried first, then written."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import BaseModel, Field

from huhang.kit import imports, paging
from huhang.kit.doors import StaffRequest, TokenAuth, json_answer, may_api
from huhang.kit.errors import NotFound
from huhang.kit.models import ImportRun
from huhang.kit.once import once
from huhang.kit.programs import Asked, Strict, key_of
from huhang.kit.sheets import FileTooLarge
from huhang.kit.uploads import announces_over
from huhang.network.actions.uploads import LARGEST_UPLOAD, kept, name_of
from huhang.network.queries import imports as receipts

router = Router(tags=["imports"])
IMPORT = "network.import"


class Uploading(TokenAuth):
    """Asks how much is announced before a byte of it is read."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        person = super().authenticate(request, token)
        if person is not None and announces_over(LARGEST_UPLOAD, request):
            raise FileTooLarge(limit=LARGEST_UPLOAD)
        return person


class KindOut(BaseModel):
    kind: str
    name: str
    columns: list[str] = Field(description="By the names that people use; ours are taken as well.")
    required: list[str]


class Kinds(BaseModel):
    items: list[KindOut]


class ImportIn(Strict):
    kind: str = Field(max_length=32, examples=["customers"])
    dry_run: bool = Field(True, description="Try it and take it back; said as false, it is written.")


class RefusedOut(BaseModel):
    row: int
    field: str = ""
    reason: str


class ImportOut(BaseModel):
    id: int
    kind: str
    file_name: str
    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    errors: list[RefusedOut] = Field(description="The first hundred; all of them are in the file of rejects.")
    at: datetime


class ImportPage(BaseModel):
    items: list[ImportOut]
    next: str | None


@router.get("/imports/kinds", response=Kinds, summary="What can be imported, and its columns")
@may_api(IMPORT)
def kinds(request: StaffRequest) -> Any:
    return {"items": [_kind(k) for k in imports.kinds() if request.person.may(k.permission)]}


def _kind(kind: imports.Importer[Any]) -> KindOut:
    columns = kind.columns
    return KindOut(
        kind=kind.kind, name=str(kind.label), columns=[column.shown for column in columns],
        required=[column.shown for column in columns if column.is_required],
    )  # fmt: skip


@router.get("/imports", response=ImportPage, summary="One's own imports")
@may_api(IMPORT)
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.newest_first(
        receipts.mine(request.person), by="at", cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [_told(row) for row in rows], "next": following}


@router.post("/imports", response={201: ImportOut}, summary="Import a CSV or Excel file", auth=Uploading())
@may_api(IMPORT)
def run(request: StaffRequest, about: Form[ImportIn], file: File[UploadedFile]) -> Any:
    """Good rows are written, others are kept with their reasons; the same file once more changes nothing."""
    place = kept(file)

    def act() -> tuple[int, Any]:
        done = imports.run(
            about.kind,
            place,
            by=request.person,
            now=request.now,
            file_name=name_of(file),
            dry_run=about.dry_run,
        )
        return 201, _told(done).model_dump(mode="json")

    key, content = key_of(request), f"{about.kind} {about.dry_run} {place.name}".encode()
    client = request.person.get_username()
    code, body = once(client=client, key=key, content=content, now=request.now, act=act) if key else act()
    return json_answer(body, status=code)


@router.get("/imports/{run_id}", response=ImportOut, summary="What came of a file")
@may_api(IMPORT)
def one(request: StaffRequest, run_id: int) -> Any:
    return _told(receipts.get(request.person, run_id))


@router.get("/imports/{run_id}/rejects", summary="The refused rows with their reasons, as CSV")
@may_api(IMPORT)
def rejects(request: StaffRequest, run_id: int) -> Any:
    found = receipts.get(request.person, run_id)
    path = Path(found.rejects_path)
    if not found.rejects_path or not path.exists():
        raise NotFound
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"rejects-{found.kind}-{found.pk}.csv")


def _told(row: ImportRun) -> ImportOut:
    errors = [
        RefusedOut(row=e["row"], field=str(e.get("field", "")), reason=str(e["reason"])) for e in row.errors
    ]
    return ImportOut(
        id=row.pk, kind=row.kind, file_name=row.file_name, dry_run=row.dry_run, rows=row.rows, created=row.created,
        updated=row.updated, unchanged=row.unchanged, rejected=row.rejected, errors=errors, at=row.at,
    )  # fmt: skip
