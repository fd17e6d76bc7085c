"""Is the log fed, and is the watch awake? Batches as they came, with what was refused of them."""

from io import StringIO

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.journey.queries import intake
from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.errors import NotFound
from huhang.kit.sheets.writing import write_csv
from huhang.kit.ui.lists import cut


@may("journey.import")
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    only_refused = request.GET.get("only") == "refused"
    batches = cut(intake.batches(request.person, only_refused=only_refused), request)
    return part(
        request, "journey/intake.html", batches=batches, health=intake.health(), only_refused=only_refused
    )


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
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejects-{seq}.csv"'
    return response
