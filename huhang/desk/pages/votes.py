"""Customer service votes on the departments it has worked with."""

from datetime import date

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import voting
from huhang.desk.pages.answers import done
from huhang.desk.queries import votes as queries
from huhang.kit.doors import StaffRequest, may, part, read

VOTE = "desk.vote"


class VoteForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    month: date
    score: int = Field(ge=1, le=5)
    words: str = Field("", max_length=300)


@may(VOTE)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """The departments of this month, or of the one before."""
    months = queries.months_to_judge(request.now)
    month = next((m for m in months if m.isoformat() == request.GET.get("month")), months[0])
    rows = queries.ballots(request.person, month)
    return part(request, "desk/vote.html", rows=rows, month=month, months=months, scores=range(5, 0, -1))


@may(VOTE)
@require_POST
def cast(request: StaffRequest, code: str) -> HttpResponse:
    """One vote; the verb asks whether this person has worked with the department."""
    form = read(VoteForm, request)
    given = voting.vote(
        unit_code=code, month=form.month, score=form.score, words=form.words,
        by=request.person, now=request.now,
    )  # fmt: skip
    row = next(row for row in queries.ballots(request.person, form.month) if row.unit.pk == given.unit_id)
    return done(
        request, "desk/_vote_row.html", target=f"#vote-{row.unit.pk}", said=_("已记下，评分不署名。"),
        row=row, month=form.month, scores=range(5, 0, -1),
    )  # fmt: skip
