"""Entrances and queues over the API: what there is, what a customer sees there now, and what is changed."""

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from ninja import Router
from pydantic import BaseModel, Field

from huhang.channels.actions import entrances as verbs
from huhang.channels.actions import lines
from huhang.channels.actions import queues as queue_verbs
from huhang.channels.models import Account, Entrance, ServiceQueue
from huhang.channels.queries import accounts, queues
from huhang.channels.queries import entrances as queries
from huhang.channels.rules.call_figures import Formula
from huhang.channels.rules.entrances import EntranceKind
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.errors import NotFound
from huhang.kit.languages import shown
from huhang.kit.models import Calendar
from huhang.kit.programs import Strict, wrote
from huhang.kit.reveal import address_of
from huhang.network.models import Customer, OrgUnit, under

router = Router(tags=["entrances"])
EDIT = accounts.EDIT


class UnknownChoice(NotFound):
    """没有这个选项，或不在您的权限范围内。"""


class SeenOut(BaseModel):
    """What whoever comes at this moment sees."""

    greeting: str
    scenarios: list[str]
    has_people: bool
    opens: datetime
    closed_words: str = Field(description="Said while nobody is there; empty while somebody is.")
    promised_at: datetime = Field(description="Until when a message left now is answered.")


class EntranceOut(BaseModel):
    key: str
    kind: str
    name: str
    place: str
    account: str | None
    door: str
    unit: str
    queue: str
    hours: str | None = Field(description="The key of a calendar; null is always.")
    scenarios: list[str]
    customer_class: str
    language: str
    greeting: str
    closed_words: str
    origins: list[str]
    is_active: bool
    seen: SeenOut


class EntranceChange(Strict):
    """Only what is given is changed."""

    name: str | None = Field(None, min_length=1, max_length=80, examples=["官网在线客服"])
    place: str | None = Field(None, max_length=120)
    account: str | None = Field(None, max_length=40, description="The key of an account; empty takes it off.")
    door: str | None = Field(None, max_length=100)
    unit: str | None = Field(None, max_length=32, description="The code of a unit.")
    queue: str | None = Field(None, max_length=40)
    hours: str | None = Field(None, max_length=40, description="The key of a calendar; empty is always.")
    scenarios: list[str] | None = Field(None, max_length=20)
    customer_class: Customer.Kind | Literal[""] | None = None
    language: str | None = Field(None, max_length=10)
    greeting: str | None = Field(None, max_length=300)
    closed_words: str | None = Field(None, max_length=300)
    origins: list[str] | None = Field(None, max_length=50)
    is_active: bool | None = None


class NewEntrance(Strict):
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$", examples=["web-campaign"])
    kind: EntranceKind = Field(examples=["web_chat"])
    name: str = Field(min_length=1, max_length=80, examples=["活动页客服"])
    unit: str = Field(max_length=32, examples=["HQ"])
    queue: str = Field(max_length=40, examples=["chat"])


class QueueOut(BaseModel):
    key: str
    name: str
    unit: str
    skill: str
    rank: int
    points: int = Field(description="What one conversation weighs of what an agent has at once.")
    at_once: int = Field(description="So many of these one agent is given at once; 0 is no limit of its own.")
    answer_within: int = Field(description="Seconds within which an answer is prompt.")
    formula: str = Field(description="By which of the four its service level is told.")
    promise_minutes: int
    is_active: bool


class QueueChange(Strict):
    """Only what is given is changed."""

    name: str | None = Field(None, min_length=1, max_length=80)
    skill: str | None = Field(None, max_length=40)
    rank: int | None = Field(None, ge=1, le=99)
    points: int | None = Field(None, ge=1, le=20)
    at_once: int | None = Field(None, ge=0, le=50)
    answer_within: int | None = Field(None, ge=1, le=3600, examples=[20])
    formula: Formula | None = None
    promise_minutes: int | None = Field(None, ge=1, le=7 * 24 * 60)
    is_active: bool | None = None


class NewQueue(QueueChange):
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", examples=["night"])
    unit: str = Field(max_length=32, examples=["HQ"])
    name: str = Field(min_length=1, max_length=80, examples=["夜间"])


@router.get("/entrances", response=list[EntranceOut], summary="Entrances, by kind")
@may_api(queries.SEE)
def some(request: StaffRequest) -> Any:
    rows = queries.entrances(request.person)
    return json_answer([_told(row, request.now).model_dump(mode="json") for row in rows])


@router.get(
    "/entrances/{key}", response=EntranceOut, summary="One entrance, and what a customer sees there now"
)
@may_api(queries.SEE)
def one(request: StaffRequest, key: str) -> Any:
    return _told(_reachable(request, key, queries.SEE), request.now)


@router.post("/entrances", response={201: EntranceOut}, summary="Add an entrance; it is not open yet")
@may_api(EDIT)
def add(request: StaffRequest, payload: NewEntrance) -> Any:
    unit, queue = _unit(request, payload.unit), _queue(request, payload.queue)

    def do() -> EntranceOut:
        made = verbs.add(
            key=payload.key, kind=payload.kind, name=payload.name, unit=unit, queue=queue, by=request.person,
            now=request.now, address=address_of(request),
        )  # fmt: skip
        return _told(made, request.now)

    return wrote(request, do, status=201)


@router.patch("/entrances/{key}", response=EntranceOut, summary="Change an entrance")
@may_api(EDIT)
def change(request: StaffRequest, key: str, payload: EntranceChange) -> Any:
    entrance = _reachable(request, key, EDIT)
    facts = _facts(request, payload)

    def do() -> EntranceOut:
        verbs.change(entrance, by=request.person, now=request.now, address=address_of(request), **facts)
        return _told(entrance, request.now)

    return wrote(request, do)


def _reachable(request: StaffRequest, key: str, permission: str) -> Entrance:
    found = queries.reachable(request.person, key, permission)
    if found is None:
        raise NotFound(entrance=key)
    return found


def _facts(request: StaffRequest, payload: EntranceChange) -> dict[str, Any]:
    """What is given, each from what this person may choose."""
    facts = payload.model_dump(exclude_none=True, exclude={"account", "unit", "queue", "hours"})
    if payload.account is not None:
        facts["account"] = _account(request, payload.account) if payload.account else None
    if payload.unit is not None:
        unit = _unit(request, payload.unit)
        facts |= {"unit": unit, "path": unit.path}
    if payload.queue is not None:
        facts["queue"] = _queue(request, payload.queue)
    if payload.hours is not None:
        facts["calendar"] = _calendar(payload.hours) if payload.hours else None
    if payload.language and payload.language not in dict(settings.LANGUAGES):
        raise UnknownChoice(language=payload.language)
    return facts


def _account(request: StaffRequest, key: str) -> Account:
    found = Account.objects.filter(under(request.person.visible_paths(queries.SEE)), key=key).first()
    if found is None:
        raise UnknownChoice(account=key)
    return found


def _unit(request: StaffRequest, code: str) -> OrgUnit:
    found = OrgUnit.objects.filter(under(request.person.visible_paths(EDIT)), code=code).first()
    if found is None:
        raise UnknownChoice(unit=code)
    return found


def _queue(request: StaffRequest, key: str) -> ServiceQueue:
    found = queues.reachable(request.person, key, queries.SEE)
    if found is None or not found.is_active:
        raise UnknownChoice(queue=key)
    return found


def _calendar(key: str) -> Calendar:
    found = Calendar.objects.filter(key=key).first()
    if found is None:
        raise UnknownChoice(hours=key)
    return found


def _told(row: Entrance, now: datetime) -> EntranceOut:
    return EntranceOut(
        key=row.key, kind=row.kind, name=row.name, place=row.place, account=row.account.key if row.account else None,
        door=row.door, unit=row.unit.code, queue=row.queue.key, hours=row.calendar.key if row.calendar else None,
        scenarios=row.scenarios, customer_class=row.customer_class, language=row.language, greeting=row.greeting,
        closed_words=row.closed_words, origins=row.origins, is_active=row.is_active, seen=_seen(row, now),
    )  # fmt: skip


def _seen(row: Entrance, now: datetime) -> SeenOut:
    has_people, opens = lines.has_people(row, now), lines.opens_at(row, now)
    return SeenOut(
        greeting=shown(row.greeting), scenarios=[shown(one) for one in row.scenarios], has_people=has_people,
        opens=opens, closed_words="" if has_people else queries.closed_words(row, opens),
        promised_at=lines.promise(row, row.queue, now),
    )  # fmt: skip


@router.get("/queues", response=list[QueueOut], summary="Queues, those in use first")
@may_api(queries.SEE)
def lines_of_people(request: StaffRequest) -> Any:
    return json_answer([_line(row).model_dump(mode="json") for row in queues.queues(request.person)])


@router.post("/queues", response={201: QueueOut}, summary="Add a queue")
@may_api(EDIT)
def add_queue(request: StaffRequest, payload: NewQueue) -> Any:
    unit = _unit(request, payload.unit)
    facts = payload.model_dump(exclude_none=True, exclude={"key", "unit"})

    def do() -> QueueOut:
        made = queue_verbs.add(
            key=payload.key,
            unit=unit,
            by=request.person,
            now=request.now,
            address=address_of(request),
            **facts,
        )
        return _line(made)

    return wrote(request, do, status=201)


@router.patch("/queues/{key}", response=QueueOut, summary="Change a queue")
@may_api(EDIT)
def change_queue(request: StaffRequest, key: str, payload: QueueChange) -> Any:
    """A queue that open entrances lead to stays in use."""
    queue = queues.reachable(request.person, key, EDIT)
    if queue is None:
        raise NotFound(queue=key)
    facts = payload.model_dump(exclude_none=True)

    def do() -> QueueOut:
        changed = queue_verbs.change(
            queue.pk, by=request.person, now=request.now, address=address_of(request), **facts
        )
        return _line(changed)

    return wrote(request, do)


def _line(row: ServiceQueue) -> QueueOut:
    return QueueOut(
        key=row.key, name=row.name, unit=row.unit.code, skill=row.skill, rank=row.rank, points=row.points,
        at_once=row.at_once, answer_within=row.answer_within, formula=row.formula, promise_minutes=row.promise_minutes,
        is_active=row.is_active,
    )  # fmt: skip
