"""The stage on which a foreign log is lived through again: units, people, calendar and policies of its own.

Everything hangs below one root unit and one entrance, so that nothing of the carrier's own is touched or chosen.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from huhang.desk.models import CasePlan, ClockPolicy, PauseReason, StepTemplate
from huhang.desk.replays.facts import Case, Log, Promise, Terms, product_of
from huhang.desk.rules.kinds import ALWAYS_OWED, Obligation
from huhang.desk.rules.steps import Who
from huhang.kit import calendar_store
from huhang.kit.errors import NotFound
from huhang.kit.models import Calendar, CalendarDay
from huhang.network.actions import tree
from huhang.network.models import Grant, OrgUnit, Person
from huhang.network.rules.roles import Role
from huhang.network.rules.rows import UnitRow
from huhang.network.rules.tree import Kind as UnitKind

# What a log does not promise is given so long that no call is ever made for it.
UNPROMISED = 366 * 24 * 60
NOT_PROMISED = "日志没有这项承诺"
# The log limits no wait, and ours must not end one that the log goes on with.
LONGEST_WAIT = 20 * 366 * 24 * 60
OUTSIDE = "外部单位"
ANYBODY = ""


@dataclass
class Ground:
    """Where the log's names are found as rows of ours."""

    name: str
    root: OrgUnit
    units: dict[str, OrgUnit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def entrance(self) -> str:
        return entrance_of(self.name)

    def unit(self, name: str) -> OrgUnit:
        return self.units.get(name, self.root)

    def person(self, name: str) -> Person:
        return self.people.get(name, self.people[ANYBODY])


def entrance_of(name: str) -> str:
    return f"replay-{name}"


def prepare(log: Log, *, under: str, now: datetime) -> Ground:
    """Make what is missing; a second replay of the same log stands on the same ground."""
    ground = Ground(log.name, _root(log.name, under, now))
    for name in _units_of(log):
        ground.units[name] = _unit(f"REPLAY-{_mark(log.name, name)}", name, ground.root, now)
    _people(ground, log)
    _policies(log.terms, entrance_of(log.name), _calendar(log.terms))
    for code, name in log.waits.items():
        PauseReason.objects.get_or_create(
            code=code, defaults={"name": name, "name_en": name, "limit_minutes": LONGEST_WAIT, "order": 90}
        )
    for kind in {case.kind for case in log.cases}:
        _plan(kind, entrance_of(log.name))
    return ground


def _mark(*words: str) -> str:
    return sha256("|".join(words).encode()).hexdigest()[:12].upper()


def _root(name: str, under: str, now: datetime) -> OrgUnit:
    code = f"REPLAY-{name.upper().replace('_', '-')}"
    known = OrgUnit.objects.filter(code=code).first()
    if known:
        return known
    if under and not OrgUnit.objects.filter(code=under).exists():
        raise NotFound(unit=under)
    kind = UnitKind.DEPARTMENT if under else UnitKind.HQ
    row = UnitRow(code=code, name=f"日志回放 {name}", kind=kind, parent=under)
    tree.save_unit(row, by=None, now=now)
    return OrgUnit.objects.get(code=code)


def _unit(code: str, name: str, root: OrgUnit, now: datetime) -> OrgUnit:
    row = UnitRow(code=code, name=name[:80], kind=UnitKind.DEPARTMENT, parent=root.code)
    tree.save_unit(row, by=None, now=now)
    return OrgUnit.objects.get(code=code)


def _units_of(log: Log) -> list[str]:
    named = {case.unit for case in log.cases} | {fact.unit for case in log.cases for fact in case.facts}
    return sorted((named - {""}) | {OUTSIDE})


def _people_of(case: Case) -> set[str]:
    return {case.person, *(fact.person for fact in case.facts)}


def _people(ground: Ground, log: Log) -> None:
    """Nobody can sign in as one of them: they have no password. They may act everywhere on this ground."""
    names = {ANYBODY}.union(*(_people_of(case) for case in log.cases))
    for name in sorted(names):
        username = f"{entrance_of(log.name)}-{_mark(name).lower()}"
        person, is_new = Person.objects.get_or_create(
            username=username, defaults={"display_name": (name or "日志")[:40]}
        )
        if is_new:
            person.set_unusable_password()
            person.save(update_fields=["password"])
            Grant.objects.create(person=person, role=Role.TEAM_LEAD, unit=ground.root)
        ground.people[name] = person


def _calendar(terms: Terms) -> str:
    """The key names the content: another calendar is another row, and no clock's past is rewritten."""
    content = json.dumps(
        [terms.windows, terms.zone, terms.by_wall_clock, terms.uses_holidays], sort_keys=True
    )
    key = f"replay-{_mark(content).lower()}"
    for day in terms.special:
        CalendarDay.objects.get_or_create(on=day.on, defaults={"name": day.name[:40], "is_off": day.is_off})
    Calendar.objects.get_or_create(
        key=key,
        defaults={
            "name": f"日志回放 {terms.zone}", "windows": dict(terms.windows), "zone": terms.zone,
            "by_wall_clock": terms.by_wall_clock, "uses_holidays": terms.uses_holidays,
        },
    )  # fmt: skip
    calendar_store.get(key)
    return key


def promised_by(terms: Terms) -> Obligation:
    """Which clock keeps the log's promise: the one that waits with the case, or the one that nothing stops."""
    return Obligation.CLOSE if terms.waits_stop else Obligation.STATUTORY


def _policies(terms: Terms, entrance: str, calendar: str) -> None:
    for obligation in ALWAYS_OWED:
        _policy(entrance, obligation, Promise(UNPROMISED, why=NOT_PROMISED), "always")
    for promise in terms.promises:
        _policy(entrance, promised_by(terms), promise, calendar)


def _policy(entrance: str, obligation: Obligation, promise: Promise, calendar: str) -> None:
    ClockPolicy.objects.update_or_create(
        obligation=obligation, kind="", customer_class="", entrance=entrance,
        product=product_of(promise.sort), priority=promise.priority,
        defaults={
            "minutes": promise.minutes, "calendar": calendar, "ladder": [], "source": promise.why[:200],
            "is_confirmed": False,
        },
    )  # fmt: skip


def _plan(kind: str, rule: str) -> None:
    """One step, done where the case is: the log knows no other."""
    plan, is_new = CasePlan.objects.get_or_create(kind=kind, rule=rule)
    if is_new:
        StepTemplate.objects.create(
            plan=plan, order=1, who=Who.OUTLET, title="办理", title_en="Handling", minutes=UNPROMISED
        )
