"""Seats: who is there and what they carry, one's own switch, and giving a case to somebody by hand."""

from datetime import datetime
from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import assignment as verbs
from huhang.desk.actions import seats
from huhang.desk.actions.seats import Ability
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut, UnitOut
from huhang.desk.models import Seat
from huhang.desk.queries import assignment as decisions
from huhang.desk.queries import manning
from huhang.desk.queries import seats as queries
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.assignment import Status
from huhang.desk.rules.kinds import Kind
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import NotFound
from huhang.kit.programs import Asked, Strict, wrote
from huhang.network.models import Person

router = Router(tags=["seats"])


class SeatOut(BaseModel):
    id: int
    username: str
    name: str
    unit: UnitOut
    status: str
    status_since: datetime
    kinds: list[str]
    products: list[str]
    skills: list[str]
    languages: list[str]
    level: int
    capacity: int
    chats: int = Field(description="Conversations at once, weighed by their queues.")
    takes_by_itself: bool = Field(
        description="Conversations are given to it; otherwise it takes them by hand."
    )
    load: int = Field(description="In points, as `capacity`.")


class SeatPage(BaseModel):
    items: list[SeatOut]
    next: str | None


class Switch(Strict):
    status: Status = Field(examples=["available"])
    busy_reason: str = Field("", max_length=16, description="Why, when busy.", examples=["checking"])


class AbilityIn(Strict):
    """Empty lists mean any."""

    kinds: list[Kind] = Field(default_factory=list, max_length=len(Kind))
    products: list[str] = Field(default_factory=list, max_length=20)
    skills: list[str] = Field(default_factory=list, max_length=20)
    languages: list[str] = Field(default_factory=list, max_length=20)
    level: int = Field(1, ge=1, le=5)
    capacity: int = Field(20, ge=0, le=1000)
    chats: int = Field(5, ge=0, le=50)
    takes_by_itself: bool = True

    @property
    def ability(self) -> Ability:
        return Ability(
            kinds=tuple(self.kinds), products=_words(self.products), skills=_words(self.skills),
            languages=_words(self.languages), level=self.level, capacity=self.capacity,
            chats=self.chats, takes_by_itself=self.takes_by_itself,
        )  # fmt: skip


def _words(given: list[str]) -> tuple[str, ...]:
    return tuple(word.strip()[:40] for word in given if word.strip())


class NewSeat(AbilityIn):
    username: str = Field(min_length=1, max_length=150, examples=["lin"])


class GiveTo(Change):
    username: str = Field(min_length=1, max_length=150, examples=["lin"])
    reason: str = Field(min_length=1, max_length=120, examples=["熟悉这位客户"])


class Back(Change):
    reason: str = Field(min_length=1, max_length=120, examples=["不归我管"])


class DecisionOut(BaseModel):
    at: datetime
    trigger: str
    chosen: str
    before: str
    sentence: str
    words: str
    candidates: list[dict[str, Any]]
    hidden: int = Field(description="Candidates that one may not see.")


class Decisions(BaseModel):
    items: list[DecisionOut]


@router.get("/seats", response=SeatPage, summary="Seats of the units one looks after")
@may_api("desk.seats.see")
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows = queries.seats_of(request.person).select_related("person", "unit")
    page, following = paging.in_order(rows, cursor=asked.cursor, limit=asked.limit)
    loads = manning.loads_of(seat.person_id for seat in page) if page else {}
    return {"items": [_told(seat, loads.get(seat.person_id, 0)) for seat in page], "next": following}


def _told(seat: Seat, load: int) -> SeatOut:
    return SeatOut(
        id=seat.pk, username=seat.person.get_username(), name=str(seat.person),
        unit=UnitOut(code=seat.unit.code, name=seat.unit.name), status=seat.status,
        status_since=seat.status_since, kinds=seat.kinds, products=seat.products, skills=seat.skills,
        languages=seat.languages, level=seat.level, capacity=seat.capacity, chats=seat.chats,
        takes_by_itself=seat.takes_by_itself, load=load,
    )  # fmt: skip


def _now(seat: Seat) -> SeatOut:
    row = Seat.objects.select_related("person", "unit").get(pk=seat.pk)
    return _told(row, manning.loads_of([row.person_id]).get(row.person_id, 0))


@router.post("/seats", response={201: SeatOut}, summary="Give a colleague a seat")
@may_api("desk.seats.edit")
def open_seat(request: StaffRequest, payload: NewSeat) -> Any:
    free = {person.username: person for person in queries.people_without_seat(request.person)}
    person = free.get(payload.username)
    if person is None or person.home is None:
        raise NotFound(username=payload.username)
    home = person.home
    return wrote(
        request,
        lambda: _now(
            seats.open_seat(
                person=person, unit=home, ability=payload.ability, by=request.person, now=request.now
            )
        ),
        status=201,
    )


@router.get("/seats/own", response=SeatOut, summary="One's own seat")
@may_api("desk.see")
def own(request: StaffRequest) -> Any:
    return _now(_own(request))


@router.put("/seats/own/status", response=SeatOut, summary="Say that one is there, busy, away or gone")
@may_api("desk.claim")
def set_own(request: StaffRequest, payload: Switch) -> Any:
    found = _own(request)

    def do() -> SeatOut:
        seat = seats.set_status(
            seat_id=found.pk,
            status=payload.status,
            busy_reason=payload.busy_reason,
            by=request.person,
            now=request.now,
        )
        seats.beat(person_id=request.person.pk, now=request.now)
        return _now(seat)

    return wrote(request, do)


def _own(request: StaffRequest) -> Seat:
    found = queries.own(request.person)
    if found is None:
        raise NotFound(seat="own")
    return found


@router.put("/seats/{seat_id}", response=SeatOut, summary="What somebody can do and how much at once")
@may_api("desk.seats.edit")
def set_ability(request: StaffRequest, seat_id: int, payload: AbilityIn) -> Any:
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    return wrote(
        request,
        lambda: _now(
            seats.set_ability(seat_id=found.pk, ability=payload.ability, by=request.person, now=request.now)
        ),
    )


@router.post("/seats/{seat_id}/off", response=SeatOut, summary="Take somebody off")
@may_api("desk.seats.edit")
def take_off(request: StaffRequest, seat_id: int) -> Any:
    """They are told, and what waits for an answer goes to colleagues."""
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    return wrote(request, lambda: _now(seats.take_off(seat_id=found.pk, by=request.person, now=request.now)))


@router.delete("/seats/{seat_id}", response=SeatOut, summary="Take a seat away")
@may_api("desk.seats.edit")
def close(request: StaffRequest, seat_id: int) -> Any:
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    return wrote(
        request, lambda: _now(seats.close_seat(seat_id=found.pk, by=request.person, now=request.now))
    )


@router.get("/tickets/{no}/assignment", response=Decisions, summary="Why a case went where it went")
@may_api("desk.see")
def explained(request: StaffRequest, no: str) -> Any:
    found = decisions.decisions_of(reachable(request.person, no), to=request.person)
    names = DecisionOut.model_fields
    return {
        "items": [
            {name: getattr(one, name) for name in names if name != "candidates"}
            | {"candidates": [_candidate(c) for c in one.candidates]}
            for one in found
        ]
    }


def _candidate(one: decisions.Weighed) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


@router.post("/tickets/{no}/assign", response=TicketOut, summary="Give a case to a colleague")
@may_api("desk.assign")
def assign(request: StaffRequest, no: str, payload: GiveTo) -> Any:
    """It must be theirs to see, and they must have room."""
    reachable(request.person, no, "desk.assign")
    person = Person.objects.filter(username=payload.username, is_active=True, seat__is_active=True).first()
    if person is None:
        raise NotFound(username=payload.username)
    return act(
        request, no, "desk.assign", payload,
        lambda: verbs.assign_to(
            ticket_no=no, person=person, reason=payload.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/unassign", response=TicketOut, summary="Take a case from whoever has it")
@may_api("desk.assign")
def unassign(request: StaffRequest, no: str, payload: Back) -> Any:
    return act(
        request, no, "desk.assign", payload,
        lambda: verbs.unassign(ticket_no=no, reason=payload.reason, by=request.person, now=request.now),
    )  # fmt: skip
