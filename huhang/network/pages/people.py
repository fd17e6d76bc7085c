"""People, their roles, first passwords and API tokens."""

from collections.abc import Callable
from typing import Annotated, Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.kit import masking, reveal, sheets
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, DomainError
from huhang.kit.ui.lists import cut
from huhang.network.actions import people as acts
from huhang.network.models import ROLE_NAMES, OrgUnit, Person
from huhang.network.pages import fields
from huhang.network.queries import people, units
from huhang.network.rules.roles import EVERY_PERMISSION, ROLES, Role
from huhang.network.rules.rows import PersonRow


class UsernameTaken(BadInput):
    """这个登录名已被使用。"""


SAID = ("username", "display_name", "phone", "home", "is_active")


@may("network.see")
@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    term, role, unit = _asked(request)
    page = cut(people.found(request.person, term=term, role=role, unit=unit), request)
    return part(
        request,
        "network/people.html",
        cut=page,
        lines=[(person, roles_of(person)) for person in page],
        wanted=term,
        role=role,
        unit=unit,
        roles=ROLE_NAMES.items(),
        may_edit=request.person.may(acts.PEOPLE),
    )


@may("network.export")
@require_GET
def export(request: StaffRequest) -> HttpResponse:
    """The people of the screen, masked as there."""
    term, role, unit = _asked(request)
    rows = people.found(request.person, term=term, role=role, unit=unit)
    columns = [
        str(fields.label_of(name))
        for name in ("username", "display_name", "phone", "home", "role", "is_active")
    ]
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    flat = (dict(zip(columns, _flat(person), strict=True)) for person in rows.iterator(chunk_size=2000))
    sheets.write_csv(answer, columns, flat)  # type: ignore[arg-type]  # a response is written to like a file
    answer["Content-Disposition"] = f'attachment; filename="people-{request.now:%Y%m%d-%H%M}.csv"'
    return answer


def _flat(person: Person) -> list[str]:
    home = person.home.shown_name if person.home else ""
    state = _("启用") if person.is_active else _("停用")
    return [
        person.username,
        str(person),
        masking.phone(person.phone),
        home,
        "；".join(roles_of(person)),
        state,
    ]


def roles_of(person: Person) -> list[str]:
    return [f"{ROLE_NAMES[Role(grant.role)]} · {grant.unit.shown_name}" for grant in person.grants.all()]


@may("network.see")
@require_GET
def roles(request: StaffRequest) -> HttpResponse:
    """Which role may do what: the table that the code itself reads."""
    lines = [(p, [p in ROLES[role].permissions for role in Role]) for p in sorted(EVERY_PERMISSION)]
    meanings = {p: PERMISSION_NAMES.get(p, p) for p in EVERY_PERMISSION}
    return part(
        request,
        "network/roles.html",
        roles=[ROLE_NAMES[role] for role in Role],
        lines=[(p, meanings[p], held) for p, held in lines],
    )


@may("network.see")
@require_GET
def person(request: StaffRequest, username: str) -> HttpResponse:
    return _person_page(request, people.get(request.person, username))


def _person_page(request: StaffRequest, whom: Person, token: str = "") -> HttpResponse:
    path = whom.home.path if whom.home else "/"
    may_keep = request.person.may(acts.PEOPLE, path) and (
        not whom.is_superuser or request.person.is_superuser
    )
    grants = whom.grants.select_related("unit").order_by("unit__path", "role")
    return part(
        request,
        "network/person.html",
        whom=whom,
        grants=[(grant, ROLE_NAMES[Role(grant.role)]) for grant in grants],
        roles=_givable(request.person, path) if may_keep else [],
        units=units.choices(request.person, acts.PEOPLE) if may_keep else [],
        may_keep=may_keep,
        may_issue=may_keep and request.person.may(acts.API, path),
        scopes=PERMISSION_NAMES.items(),
        tokens=whom.tokens.order_by("-created_at"),
        token=token,
    )


def _givable(giver: Person, path: str) -> list[tuple[str, Any]]:
    """Roles of which the giver holds every permission there; the action checks again at the unit chosen."""
    return [
        (str(role), name)
        for role, name in ROLE_NAMES.items()
        if all(giver.may(permission, path) for permission in ROLES[role].permissions)
    ]


@may("network.people")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, username: str = "") -> HttpResponse:
    """Add or change a person; roles are given on the person's page."""
    whom = people.get(request.person, username) if username else None
    if request.method != "POST":
        return _form(request, whom, _values(whom) if whom else {"is_active": True, **_asked_home(request)})
    posted = {name: value for name, value in fields.posted(request).items() if name in SAID}
    if whom:
        posted["username"] = whom.username
        posted = {name: value for name, value in posted.items() if value or name != "phone"}
    try:
        row = fields.read_row(PersonRow, posted)
        if not whom and Person.objects.filter(username=row.username).exists():
            raise UsernameTaken(field="username")
        acts.save_person(row, by=request.person, now=request.now)
    except DomainError as error:
        return _form(request, whom, posted, error)
    messages.success(request, _("已保存"))
    return _to(posted["username"])


def _asked_home(request: StaffRequest) -> dict[str, str]:
    return {"home": request.GET.get("unit", "")[:32]}


def _values(whom: Person) -> dict[str, Any]:
    home = whom.home.code if whom.home else ""
    return {
        "username": whom.username,
        "display_name": whom.display_name,
        "home": home,
        "is_active": whom.is_active,
    }


def _form(
    request: StaffRequest, whom: Person | None, values: dict[str, Any], error: DomainError | None = None
) -> HttpResponse:
    wrong: dict[str, str] = {}
    if error:
        field = error.data.get("field", "")
        wrong = (
            fields.errors_of(error) if isinstance(error, BadInput) else {field: error.detail or error.title}
        )
    answer = part(
        request,
        "network/_form.html" if error else "network/form.html",
        kind="people",
        key=whom.username if whom else "",
        title=_("人员"),
        back=reverse("network:person", args=[whom.username]) if whom else reverse("network:people"),
        fields=fields.fields_of(
            PersonRow,
            values,
            errors=wrong,
            fixed=("username",) if whom else (),
            names=SAID,
            choices={"is_active": fields.ON_OFF},
        ),
        error=wrong.get("", ""),
        units=units.choices(request.person, acts.PEOPLE),
        hidden=("phone",) if whom else (),
    )
    if error:
        answer.status_code = BadInput.status
        answer["HX-Retarget"], answer["HX-Reswap"] = "#form", "outerHTML"
    return answer


class Give(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: Role
    unit: str


class Password(BaseModel):
    model_config = ConfigDict(extra="forbid")
    password: str


class Token(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Annotated[str, Field(min_length=1, max_length=80)]
    days: int = 90
    scopes: list[str] = Field(default_factory=list, max_length=60)


@may("network.people")
@require_POST
def give(request: StaffRequest, username: str) -> HttpResponse:
    form = read(Give, request)
    acts.give(username=username, role=form.role, unit_code=form.unit, by=request.person, now=request.now)
    return _done(request, username, _("已授权"))


@may("network.people")
@require_POST
def withdraw(request: StaffRequest, username: str, grant_id: int) -> HttpResponse:
    acts.withdraw(username=username, grant_id=grant_id, by=request.person, now=request.now)
    return _done(request, username, _("已收回授权"))


@may("network.people")
@require_POST
def password(request: StaffRequest, username: str) -> HttpResponse:
    acts.set_password(
        username=username, password=read(Password, request).password, by=request.person, now=request.now
    )
    return _done(request, username, _("密码已设置"))


@may("kit.api")
@require_POST
def issue(request: StaffRequest, username: str) -> HttpResponse:
    """The only time that the token is shown."""
    form = read(Token, request)
    token = acts.issue_token(
        username=username,
        name=form.name,
        days=form.days,
        scopes=form.scopes,
        by=request.person,
        now=request.now,
    )
    answer = part(request, "network/_token.html", token=token, name=form.name, back=username)
    answer["Cache-Control"] = "no-store"
    return answer


@may("kit.api")
@require_POST
def revoke(request: StaffRequest, username: str, token_id: int) -> HttpResponse:
    acts.revoke_token(username=username, token_id=token_id, by=request.person, now=request.now)
    return _done(request, username, _("令牌已作废"))


@may("kit.reveal")
@require_http_methods(["GET", "POST"])
def show(request: StaffRequest, username: str) -> HttpResponse:
    whom = people.get(request.person, username)
    return reveal.show(
        request,
        subject=f"person:{username}",
        about=f"{_('人员')} {whom}",
        path=whom.home.path if whom.home else "/",
        values=lambda: {fields.label_of("phone"): whom.phone},
    )


def _asked(request: StaffRequest) -> tuple[str, str, OrgUnit | None]:
    asked: Callable[[str], str] = lambda name: request.GET.get(name, "").strip()[:80]  # noqa: E731
    unit = units.get(request.person, asked("unit")) if asked("unit") else None
    return asked("q"), asked("role"), unit


def _done(request: StaffRequest, username: str, said: str) -> HttpResponse:
    messages.success(request, said)
    return _to(username)


def _to(username: str) -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("network:person", args=[username])
    return answer


PERMISSION_NAMES = {
    "desk.see": gettext_lazy("查看工单"),
    "desk.claim": gettext_lazy("认领工单"),
    "desk.answer": gettext_lazy("答复客户"),
    "desk.open": gettext_lazy("新建工单"),
    "desk.hear": gettext_lazy("转达客户在其他系统里说的话"),
    "channels.hear": gettext_lazy("把客户在其他系统里发来的消息送进入口"),
    "channels.see": gettext_lazy("查看入口、渠道账号与话务"),
    "channels.talk": gettext_lazy("接待会话、回电"),
    "channels.supervise": gettext_lazy("监控、接管会话"),
    "channels.edit": gettext_lazy("管理入口与渠道账号"),
    "quality.see": gettext_lazy("查看满意度与一次解决"),
    "quality.call_back": gettext_lazy("回访不满意的客户"),
    "quality.edit": gettext_lazy("设置问谁、何时问"),
    "desk.assign": gettext_lazy("分派工单"),
    "desk.macros.edit": gettext_lazy("管理共用的宏"),
    "desk.views.share": gettext_lazy("共享工单视图"),
    "desk.seats.see": gettext_lazy("查看席位与派单理由"),
    "desk.seats.edit": gettext_lazy("管理席位、技能与分工"),
    "desk.hand_over": gettext_lazy("转交工单"),
    "desk.resolve": gettext_lazy("办结工单"),
    "desk.trace.order": pgettext_lazy("verb", "下达追查令"),
    "desk.wall.screen": gettext_lazy("开通和停用大屏链接"),
    "desk.policies.edit": gettext_lazy("修改工单时限与步骤"),
    "desk.close": gettext_lazy("替负责人办结工单"),
    "desk.vote": gettext_lazy("给部门评分"),
    "journey.trace": gettext_lazy("查看运单与预警"),
    "journey.import": gettext_lazy("导入运单与扫描"),
    "journey.rules.see": gettext_lazy("查看预警规则"),
    "journey.feeds.edit": gettext_lazy("管理数据接口的账户、词表与待处理数据"),
    "journey.rules.edit": gettext_lazy("修改预警规则、提醒政策与对照比例"),
    "journey.reminders.see": gettext_lazy("查看提醒"),
    "journey.reminders.acknowledge": gettext_lazy("确认提醒、转给别的单位"),
    "journey.control.see": gettext_lazy("查看对照组"),
    "journey.storms": gettext_lazy("开启与结束风暴模式"),
    "network.see": gettext_lazy("查看组织、客户与快递员"),
    "network.edit": gettext_lazy("修改组织、客户与快递员"),
    "network.people": gettext_lazy("管理人员与授权"),
    "network.import": gettext_lazy("导入基础资料"),
    "network.export": gettext_lazy("导出列表"),
    "metrics.see": gettext_lazy("查看看板"),
    "kit.reveal": gettext_lazy("说明用途后查看完整的姓名电话"),
    "kit.audit": gettext_lazy("查看审计记录"),
    "kit.api": gettext_lazy("发放 API 令牌"),
}
