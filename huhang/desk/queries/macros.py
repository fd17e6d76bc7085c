"""Macros: whose they are, and what one would do to a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from huhang.desk.models import Macro, PauseReason, Ticket
from huhang.desk.models.ticket import PRIORITY_NAMES
from huhang.desk.rules import macros as rule
from huhang.desk.rules.kinds import Priority
from huhang.desk.rules.macros import Action, Deed, Place
from huhang.journey.queries.trace import arrival_of
from huhang.kit import masking
from huhang.kit.errors import NotFound
from huhang.kit.languages import shown
from huhang.network.models import OrgUnit, Person
from huhang.network.queries.units import UnknownUnit
from huhang.network.rules.roles import EVERYWHERE, is_whole
from huhang.network.rules.tree import above

EDIT = "desk.macros.edit"
DEED_NAMES = {
    Deed.PRIORITY: gettext_lazy("改优先级"),
    Deed.NOTE: gettext_lazy("写内部备注"),
    Deed.ANSWER: gettext_lazy("回复客户"),
    Deed.PAUSE: gettext_lazy("暂停计时"),
    Deed.HAND_OVER: gettext_lazy("移交"),
    Deed.RESOLVE: gettext_lazy("办结本步"),
}
WRITTEN = (Deed.NOTE, Deed.ANSWER, Deed.RESOLVE)
TO_CUSTOMERS = (Deed.ANSWER, Deed.RESOLVE)


@dataclass(frozen=True, slots=True)
class Line:
    """One deed as the preview shows it: words that may still be changed, or what will happen."""

    deed: Deed
    name: Any
    text: str
    missing: list[str]

    @property
    def is_written(self) -> bool:
        return self.deed in WRITTEN


def usable_by(person: Person) -> QuerySet[Macro]:
    """One's own, those of one's unit and of every level above it, and those of the whole network."""
    paths = [EVERYWHERE, *(above(person.home.path) if person.home else [])]
    return Macro.objects.filter(Q(person=person) | Q(path__in=paths), is_active=True)


def usable(person: Person, macro_id: int) -> Macro:
    found = usable_by(person).filter(pk=macro_id).first()
    if found is None:
        raise NotFound(macro=macro_id)
    return found


def editable_by(person: Person) -> QuerySet[Macro]:
    """One's own, and those of the places one looks after."""
    mine = Q(person=person)
    for scope in person.visible_paths(EDIT):
        mine |= Q(path__startswith=scope)
        if is_whole(scope):
            mine |= Q(path=EVERYWHERE)
    return Macro.objects.filter(mine)


def places_of(person: Person) -> list[tuple[str, str]]:
    """Where one may keep macros for others: (path, name)."""
    scopes = person.visible_paths(EDIT)
    units = OrgUnit.objects.filter(path__in=[s for s in scopes if s != EVERYWHERE], is_active=True)
    whole = [(EVERYWHERE, _("全网"))] if any(is_whole(scope) for scope in scopes) else []
    return [
        *whole,
        *((unit.path, unit.shown_name) for unit in units.order_by("path") if not is_whole(unit.path)),
    ]


def place_for(person: Person, code: str) -> str:
    """The path under which somebody keeps macros for a unit; headquarters' are the whole network's."""
    unit = OrgUnit.objects.within(person.visible_paths(EDIT)).filter(code=code, is_active=True).first()
    if unit is None:
        raise UnknownUnit(code)
    return EVERYWHERE if is_whole(unit.path) else unit.path


def values_of(ticket: Ticket, *, now: datetime) -> Mapping[Place, str]:
    """What the placeholders mean for this case; the customer's link is made only when it is sent."""
    return {
        Place.SURNAME: _surname(ticket.contact_name),
        Place.WAYBILL: ticket.waybill_no,
        Place.UNIT: ticket.at_unit.shown_name,
        Place.ARRIVAL: _arrival(ticket, now),
        Place.LINK: f"{{{Place.LINK}}}",
    }


def _surname(name: str) -> str:
    """The surname of a Chinese name; nothing of any other, as its first letter is no form of address."""
    is_chinese = bool(name) and "\u4e00" <= name[0] <= "\u9fff"
    return masking.name(name).rstrip(masking.STAR) if is_chinese else ""


def _arrival(ticket: Ticket, now: datetime) -> str:
    arrival = arrival_of(ticket.waybill_no, now=now)
    if arrival is None or arrival.is_delivered:
        return ""
    at = (arrival.forecast.latest or arrival.forecast.likely) if arrival.forecast else None
    at = at or arrival.promised_at
    return date_format(timezone.localtime(at), _("n月j日 H:i")) if at and at > now else ""


def preview(macro: Macro, ticket: Ticket, *, now: datetime) -> list[Line]:
    """What this macro would do to this case, in the order of doing; the customer reads it in the case's language."""
    actions = rule.read(macro.actions)
    with override(ticket.language or settings.LANGUAGE_CODE):
        texts = [shown(action.text) if action.deed in TO_CUSTOMERS else action.text for action in actions]
        values = values_of(ticket, now=now) if any("{" in text for text in texts) else {}
    return [_line(action, text, values) for action, text in zip(actions, texts, strict=True)]


def _line(action: Action, text: str, values: Mapping[Place, str]) -> Line:
    name = DEED_NAMES[action.deed]
    if action.deed not in WRITTEN:
        return Line(action.deed, name, _said(action), [])
    known = {place: value for place, value in values.items() if value}
    return Line(action.deed, name, rule.filled(text, known), rule.missing(text, values))


def _said(action: Action) -> str:
    """A deed without words of its own, told to whoever is about to do it."""
    if action.deed == Deed.PRIORITY:
        return str(PRIORITY_NAMES[Priority(action.told["value"])])
    if action.deed == Deed.PAUSE:
        reason = PauseReason.objects.filter(code=action.told["reason"]).first()
        return reason.shown_name if reason else action.told["reason"]
    unit = OrgUnit.objects.filter(code=action.told["unit"]).first()
    return f"{unit.shown_name if unit else action.told['unit']}：{action.told['reason']}"
