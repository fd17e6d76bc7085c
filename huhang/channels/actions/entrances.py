"""Entrances: the ready ones that a carrier starts with, and what people change on them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.models import Account, Entrance, ServiceQueue
from huhang.channels.rules.entrances import OWN, EntranceKind
from huhang.kit import audit, packs
from huhang.kit.errors import BadInput
from huhang.kit.models import Calendar
from huhang.network.models import OrgUnit, Person

GREETING = _("您好，请问有什么可以帮您？")
CLOSED = _(
    "现在是非人工服务时间，人工客服 {opens} 开始。您可以先自助办理，或者留言，我们会按承诺的时间答复。"
)

# Words of our own addresses.
RESERVED = frozenset({"add", "ready"})
HOURS = "service"


class DoorTaken(BadInput):
    """这个账号的这个入口标识已经被另一个入口使用。"""


class EntranceKeyTaken(BadInput):
    """已经有这个标识的入口，请换一个。"""


class NotYetConnected(BadInput):
    """这个入口还没有选择渠道账号，不能启用。"""


def load_pack() -> int:
    """The ready entrances of a carrier, once it has a headquarters; what people edited stays as it is."""
    root = OrgUnit.objects.filter(parent__isnull=True).order_by("pk").first()
    if root is None:
        return 0
    added = 0
    for row in packs.rows("queues"):
        given = {**row, "unit": root, "path": root.path}
        added += ServiceQueue.objects.get_or_create(key=row["key"], defaults=given)[1]
    return added + sum(_ready(dict(row), root) for row in packs.rows("entrances"))


@transaction.atomic
def add(
    *, key: str, kind: EntranceKind, name: str, unit: OrgUnit, queue: ServiceQueue, by: Person, now: datetime,
    address: str,
) -> Entrance:  # fmt: skip
    """A further entrance, not open yet; its page asks for the rest. A door of our own has its account at once."""
    if key in RESERVED or Entrance.objects.filter(key=key).exists():
        raise EntranceKeyTaken(key=key)
    if kind in OWN and Account.objects.filter(key=key).exists():
        raise EntranceKeyTaken(key=key)
    entrance = Entrance.objects.create(
        key=key, kind=kind, name=name, unit=unit, path=unit.path, queue=queue, greeting=GREETING,
        closed_words=CLOSED, calendar=Calendar.objects.filter(key=HOURS).first(), is_active=False,
        account=_own_account(key, name, unit) if kind in OWN else None,
    )  # fmt: skip
    audit.record(
        actor=by.get_username(), verb="entrance.add", subject=key, now=now, address=address,
        after={"kind": kind, "name": name, "unit": unit.code, "queue": queue.key},
    )  # fmt: skip
    return entrance


@transaction.atomic
def change(entrance: Entrance, *, by: Person, now: datetime, address: str, **facts: Any) -> Entrance:
    """Change what is given; refused when two entrances would wait at one door. On the record with what changed."""
    before = {name: str(getattr(entrance, name) or "") for name in facts}
    for name, value in facts.items():
        setattr(entrance, name, value)
    if entrance.is_active and entrance.account is None:
        raise NotYetConnected(entrance=entrance.key)
    others = Entrance.objects.filter(account=entrance.account, door=entrance.door).exclude(pk=entrance.pk)
    if entrance.account is not None and others.exists():
        raise DoorTaken(account=entrance.account.key, door=entrance.door)
    entrance.save()
    after = {name: str(getattr(entrance, name) or "") for name in facts}
    changed = {name: [before[name], after[name]] for name in facts if before[name] != after[name]}
    if changed:
        audit.record(
            actor=by.get_username(), verb="entrance.change", subject=entrance.key, now=now, address=address,
            before={name: was for name, (was, _is) in changed.items()},
            after={name: is_now for name, (_was, is_now) in changed.items()},
        )  # fmt: skip
    return entrance


def _ready(row: dict[str, Any], root: OrgUnit) -> int:
    is_own = row.pop("own", False)
    hours, queue = row.pop("hours", ""), row.pop("queue")
    given = {
        "greeting": GREETING, "closed_words": CLOSED, **row, "unit": root, "path": root.path,
        "kind": EntranceKind(row["kind"]), "queue": ServiceQueue.objects.get(key=queue),
        "calendar": Calendar.objects.filter(key=hours).first(), "is_active": is_own,
        "account": _own_account(row["key"], row["name"], root) if is_own else None,
    }  # fmt: skip
    return int(Entrance.objects.get_or_create(key=row["key"], defaults=given)[1])


def _own_account(key: str, name: str, root: OrgUnit) -> Account:
    """A door of our own is an account without a vendor."""
    given = {"name": name, "unit": root, "path": root.path}
    return Account.objects.get_or_create(key=key, defaults=given)[0]
