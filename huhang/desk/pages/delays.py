"""For how long answers to customers can be taken back: beside the policies."""

from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from huhang.desk.actions import delays as verbs
from huhang.desk.models import AnswerDelay
from huhang.desk.pages.answers import done
from huhang.desk.pages.policies import shown
from huhang.desk.queries.tickets import units_below
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.reveal import address_of


class DelayForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    unit: str = Field(min_length=1, max_length=32)
    seconds: Annotated[int | None, BeforeValidator(lambda text: text or None)] = Field(
        None, ge=0, le=verbs.LONGEST
    )


@may(verbs.PERMISSION)
@require_http_methods(["GET", "POST"])
def delay(request: StaffRequest) -> HttpResponse:
    """Choose a unit and its seconds in the dialog; nothing typed is none of its own."""
    if request.method == "GET":
        code = request.GET.get("unit", "")
        kept = AnswerDelay.objects.filter(unit__code=code).first()
        return part(request, "desk/_delay_form.html", kept=kept, code=code, units=units_below(request.person))
    form = read(DelayForm, request)
    verbs.set_delay(
        unit_code=form.unit, seconds=form.seconds, by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    context: dict[str, Any] = shown()
    said = _("已保存，之后发出的回复按此执行。")
    return done(request, "desk/_policies.html", target="#policies", said=said, **context)
