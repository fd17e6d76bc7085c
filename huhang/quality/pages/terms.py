"""Who is asked, how much later, and what counts."""

from datetime import time
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.models import KIND_NAMES as ENTRANCE_KINDS
from huhang.channels.models import Entrance
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.rules.kinds import OUR_OWN
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput
from huhang.kit.reveal import address_of
from huhang.quality.actions import setting
from huhang.quality.queries.asked import SEE

EDIT = setting.EDIT
KINDS = {kind.value: name for kind, name in KIND_NAMES.items() if kind not in OUR_OWN}
DOORS = {kind.value: name for kind, name in ENTRANCE_KINDS.items()}


class NoSuchChoice(BadInput):
    """所选的类型或入口不存在，请刷新后重选。"""


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int
    is_on: bool = False
    kinds: list[str] = Field(default_factory=list, max_length=20)
    entrance_kinds: list[str] = Field(default_factory=list, max_length=20)
    entrances_off: list[str] = Field(default_factory=list, max_length=500)
    delay_minutes: int = Field(ge=0, le=1440)
    window_hours: int = Field(ge=0, le=720)
    share: int = Field(ge=0, le=100)
    quiet_from: time
    quiet_to: time
    valid_days: int = Field(ge=1, le=30)
    change_minutes: int = Field(ge=0, le=120)
    repeat_days: int = Field(ge=1, le=90)
    unknown_is_same: bool = False


@may(SEE)
@require_http_methods(["GET", "POST"])
def page(request: StaffRequest) -> HttpResponse:
    """Everybody may read what is asked; headquarters says so."""
    if request.method == "POST":
        return _changed(request)
    terms = setting.terms()
    return part(
        request, "quality/terms.html", tab="terms", terms=terms, can_edit=request.person.may(EDIT),
        kinds=KINDS.items(), entrance_kinds=DOORS.items(),
        entrances=Entrance.objects.filter(is_active=True).order_by("kind", "name"),
    )  # fmt: skip


def _changed(request: StaffRequest) -> HttpResponse:
    facts: dict[str, Any] = read(Form, request).model_dump()
    known = set(Entrance.objects.filter(key__in=facts["entrances_off"]).values_list("key", flat=True))
    if set(facts["kinds"]) - set(KINDS) or set(facts["entrance_kinds"]) - set(DOORS):
        raise NoSuchChoice
    if set(facts["entrances_off"]) - known:
        raise NoSuchChoice
    setting.change(by=request.person, now=request.now, address=address_of(request), **facts)
    return HttpResponseRedirect(reverse("quality:terms"))
