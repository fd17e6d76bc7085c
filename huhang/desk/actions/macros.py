"""Keeping macros, and doing all that one says or nothing of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import answering, clocks, progress, steps, weighing
from huhang.desk.actions import tickets as verbs
from huhang.desk.actions.collision import unchanged_since
from huhang.desk.models import Macro, Ticket
from huhang.desk.queries import macros as queries
from huhang.desk.queries.tickets import can
from huhang.desk.rules import macros as rule
from huhang.desk.rules.kinds import Priority
from huhang.desk.rules.macros import Action, Deed, Fault, Place
from huhang.kit import audit
from huhang.kit.errors import BadInput, NotAllowed, NotFound
from huhang.network.models import Person
from huhang.network.rules.roles import EVERYWHERE, is_whole

FAULTS = {
    Fault.EMPTY: _("请至少写一项要做的事。"),
    Fault.UNKNOWN_DEED: _("有一项操作不认识。"),
    Fault.TWICE: _("同一项操作写了两次。"),
    Fault.INCOMPLETE: _("有一项操作没有填完整。"),
    Fault.TOO_LONG: _("文字太长，最多 2000 字。"),
    Fault.UNKNOWN_PLACE: _("有不认识的占位符，请只用列出的几个。"),
    Fault.LINK_IN_NOTE: _("内部备注里不能放客户的进度链接。"),
    Fault.BOTH_ENDS: _("移交和办结只能选一项。"),
}


class MacroIsFaulty(BadInput):
    """这个宏还不能保存。"""


class PlaceholderLeft(BadInput):
    """文字里还有没填上的占位符，请补写或删去后再发送。"""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote a macro to be; an empty path makes it their own."""

    name: str
    path: str
    actions: Sequence[Mapping[str, Any]]
    is_active: bool = True


@transaction.atomic
def save_macro(
    *, macro_id: int | None, written: Written, by: Person, now: datetime, address: str = ""
) -> Macro:
    """Make or change a macro; those that others use are on the record."""
    faults = rule.faults(written.actions)
    if faults:
        raise MacroIsFaulty(gettext(FAULTS[faults[0]]), faults=[str(fault) for fault in faults])
    _may_keep(by, written.path)
    macro = _editable(macro_id, by) if macro_id else Macro()
    before = _recorded(macro) if macro_id else None
    macro.name, macro.path, macro.is_active = written.name, written.path, written.is_active
    macro.person = None if written.path else by
    macro.actions = [dict(row) for row in written.actions]
    macro.save()
    if macro.path and before != _recorded(macro):
        audit.record(
            actor=by.get_username(), verb="desk.macro.saved", subject=f"desk.macro:{macro.pk}", now=now,
            before=before, after=_recorded(macro), address=address,
        )  # fmt: skip
    return macro


def _recorded(macro: Macro) -> dict[str, Any]:
    return {name: getattr(macro, name) for name in ("name", "path", "actions", "is_active")}


def _may_keep(by: Person, path: str) -> None:
    if not path:
        return
    scopes = by.visible_paths(queries.EDIT)
    may = any(map(is_whole, scopes)) if path == EVERYWHERE else by.may(queries.EDIT, path)
    if not may:
        raise NotAllowed(permission=queries.EDIT)


def _editable(macro_id: int, by: Person) -> Macro:
    found = queries.editable_by(by).select_for_update().filter(pk=macro_id).first()
    if found is None:
        raise NotFound(macro=macro_id)
    return found


@transaction.atomic
def remove(*, macro_id: int, by: Person, now: datetime, address: str = "") -> None:
    """Take a macro away: one's own for good, a shared one out of use, as the pack would bring it back."""
    macro = _editable(macro_id, by)
    if macro.person_id:
        macro.delete()
        return
    macro.is_active = False
    macro.save(update_fields=["is_active"])
    audit.record(
        actor=by.get_username(), verb="desk.macro.removed", subject=f"desk.macro:{macro.pk}", now=now,
        before=_recorded(macro), address=address,
    )  # fmt: skip


@transaction.atomic
def run(
    *,
    ticket_no: str,
    macro_id: int,
    texts: Mapping[str, str],
    version: int | None,
    link_at: Callable[[str], str],
    by: Person,
    now: datetime,
    leaves_in: timedelta = timedelta(),
) -> Ticket:
    """Do all that the macro says on the version that was read, or nothing.

    `texts` are the words as they stood in the preview, by deed; those not given are filled in as there.
    `link_at` makes an address of a link's token.
    """
    macro = queries.usable(by, macro_id)
    with unchanged_since(ticket_no=ticket_no, version=version):
        ticket = Ticket.objects.select_related("at_unit", "unit").get(no=ticket_no)
        actions = rule.read(macro.actions)
        for action in actions:
            if not can(by, rule.PERMISSIONS[action.deed], ticket):
                raise NotAllowed(permission=rule.PERMISSIONS[action.deed])
        filled = {line.deed: line.text for line in queries.preview(macro, ticket, now=now)}
        words = {a.deed: _words(a, filled | dict(texts), ticket, link_at, by, now) for a in actions}
        for action in actions:
            _do(action, words[action.deed], macro.name, ticket_no, by, now, leaves_in)
    return Ticket.objects.get(no=ticket_no)


def _words(
    action: Action,
    texts: Mapping[str, str],
    ticket: Ticket,
    link_at: Callable[[str], str],
    by: Person,
    now: datetime,
) -> str:
    """The words as they will be sent: those of the preview, with the link made now; nothing else is left open."""
    if action.deed not in queries.WRITTEN:
        return ""
    text = texts[action.deed]
    if rule.faults([{"do": action.deed, "text": text}]) == [Fault.LINK_IN_NOTE]:
        raise MacroIsFaulty(gettext(FAULTS[Fault.LINK_IN_NOTE]))
    left = set(rule.places_in(text)) & set(Place)
    if left - {Place.LINK}:
        raise PlaceholderLeft(places=sorted(left))
    if Place.LINK not in left:
        return text
    link = link_at(progress.issue_link(ticket=ticket, by=by, now=now))
    return rule.filled(text, {Place.LINK: link})


def _do(
    action: Action, text: str, name: str, ticket_no: str, by: Person, now: datetime, leaves_in: timedelta
) -> None:
    told = action.told
    if action.deed == Deed.PRIORITY:
        weighing.weigh(ticket_no=ticket_no, priority=Priority(told["value"]), reason=name, by=by, now=now)
    elif action.deed == Deed.NOTE:
        answering.note(ticket_no=ticket_no, text=text, by=by, now=now)
    elif action.deed == Deed.ANSWER:
        answering.answer(ticket_no=ticket_no, text=text, by=by, now=now, leaves_in=leaves_in)
    elif action.deed == Deed.PAUSE:
        clocks.pause(ticket_no=ticket_no, reason=told["reason"], by=by, now=now)
    elif action.deed == Deed.HAND_OVER:
        steps.hand_over(ticket_no=ticket_no, unit_code=told["unit"], reason=told["reason"], by=by, now=now)
    elif action.deed == Deed.RESOLVE:
        verbs.resolve(ticket_no=ticket_no, result=text, by=by, now=now)


def load_pack(rows: Sequence[Mapping[str, Any]]) -> int:
    """Add the macros of the pack that are missing, for the whole network."""
    added = 0
    for row in rows:
        added += Macro.objects.get_or_create(
            slug=row["slug"], defaults={"path": EVERYWHERE, **{k: v for k, v in row.items() if k != "slug"}}
        )[1]
    return added
