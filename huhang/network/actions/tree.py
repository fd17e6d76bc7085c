"""The tree of units: adding, changing, moving. Only these verbs write a path."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from huhang.kit import audit
from huhang.kit.errors import BadInput
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import put
from huhang.network.models import OrgUnit, Person
from huhang.network.rules import tree
from huhang.network.rules.rows import UnitRow


class WrongPlace(BadInput):
    """这类单元不能放在这个上级之下。"""


class TooDeep(BadInput):
    """移动后会超过五级。"""


class KindIsFixed(BadInput):
    """已有下级的单元不能改变类型。"""


@transaction.atomic
def save_unit(unit: UnitRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a unit or bring an existing one to this state; another parent means a move."""
    existing = OrgUnit.objects.select_for_update(of=("self",)).filter(code=unit.code).first()
    if existing is None:
        return _add(unit, by=by)
    authority.require(by, authority.EDIT, existing.path)
    moved = unit.says("parent") and unit.parent != _code_of_parent(existing)
    if moved:
        move(code=unit.code, to=unit.parent, by=by, now=now)
        existing.refresh_from_db()
    level = _level_in_place(existing, unit.kind)
    values = {**unit.said("name", "name_en", "phone", "is_active"), "kind": unit.kind, "level": level}
    outcome = put(OrgUnit.objects.all(), key={"code": unit.code}, values=values)[1]
    return Outcome.UPDATED if moved else outcome


def _add(unit: UnitRow, *, by: Person | None) -> Outcome:
    parent = authority.unit(unit.parent, by=by, field="parent") if unit.parent else None
    if parent is None:
        authority.require(by, authority.EDIT, tree.path_of(unit.code, None))
    level = tree.level_of(unit.kind, parent.level if parent else None)
    if level is None:
        raise WrongPlace(_where(unit.kind, parent), field="parent")
    OrgUnit.objects.create(
        **unit.model_dump(exclude={"parent"}),
        parent=parent,
        level=level,
        path=tree.path_of(unit.code, parent.path if parent else None),
    )
    return Outcome.CREATED


@transaction.atomic
def move(*, code: str, to: str, by: Person | None, now: datetime) -> OrgUnit:
    """Put a unit with all below it under another parent.

    Facts already stamped keep the old path: their history stays with those who were answerable then.
    """
    unit = authority.unit(code, by=by)
    parent = authority.unit(to, by=by, field="parent")
    if tree.is_below(parent.path, unit.path):
        raise WrongPlace(_("不能移到自己的下级"), field="parent")
    before, level = unit.path, tree.level_of(tree.Kind(unit.kind), parent.level)
    if level is None:
        raise WrongPlace(_where(tree.Kind(unit.kind), parent), field="parent")
    _shift(unit, tree.path_of(code, parent.path), level - unit.level)
    unit.parent = parent
    unit.save(update_fields=["parent"])
    audit.record(
        actor=by.get_username() if by else "", verb="network.move", subject=f"unit:{code}", now=now,
        before={"path": before}, after={"path": unit.path},
    )  # fmt: skip
    return unit


def _shift(unit: OrgUnit, path: str, deeper: int) -> None:
    """Give the unit's whole subtree its new paths and levels, in one statement."""
    below = OrgUnit.objects.within([unit.path])
    if below.filter(level__gt=tree.LOWEST - deeper).exists():
        raise TooDeep
    tail = Substr("path", len(unit.path) + 1, output_field=TextField())
    below.update(path=Concat(Value(path), tail), level=F("level") + deeper)
    unit.refresh_from_db()


def _level_in_place(unit: OrgUnit, kind: tree.Kind) -> int:
    """The level when the kind changes where the unit stands."""
    if kind == unit.kind:
        return unit.level
    if unit.children.exists():
        raise KindIsFixed(field="kind")
    level = tree.level_of(kind, unit.parent.level if unit.parent else None)
    if level is None:
        raise WrongPlace(_where(kind, unit.parent), field="kind")
    return level


def _code_of_parent(unit: OrgUnit) -> str:
    return unit.parent.code if unit.parent else ""


def _where(kind: tree.Kind, parent: OrgUnit | None) -> str:
    kinds = dict(OrgUnit.Kind.choices)
    if parent is None:
        return _("%(kind)s必须有上级") % {"kind": kinds[kind]}
    return _("%(kind)s不能放在%(parent)s（%(parent_kind)s）之下") % {
        "kind": kinds[kind],
        "parent": parent.name,
        "parent_kind": kinds[parent.kind],
    }
