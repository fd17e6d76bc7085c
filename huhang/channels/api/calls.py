"""Calls over the API: listed as they came, their figures by whichever formula, and where a recording lies."""

from datetime import datetime, timedelta
from typing import Any

from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, Field

from huhang.channels.models import Call
from huhang.channels.queries import calls as queries
from huhang.channels.rules.call_figures import Formula
from huhang.kit import masking, paging, reveal
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import BadInput
from huhang.kit.programs import Asked, Strict

router = Router(tags=["calls"])
A_DAY, LONGEST = timedelta(days=1), timedelta(days=31)


class SpanUnreadable(BadInput):
    """起止时间颠倒，或超过 31 天。"""


class PhoneCallOut(BaseModel):
    id: int
    number: str = Field(description="Masked, as on the screen.")
    queue: str | None
    agent: str | None = Field(description="The colleague's username, where the telephone is theirs.")
    is_outbound: bool
    outcome: str
    arrived_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    waited: float | None = Field(
        description="Seconds from the choice of a person until the answer or the end."
    )
    talked: float
    is_recorded: bool


class PhoneCallPage(BaseModel):
    items: list[PhoneCallOut]
    next: str | None


class PhoneCallQuery(Asked):
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    queue: str = Field("", max_length=40)


class FiguresQuery(Strict):
    since: AwareDatetime | None = Field(None, description="Left out, a day before `until`.")
    until: AwareDatetime | None = Field(None, description="Left out, now; at most 31 days after `since`.")
    queue: str = Field("", max_length=40, description="Left out, all lines in reach.")
    within: int = Field(20, ge=1, le=3600, description="Seconds that count as in time.")


class FiguresOut(BaseModel):
    offered: int
    answered: int
    abandoned: int
    connection_rate: float | None
    abandonment: float | None
    service_level: dict[str, float | None] = Field(description="By each of the four formulas.")
    speed_of_answer: float | None = Field(description="Seconds, on average, of those who were answered.")
    handling_time: float | None = Field(description="Seconds: talk, hold and writing afterwards.")


class RecordingAsked(Strict):
    purpose: str = Field(pattern="^(contact|verify|claim|other)$", examples=["claim"])
    note: str = Field("", max_length=200, description="Needed with `other`.")


class Recordings(BaseModel):
    recordings: list[str] = Field(description="Where they lie at the switch.")


@router.get("/calls", response=PhoneCallPage, summary="Calls, the newest first")
@may_api(queries.SEE)
def some(request: StaffRequest, asked: Query[PhoneCallQuery]) -> Any:
    rows = Call.objects.within(request.person.visible_paths(queries.SEE)).select_related("queue", "person")
    if asked.since:
        rows = rows.filter(arrived_at__gte=asked.since)
    if asked.until:
        rows = rows.filter(arrived_at__lt=asked.until)
    if asked.queue:
        rows = rows.filter(queue__key=asked.queue)
    page, following = paging.newest_first(rows, by="arrived_at", cursor=asked.cursor, limit=asked.limit)
    return {"items": [_told(row) for row in page], "next": following}


@router.get(
    "/calls/figures", response=FiguresOut, summary="Connection rate, service level, abandonment, times"
)
@may_api(queries.SEE)
def figures(request: StaffRequest, asked: Query[FiguresQuery]) -> Any:
    until = asked.until or request.now
    since = asked.since or until - A_DAY
    if not timedelta() < until - since <= LONGEST:
        raise SpanUnreadable
    queue = queries.queues(request.person).filter(key=asked.queue).first() if asked.queue else None
    rows = queries.of_time(request.person, since=since, until=until, queues=[queue.pk] if queue else [])
    rows = rows.none() if asked.queue and queue is None else rows
    found = queries.total(rows, within=timedelta(seconds=asked.within)).figures
    return FiguresOut(
        offered=found.offered, answered=found.answered, abandoned=found.abandoned,
        connection_rate=found.connection_rate, abandonment=found.abandonment,
        service_level={one.value: found.service_level(one) for one in Formula},
        speed_of_answer=_seconds(found.speed_of_answer), handling_time=_seconds(found.handling_time),
    )  # fmt: skip


@router.post("/calls/{call_id}/recordings", response=Recordings, summary="Where a call's recordings lie")
@may_api(queries.RECORDINGS)
def recordings(request: StaffRequest, call_id: int, payload: RecordingAsked) -> Any:
    """On record, with the purpose."""
    row = queries.recorded(request.person, call_id)
    reveal.record(
        person=request.person, subject=f"call:{row.pk}", path=row.path, purpose=payload.purpose, note=payload.note,
        fields=["recordings"], now=request.now, address=reveal.address_of(request),
    )  # fmt: skip
    return Recordings(recordings=[str(one) for one in row.recordings])


def _told(row: Call) -> PhoneCallOut:
    life = row.life
    return PhoneCallOut(
        id=row.pk, number=masking.phone(row.number), queue=row.queue.key if row.queue else None,
        agent=row.person.get_username() if row.person else None, is_outbound=row.is_outbound, outcome=row.outcome,
        arrived_at=row.arrived_at, queued_at=row.queued_at, answered_at=row.answered_at, ended_at=row.ended_at,
        waited=_seconds(life.wait), talked=row.talk.total_seconds(), is_recorded=bool(row.recordings),
    )  # fmt: skip


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None
