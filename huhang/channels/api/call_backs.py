"""The calls that we owe over the API: listed, taken, and told how they went."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.channels.actions import call_back_verbs, call_backs
from huhang.channels.actions.call_back_verbs import Verb
from huhang.channels.models import CallbackDue
from huhang.channels.queries import calls as queries
from huhang.kit import masking, paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.programs import Asked, Strict, wrote

router = Router(tags=["calls"])


class NobodyWaits(DomainError):
    """现在没有等待回电的客户。"""


class CallBackOut(BaseModel):
    id: int
    number: str = Field(description="Masked, as on the screen.")
    queue: str | None
    because: str
    since: datetime
    missed_at: datetime
    due_at: datetime
    next_at: datetime = Field(description="Not to be rung before this.")
    owner: str | None
    attempts: int
    closed_at: datetime | None
    closed_because: str
    note: str


class CallBackPage(BaseModel):
    items: list[CallBackOut]
    next: str | None


class CallBackQuery(Asked):
    show: Literal["open", "mine", "closed"] = "open"


class CallBackNote(Strict):
    note: str = Field("", max_length=300, description="What was agreed; not_needed asks for it.")


@router.get("/call_backs", response=CallBackPage, summary="Calls that are owed")
@may_api(queries.SEE)
def some(request: StaffRequest, asked: Query[CallBackQuery]) -> Any:
    rows = queries.owed_to(request.person, show=asked.show)
    page, following = paging.in_order(rows, cursor=asked.cursor, limit=asked.limit)
    return {"items": [_told(row) for row in page], "next": following}


def _told(row: CallbackDue) -> CallBackOut:
    return CallBackOut(
        id=row.pk, number=masking.phone(row.number), queue=row.queue.key if row.queue else None,
        because=row.because, since=row.since, missed_at=row.missed_at, due_at=row.due_at, next_at=row.next_at,
        owner=row.owner.get_username() if row.owner else None, attempts=row.attempts, closed_at=row.closed_at,
        closed_because=row.closed_because, note=masking.phones_in(row.note),
    )  # fmt: skip


@router.post("/call_backs/next", response=CallBackOut, summary="Take the one that is due first")
@may_api(call_backs.ANSWER)
def take_next(request: StaffRequest) -> Any:
    def do() -> CallBackOut:
        row = call_backs.take_next(by=request.person, now=request.now)
        if row is None:
            raise NobodyWaits
        return _told(row)

    return wrote(request, do)


@router.get("/call_backs/{callback_id}", response=CallBackOut, summary="One call that is owed")
@may_api(queries.SEE)
def one(request: StaffRequest, callback_id: int) -> Any:
    return _told(queries.callback(request.person, callback_id))


@router.post("/call_backs/{callback_id}/{verb}", response=CallBackOut, summary="Work on a call-back")
@may_api(call_backs.ANSWER)
def work(request: StaffRequest, callback_id: int, verb: Verb, payload: CallBackNote) -> Any:
    """claim, dial (rings one's own telephone first), release, called, no-answer, not-needed."""
    found = queries.callback(request.person, callback_id)
    if not request.person.may(call_backs.ANSWER, found.path):
        raise NotFound(callback=callback_id)

    def do() -> CallBackOut:
        call_back_verbs.work(
            callback_id=callback_id, verb=verb, note=payload.note, by=request.person, now=request.now
        )
        return _told(queries.callback(request.person, callback_id))

    return wrote(request, do)
