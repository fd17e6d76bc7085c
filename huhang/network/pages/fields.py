"""Forms made of row models: the same fields that a file has, with a name, a way to fill them in, and choices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ValidationError

from huhang.kit import reasons
from huhang.kit.errors import BadInput
from huhang.network.models import ROLE_NAMES, Customer, OrgUnit

LABELS = {
    "code": _("编号"),
    "name": _("名称"),
    "name_en": _("英文名"),
    "kind": _("类型"),
    "parent": _("上级"),
    "phone": _("电话"),
    "is_active": _("状态"),
    "username": _("登录名"),
    "display_name": _("姓名"),
    "home": _("所属单元"),
    "role": _("角色"),
    "unit": _("单元"),
    "courier": _("快递员工号"),
    "keywords": _("关键词"),
    "origin": _("起点"),
    "destination": _("终点"),
    "hubs": _("途经分拨"),
    "product": _("产品"),
    "hours": _("承诺小时数"),
    "source": _("依据"),
    "password": _("密码"),
    "days": _("有效天数"),
}
HINTS = {
    "code": _("字母、数字、- 和 _，保存后不能更改"),
    "keywords": _("路名、小区名，用顿号隔开"),
    "hubs": _("分拨编号，按经过的顺序用顿号隔开"),
    "product": _("留空表示全部产品"),
    "source": _("例如：合同、公布的时效表、实测"),
    "parent": _("改变上级即移动，连同所有下级"),
    "username": _("登录时使用，保存后不能更改"),
}
UNITS = {"parent", "home", "unit", "origin", "destination"}
ON_OFF = [("true", _("启用")), ("false", _("停用"))]
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form with its value and what was wrong with it."""

    name: str
    label: Any
    hint: Any
    value: str
    error: str
    choices: list[tuple[str, Any]]
    is_required: bool
    is_fixed: bool
    is_unit: bool


def fields_of(
    row: type[BaseModel],
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    fixed: Iterable[str] = (),
    names: Iterable[str] | None = None,
    choices: Mapping[str, list[tuple[str, Any]]] | None = None,
) -> list[Field]:
    """The form of a row model; `fixed` fields are shown and sent, but not changed."""
    wrong, locked, given = errors or {}, set(fixed), choices or {}
    return [
        Field(
            name=name,
            label=label_of(name),
            hint=HINTS.get(name, ""),
            value=_text(values.get(name)),
            error=wrong.get(name, ""),
            choices=given.get(name, []),
            is_required=row.model_fields[name].is_required(),
            is_fixed=name in locked,
            is_unit=name in UNITS,
        )
        for name in (names or row.model_fields)
    ]


def label_of(name: str) -> Any:
    return LABELS.get(name, name)


def choices_of(kind: str) -> dict[str, list[tuple[str, Any]]]:
    """What may be chosen in the form of this kind of thing."""
    kinds = {"units": OrgUnit.Kind.choices, "customers": Customer.Kind.choices}.get(kind, [])
    return {
        "kind": list(kinds),
        "is_active": ON_OFF,
        "role": [(str(r), name) for r, name in ROLE_NAMES.items()],
    }


def posted(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, value in request.POST.items() if isinstance(value, str)}


def read_row(row: type[B], values: Mapping[str, str]) -> B:
    """The posted row; what is wrong is said per field."""
    try:
        return row.model_validate(dict(values))
    except ValidationError as error:
        raise BadInput(errors=list(reasons.of(error))) from error


def errors_of(error: BadInput) -> dict[str, str]:
    """What was wrong by field; under the empty name what belongs to none."""
    found = {str(e.get("field", "")): str(e["reason"]) for e in error.data.get("errors", [])}
    if name := error.data.get("field"):
        found[str(name)] = error.detail or error.title
    return found or {"": error.detail or error.title}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
