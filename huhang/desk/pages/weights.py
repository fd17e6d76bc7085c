"""What cases weigh and ask for, and which of them are given to somebody: rows that people edit."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import seats as verbs
from huhang.desk.models import AssignmentPolicy
from huhang.desk.pages.answers import done
from huhang.desk.pages.seats import words_of
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound


class WeightForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    points: int = Field(ge=1, le=100)
    level: int = Field(ge=1, le=5)
    needs: str = Field("", max_length=900)
    gets_owner: bool = False


@may("desk.policies.edit")
@require_GET
def weights(request: StaffRequest) -> HttpResponse:
    """All rows; the one that names more of a case holds."""
    return part(request, "desk/weights.html", **_shown())


def _shown() -> dict[str, Any]:
    return {"weights": AssignmentPolicy.objects.all()}


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def weight(request: StaffRequest, policy_id: int) -> HttpResponse:
    found = AssignmentPolicy.objects.filter(pk=policy_id).first()
    if found is None:
        raise NotFound(policy=policy_id)
    if request.method == "GET":
        return part(request, "desk/_weight.html", weight=found)
    form = read(WeightForm, request)
    verbs.set_policy(
        policy_id=policy_id, points=form.points, level=form.level, needs=words_of(form.needs),
        gets_owner=form.gets_owner, by=request.person, now=request.now,
    )  # fmt: skip
    said = _("派单规则已保存，之后派出的工单按新规则。")
    return done(request, "desk/_weights.html", target="#weights", said=said, **_shown())
