"""Lists of reminders: who was asked, by which rung, whether they saw it and said a word, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huhang.channels.models import MEDIUM_NAMES, Outgoing
from huhang.channels.models import STATE_NAMES as MESSAGE_STATES
from huhang.channels.rules.outgoing import Medium
from huhang.channels.rules.outgoing import State as MessageState
from huhang.journey.models import Reminder, ReminderSend, Waybill
from huhang.journey.models.reminder import HOW_NAMES, STANDING_NAMES
from huhang.journey.queries.scope import sees_all
from huhang.journey.rules.reminders import SHANGHAI, Standing
from huhang.journey.rules.watch import RuleKind
from huhang.network.models import Person, under

SEE = "journey.reminders.see"
COUNT_AT_MOST = 10_000
STATES = ("waiting", "seen", "acknowledged", "cleared", "all")
# A handled reminder stays on somebody's own page for a while, so that they see what they did.
SHOWN_AFTERWARDS = timedelta(hours=12)
MINE_AT_MOST = 200
# What is asked, by the shape of the rule.
ASKS: Mapping[str, Any] = {
    RuleKind.EXPECT: gettext_lazy("请尽快做下一步并扫描；做不了的，登记原因"),
    RuleKind.FORBIDDEN: gettext_lazy("请核实实物，补上漏掉的扫描；误签的，联系收件人"),
    RuleKind.TWICE: gettext_lazy("请核对单号与实物，重复的换单"),
    RuleKind.TWO_PLACES: gettext_lazy("请核对实物在哪里，另一处的扫描请撤回"),
    RuleKind.CONSENT: gettext_lazy("请联系收件人征得同意，不同意的送上门"),
    RuleKind.PROMISE: gettext_lazy("请优先派送；赶不上的，先联系收件人改约"),
}
ASKED_OTHERWISE = gettext_lazy("请核实这一件并尽快处理")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list, as they stand in the URL."""

    state: str = "waiting"
    rule: str = ""
    unit: str = ""
    medium: str = ""
    day: date | None = None
    find: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.rule or self.unit or self.medium or self.day or self.find)


def wanted_by(query: QueryDict) -> Wanted:
    """Unknown or unreadable values count as not given: an old bookmark still opens."""
    state, medium = query.get("state", "waiting"), query.get("medium", "")
    return Wanted(
        state=state if state in STATES else "waiting",
        rule=query.get("rule", ""),
        unit=query.get("unit", ""),
        medium=medium if medium in set(Medium) else "",
        day=_day(query.get("day", "")),
        find=query.get("find", "").strip().replace(" ", "")[:40],
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date.max else None


def within(paths: list[str]) -> QuerySet[Reminder]:
    """What was planned for units of these subtrees."""
    return Reminder.objects.all() if sees_all(paths) else Reminder.objects.filter(under(paths))


def narrowed(paths: list[str], wanted: Wanted) -> QuerySet[Reminder]:
    """All filters but the state."""
    rows = within(paths)
    if wanted.rule:
        rows = rows.filter(hit__rule__slug=wanted.rule)
    if wanted.unit:
        rows = rows.filter(path__contains=f"/{wanted.unit}/")
    if wanted.medium:
        rows = rows.filter(
            pk__in=ReminderSend.objects.filter(outgoing__medium=wanted.medium).values("reminder")
        )
    if wanted.find:
        rows = rows.filter(Q(hit__waybill_no=wanted.find) | Q(courier__name=wanted.find))
    if wanted.day:
        start = datetime.combine(wanted.day, time(), SHANGHAI).astimezone(UTC)
        rows = rows.filter(planned_at__gte=start, planned_at__lt=start + timedelta(days=1))
    return rows


def listed(paths: list[str], wanted: Wanted) -> QuerySet[Reminder]:
    """Newest first, with all that a row shows but its rungs."""
    rows = _in_state(narrowed(paths, wanted), wanted.state)
    return rows.select_related("hit__rule", "courier", "unit").order_by("-planned_at", "-pk")


def _in_state(rows: QuerySet[Reminder], state: str) -> QuerySet[Reminder]:
    is_open = Q(hit__cleared_at__isnull=True)
    conditions = {
        "waiting": is_open & Q(acknowledged_at__isnull=True),
        "seen": is_open & Q(acknowledged_at__isnull=True, read_at__isnull=False),
        "acknowledged": Q(acknowledged_at__isnull=False),
        "cleared": ~is_open,
        "all": Q(),
    }
    return rows.filter(conditions[state])


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the newest reminders of a list: how many were reminded, saw it, said a word, and are over."""

    reminded: int
    seen: int
    acknowledged: int
    cleared: int
    minutes: float | None

    def share(self, part: int) -> int | None:
        return round(100 * part / self.reminded) if self.reminded else None

    @property
    def seen_share(self) -> int | None:
        return self.share(self.seen)

    @property
    def acknowledged_share(self) -> int | None:
        return self.share(self.acknowledged)

    @property
    def cleared_share(self) -> int | None:
        return self.share(self.cleared)


def figures(paths: list[str], wanted: Wanted) -> Figures:
    """Over all states, of the newest ten thousand: a share of a state alone would say nothing."""
    newest = narrowed(paths, wanted).order_by("-planned_at", "-pk").values("pk")[:COUNT_AT_MOST]
    sent = Reminder.objects.filter(pk__in=newest, sent_at__isnull=False)
    found = sent.aggregate(
        reminded=Count("pk"),
        seen=Count("read_at"),
        acknowledged=Count("acknowledged_at"),
        cleared=Count("hit__cleared_at"),
        took=Avg(F("acknowledged_at") - F("sent_at")),
    )
    took = found.pop("took")
    return Figures(**found, minutes=took.total_seconds() / 60 if took else None)


@dataclass(frozen=True, slots=True)
class Rung:
    """One message about a reminder, as a row shows it."""

    medium: str
    name: str
    state: str
    state_name: str
    at: datetime
    to: str
    is_simulated: bool
    reason: str


@dataclass(slots=True)
class Line:
    """A reminder as screen and file show it."""

    reminder: Reminder
    rungs: list[Rung] = field(default_factory=list)

    @property
    def who(self) -> str:
        """Who is asked."""
        return str(self.reminder.courier or self.reminder.unit)

    @property
    def took(self) -> timedelta | None:
        """From the first message to somebody's word."""
        done, sent = self.reminder.acknowledged_at, self.reminder.sent_at
        return max(done - sent, timedelta()) if done and sent else None

    @property
    def look(self) -> str:
        """The badge of its state."""
        return {
            Standing.PLANNED: "rest",
            Standing.REMINDED: "open",
            Standing.SEEN: "soon",
            Standing.ACKNOWLEDGED: "on-time",
            Standing.CLEARED: "done",
        }[self.reminder.standing]


def lines(reminders: Iterable[Reminder]) -> list[Line]:
    """With their rungs, in one further query."""
    rows = list(reminders)
    found: dict[int, list[Rung]] = defaultdict(list)
    sends = ReminderSend.objects.filter(reminder__in=[row.pk for row in rows])
    for send in sends.select_related("outgoing__courier", "outgoing__person", "outgoing__unit").order_by(
        "pk"
    ):
        found[send.reminder_id].append(_rung(send.outgoing))
    return [Line(row, found[row.pk]) for row in rows]


def _rung(message: Outgoing) -> Rung:
    return Rung(
        medium=message.medium,
        name=str(MEDIUM_NAMES[Medium(message.medium)]),
        state=message.state,
        state_name=str(MESSAGE_STATES[MessageState(message.state)]),
        at=message.queued_at,
        to=str(message.courier or message.person or message.unit or ""),
        is_simulated=message.is_simulated,
        reason=message.reason,
    )


def in_batches(rows: QuerySet[Reminder], size: int = 1000) -> Iterator[Line]:
    """All lines of a list, a batch at a time."""
    batch: list[Reminder] = []
    for row in rows.iterator(size):
        batch.append(row)
        if len(batch) == size:
            yield from lines(batch)
            batch = []
    yield from lines(batch)


def row_of(line: Line | None) -> dict[str, Any]:
    """A row of the file, as the screen shows it; without a line, the columns alone."""
    row = line.reminder if line else Reminder()
    return {
        _("运单号"): row.hit.waybill_no if line else "",
        _("预警"): row.hit.rule.name if line else "",
        _("被提醒人"): line.who if line else "",
        _("单位"): str(row.unit) if line else "",
        _("提醒方式"): "；".join(f"{r.name} {r.state_name}" for r in line.rungs) if line else "",
        _("首次提醒"): _local(row.sent_at),
        _("看到"): _local(row.read_at),
        _("确认"): _local(row.acknowledged_at),
        _("确认人"): row.acknowledged_by,
        _("确认方式"): str(HOW_NAMES.get(row.acknowledged_how, "")),
        _("转出人"): row.passed_on_from,
        _("状态"): str(STANDING_NAMES[row.standing]) if line else "",
        _("预警解除"): _local(row.hit.cleared_at) if line else "",
    }


def _local(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


@dataclass(frozen=True, slots=True)
class Item:
    """One parcel on somebody's own page: what is asked, and where it goes; masked."""

    reminder: Reminder
    waybill: Waybill | None
    ask: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Pile:
    """The parcels of one courier, or of the unit itself."""

    name: str
    items: list[Item]

    @property
    def waiting(self) -> list[Item]:
        return [item for item in self.items if not item.is_over]


def piles(rows: QuerySet[Reminder], *, now: datetime) -> list[Pile]:
    """What waits first, then what was handled lately; by who carries the parcels."""
    recent = Q(acknowledged_at__gt=now - SHOWN_AFTERWARDS) | Q(hit__cleared_at__gt=now - SHOWN_AFTERWARDS)
    is_open = Q(acknowledged_at__isnull=True, hit__cleared_at__isnull=True)
    shown = rows.filter(is_open | recent).select_related("hit__rule", "courier", "unit")
    found = list(shown.order_by("-planned_at", "-pk")[:MINE_AT_MOST])
    waybills = Waybill.objects.in_bulk([row.hit.waybill_no for row in found], field_name="no")
    by_name: dict[str, list[Item]] = defaultdict(list)
    for row in found:
        by_name[str(row.courier or row.unit)].append(_item(row, waybills))
    return [Pile(name, sorted(items, key=lambda item: item.is_over)) for name, items in by_name.items()]


def _item(row: Reminder, waybills: Mapping[str, Waybill]) -> Item:
    return Item(
        reminder=row,
        waybill=waybills.get(row.hit.waybill_no),
        ask=str(ASKS.get(row.hit.rule.kind, ASKED_OTHERWISE)),
        is_over=row.standing in (Standing.ACKNOWLEDGED, Standing.CLEARED),
    )


def mine(person: Person, permission: str) -> QuerySet[Reminder]:
    """A courier's own; for others, those of the units where they work and may act, with those of its couriers."""
    units = [
        path
        for path in {*(grant.path for grant in person.held), person.home.path if person.home else ""}
        if path and person.may(permission, path)
    ]
    return Reminder.objects.filter(Q(courier__person=person) | Q(unit__path__in=units))
