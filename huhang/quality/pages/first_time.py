"""First-time resolution from its two sources, side by side and apart; and the contacts behind it."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.kit import masking
from huhang.kit.answers import page_or_part, sheet
from huhang.kit.doors import StaffRequest, may
from huhang.kit.ui.lists import cut
from huhang.quality.actions.setting import terms
from huhang.quality.models import Touch
from huhang.quality.pages.satisfaction import asked_by, choices
from huhang.quality.pages.sheet import AT_MOST, moment
from huhang.quality.queries import asked as looking
from huhang.quality.queries import contacts as queries
from huhang.quality.queries import figures
from huhang.quality.queries.asked import SEE
from huhang.quality.queries.figures import FirstTime
from huhang.quality.queries.unhappy import Wanted


@may(SEE)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """Both figures, in words what each can and cannot say, and a table."""
    asked, by = asked_by(request)
    return page_or_part(
        request, "quality/first_time.html", "quality/_first_time.html", asked=asked, by=by, tab="first_time",
        total=figures.first_time(request.person, asked), terms=terms(),
        rows=figures.first_time_groups(request.person, asked, by), **choices(request),
    )  # fmt: skip


@may(SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The table as it stands on the screen."""
    asked, by = asked_by(request)
    rows = [_row(row) for row in figures.first_time_groups(request.person, asked, by)]
    return sheet(rows, list(_row(FirstTime("", None))), name="first-time", form=form, now=request.now)


def _row(row: FirstTime) -> dict[str, Any]:
    return {
        _("名称"): row.name or _("未分配"),
        _("没有再来"): row.once,
        _("又来一次"): row.repeated,
        _("观察中"): row.waiting,
        _("一次解决率（按再来）"): row.by_contact,
        _("说已解决"): row.said.solved,
        _("说没有解决"): row.said.unsolved,
        _("一次解决率（按评价）"): row.by_survey,
        _("参评率"): row.said.response,
    }


@may(SEE)
@require_GET
def contacts(request: StaffRequest) -> HttpResponse:
    """The contacts behind the figure, each with the one by which the customer came again."""
    asked, which, found = _found(request)
    return page_or_part(
        request, "quality/contacts.html", "quality/_contacts.html", asked=asked, which=which, tab="first_time",
        rows=cut(found, request), whiches=queries.WHICH.items(), wanted=Wanted.read(request.GET.dict()),
        days=terms().repeat_days, **choices(request),
    )  # fmt: skip


@may(SEE)
@require_GET
def contacts_export(request: StaffRequest, form: str) -> HttpResponse:
    """The contacts with their filters, names and numbers masked as on the screen."""
    _asked_for, _which, found = _found(request)
    columns = [
        _("结束时间"), _("渠道"), _("编号"), _("客户"), _("电话"), _("运单"), _("客服"), _("入口"), _("单位"),
        _("又来时间"), _("又来渠道"), _("又来编号"),
    ]  # fmt: skip
    rows = (dict(zip(columns, _contact(touch), strict=True)) for touch in found[:AT_MOST])
    return sheet(rows, columns, name="contacts", form=form, now=request.now)


def _found(request: StaffRequest) -> tuple[looking.Asked, str, Any]:
    asked = looking.read(request.person, request.GET.dict(), now=request.now)
    wanted = Wanted.read(request.GET.dict())
    which = request.GET.get("which", "")
    which = which if which in queries.WHICH else "repeated"
    found = queries.rows(
        request.person, asked, which, agent=wanted.agent, entrance=wanted.entrance, sort=wanted.sort
    )
    return asked, which, found


def _contact(touch: Touch) -> list[Any]:
    again = touch.repeated_by
    return [
        moment(touch.ended_at), touch.get_sort_display(), touch.subject, masking.name(touch.customer_name),
        masking.phone(touch.customer_number), touch.contact.waybill_no, str(touch.agent or ""),
        str(touch.entrance or ""), touch.unit.shown_name, moment(again.began_at if again else None),
        again.get_sort_display() if again else "", again.subject if again else "",
    ]  # fmt: skip
