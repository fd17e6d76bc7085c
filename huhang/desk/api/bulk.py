"""One verb on many cases: what will happen, doing it, how far it is, taking it back."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import bulk as verbs
from huhang.desk.api.listing import Filtering, filters_of
from huhang.desk.models import BulkRun
from huhang.desk.queries import bulk as queries
from huhang.desk.queries import tickets
from huhang.desk.rules.bulk import AT_ONCE, Verb
from huhang.desk.rules.kinds import Priority
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import NotAllowed
from huhang.kit.languages import shown
from huhang.kit.programs import Asked, Strict, key_of, wrote

router = Router(tags=["bulk"])
LONGEST = 2000


class Chosen(Strict):
    """Cases by number, or all that a list holds."""

    verb: Verb = Field(examples=["note"])
    numbers: list[str] = Field(default_factory=list, max_length=AT_ONCE, examples=[["T00000001"]])
    filters: Filtering | None = Field(None, description="Instead of numbers.", examples=[None])


class Order(Chosen):
    """What to do with them; which words a verb needs is its own."""

    person: str = Field("", max_length=150, description="assign: a username.")
    reason: str = Field("", max_length=200)
    priority: Priority | None = Field(None, examples=[None])
    unit: str = Field("", max_length=32, description="hand_over: a unit's code.")
    pause: str = Field("", max_length=40, description="pause: the code of a reason.")
    text: str = Field("", max_length=LONGEST, description="note: its words.", examples=["台风停运，统一说明"])

    @property
    def words(self) -> dict[str, str]:
        given = self.model_dump(include={"person", "reason", "priority", "unit", "pause", "text"})
        return {name: str(value or "") for name, value in given.items()}


class PreviewOut(BaseModel):
    chosen: int
    foreign: int = Field(description="Not one's own to do this to.")
    over: int
    owned: int = Field(description="A colleague has them already.")
    likely: int


class FailureOut(BaseModel):
    no: str
    reason: str


class RunOut(BaseModel):
    id: int
    verb: str
    state: str = Field(description="running, done, undoing, undone")
    total: int
    waiting: int
    done: int
    failed: int
    undone: int
    kept: int
    made_at: datetime
    finished_at: datetime | None
    can_undo: bool
    failures: list[FailureOut]


class RunPage(BaseModel):
    items: list[RunOut]
    next: str | None


@router.post("/bulk/preview", response=PreviewOut, summary="What a verb would do to many cases")
@may_api("desk.see")
def preview(request: StaffRequest, payload: Chosen) -> Any:
    """Nothing is done yet."""
    _require(request, payload.verb)
    found = queries.preview(request.person, payload.verb, _ids(request, payload))
    return {name: getattr(found, name) for name in PreviewOut.model_fields}


@router.post("/bulk", response={202: RunOut}, summary="One verb on many cases")
@may_api("desk.see")
def begin(request: StaffRequest, payload: Order) -> Any:
    """Up to 200 are done before the answer, more in the background; the same Idempotency-Key is the same run."""
    _require(request, payload.verb)
    ids, once = _ids(request, payload), key_of(request)[:60] or uuid4().hex

    def do() -> RunOut:
        run = verbs.begin(
            verb=payload.verb, ticket_ids=ids, words=payload.words, once=f"api.{once}"[:64],
            by=request.person, now=request.now,
        )  # fmt: skip
        while verbs.is_short(run) and verbs.work(run_id=run.pk, now=request.now):
            pass
        return _told(run, request.now)

    return wrote(request, do, status=202)


def _require(request: StaffRequest, verb: Verb) -> None:
    """Somebody who may do it nowhere need not choose cases for it; where, is asked of each case."""
    if not request.person.may(verb.permission):
        raise NotAllowed(permission=verb.permission)


def _ids(request: StaffRequest, chosen: Chosen) -> list[int]:
    if chosen.filters is None:
        return queries.chosen_ids(request.person, chosen.numbers)
    rows = tickets.listed(request.person, filters_of(chosen.filters), now=request.now, with_=())
    return queries.matching_ids(rows)


@router.get("/bulk", response=RunPage, summary="One's own runs")
@may_api("desk.see")
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.newest_first(
        queries.runs_of(request.person), by="made_at", cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [_told(run, request.now) for run in rows], "next": following}


@router.get("/bulk/{run_id}", response=RunOut, summary="How far a run is")
@may_api("desk.see")
def one(request: StaffRequest, run_id: int) -> Any:
    return _told(queries.reachable(request.person, run_id), request.now)


@router.post("/bulk/{run_id}/undo", response={202: RunOut}, summary="Take a run back")
@may_api("desk.see")
def undo(request: StaffRequest, run_id: int) -> Any:
    """Within ten minutes; a case that somebody has changed since stays as it is."""
    found = queries.reachable(request.person, run_id)
    _require(request, Verb(found.verb))

    def do() -> RunOut:
        run = verbs.undo(run_id=run_id, by=request.person, now=request.now)
        while verbs.is_short(run) and verbs.work_back(run_id=run.pk, now=request.now):
            pass
        return _told(run, request.now)

    return wrote(request, do, status=202)


def _told(run: BulkRun, now: datetime) -> RunOut:
    run.refresh_from_db()
    far = queries.progress(run, now=now)
    return RunOut(
        id=run.pk, verb=run.verb, state=run.state, total=run.total, waiting=far.waiting, done=far.done,
        failed=far.failed, undone=far.undone, kept=far.kept, made_at=run.made_at,
        finished_at=run.finished_at, can_undo=run.can_be_undone(now),
        failures=[FailureOut(no=item.ticket.no, reason=shown(item.reason)) for item in far.failures],
    )  # fmt: skip
