"""The gate in front of every verb: what one cannot see does not exist, what one sees is not always one's to change."""

from django.utils.translation import gettext as _

from huhang.kit.errors import NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person

SEE = "network.see"
EDIT = "network.edit"


class UnitUnknown(NotFound):
    """没有这个组织单元，或您无权查看。"""


def require(by: Person | None, permission: str, path: str) -> None:
    """Refuse unless the person holds the permission for this path."""
    if by is None or by.may(permission, path):
        return
    if not by.may(SEE, path):
        raise UnitUnknown
    raise NotAllowed(permission=permission)


def unit(code: str, *, by: Person | None, permission: str = EDIT, field: str = "unit") -> OrgUnit:
    """The unit of this code, when the person holds the permission there; `field` names it in the refusal."""
    found = OrgUnit.objects.filter(code=code).first()
    if found is None or (by is not None and not by.may(SEE, found.path)):
        raise unknown(code, field=field)
    require(by, permission, found.path)
    return found


def unknown(code: str, *, field: str) -> UnitUnknown:
    return UnitUnknown(_("没有组织单元 %(code)s，或您无权查看") % {"code": code}, field=field)


def root() -> str:
    """The path of headquarters: to what belongs to no unit, only those of the whole network have access."""
    return (
        OrgUnit.objects.filter(parent__isnull=True).order_by("pk").values_list("path", flat=True).first()
        or "/"
    )
