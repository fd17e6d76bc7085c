"""Importing: choose what it is, try it without writing, see what is wrong, then write it."""

from pathlib import Path
from typing import Any, Literal

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel

from huhang.kit import imports
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.models import ImportRun
from huhang.network.actions.uploads import LARGEST_UPLOAD, MEGABYTE, kept, name_of, place_of
from huhang.network.queries import imports as receipts

ERRORS_SHOWN = 20


class Choice(BaseModel):
    kind: str
    mode: Literal["try", "write"] = "try"


@may("network.import")
@require_http_methods(["GET", "POST"])
def home(request: StaffRequest) -> HttpResponse:
    """Choose a kind and a file; every upload is tried first unless one says otherwise."""
    if request.method != "POST":
        return _home(request)
    chosen = read(Choice, request)
    try:
        file = kept(request.FILES.get("file"))
        run = imports.run(
            chosen.kind,
            file,
            by=request.person,
            now=request.now,
            file_name=name_of(request.FILES.get("file")),
            dry_run=chosen.mode == "try",
        )
    except DomainError as error:
        return _home(request, kind=chosen.kind, error=error)
    return redirect("network:import", run.pk)


def _home(request: StaffRequest, *, kind: str = "", error: DomainError | None = None) -> HttpResponse:
    kinds = [k for k in imports.kinds() if request.person.may(k.permission)]
    asked = kind or request.GET.get("kind", "")
    chosen = next((k for k in kinds if k.kind == asked), kinds[0] if kinds else None)
    return part(
        request,
        "network/imports.html",
        status=error.status if error else 200,
        kinds=kinds,
        chosen=chosen,
        columns=chosen.columns if chosen else [],
        runs=_labelled(receipts.mine(request.person)[:20]),
        error=error,
        largest=LARGEST_UPLOAD // MEGABYTE,
    )


@may("network.import")
@require_GET
def receipt(request: StaffRequest, run_id: int) -> HttpResponse:
    """What came of a file."""
    run = receipts.get(request.person, run_id)
    return part(
        request,
        "network/import.html",
        run=run,
        label=_label(run.kind),
        errors=run.errors[:ERRORS_SHOWN],
        good=run.rows - run.rejected,
        can_write=run.dry_run and run.rows > run.rejected and place_of(run.sha256).exists(),
    )


@may("network.import")
@require_POST
def write(request: StaffRequest, run_id: int) -> HttpResponse:
    """Write the file of a dry run: the very file that was tried."""
    tried = receipts.get(request.person, run_id)
    if not place_of(tried.sha256).exists():
        raise NotFound(_("文件已清理，请重新上传"))
    run = imports.run(
        tried.kind, place_of(tried.sha256), by=request.person, now=request.now, file_name=tried.file_name
    )
    return redirect("network:import", run.pk)


@may("network.import")
@require_GET
def rejects(request: StaffRequest, run_id: int) -> FileResponse:
    """The refused rows with their reasons, to be mended and sent again."""
    run = receipts.get(request.person, run_id)
    path = Path(run.rejects_path)
    if not run.rejects_path or not path.exists():
        raise NotFound
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"rejects-{run.kind}-{run.pk}.csv")


@may("network.import")
@require_GET
def sample(request: StaffRequest, kind: str) -> HttpResponse:
    """An empty sheet with the right columns."""
    names = [column.shown for column in imports.find(kind).columns]
    answer = HttpResponse("\ufeff" + ",".join(names) + "\r\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return answer


def _labelled(runs: Any) -> list[tuple[ImportRun, Any]]:
    return [(run, _label(run.kind)) for run in runs]


def _label(kind: str) -> Any:
    return next((k.label for k in imports.kinds() if k.kind == kind), kind)
