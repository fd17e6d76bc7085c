"""How a case belongs with others: merging and taking that back, splitting, links, parents."""

from typing import Any, Literal

from ninja import Router
from pydantic import BaseModel, Field

from huhang.desk.actions import linking, relating, splitting
from huhang.desk.actions.carrying import Carried
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut, detail
from huhang.desk.queries.family import can_unmerge, family_of
from huhang.desk.queries.tickets import reachable, units_below
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.linking import LinkKind
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Done, wrote
from huhang.network.queries.units import UnknownUnit

router = Router(tags=["family"])
PERMISSION = "desk.answer"


class MergeIn(Change):
    into: str = Field(min_length=1, max_length=20, examples=["T00000002"])
    reason: str = Field(min_length=1, max_length=200, examples=["同一件事"])


class SplitIn(Change):
    entries: list[int] = Field(
        min_length=1, max_length=200, description="Ids of lines of the story.", examples=[[1]]
    )
    title: str = Field(min_length=1, max_length=120, examples=["另一件：地址错误"])
    kind: Kind = Field(examples=["inquiry"])
    unit: str = Field(min_length=1, max_length=32, examples=["SZ-WZ"])
    files: list[int] = Field(default_factory=list, max_length=200, description="Ids of files that go along.")
    carried: Carried = Field(
        Carried.BOTH, description="Shown in both cases, or moved; evidence of a step stays there in any case."
    )


class LinkIn(Change):
    other: str = Field(min_length=1, max_length=20, examples=["T00000002"])
    kind: Literal["related", "duplicate", "caused_by"] = Field(examples=["related"])


class ParentIn(Change):
    parent: str = Field(min_length=1, max_length=20, examples=["T00000002"])
    holds: bool = Field(False, description="The parent does not end before this case.")


class RelativeOut(BaseModel):
    no: str
    name: str
    link: int | None = Field(description="Id, for taking the link back; null: born so.")


class FamilyOut(BaseModel):
    relatives: list[RelativeOut]
    merged: list[str] = Field(description="Cases that go on in this one.")
    merged_into: str | None
    can_unmerge: bool
    others: list[str] = Field(description="The same customer's other cases.")
    hidden: int = Field(description="Relatives that one may not see.")


@router.get("/tickets/{no}/family", response=FamilyOut, summary="Cases that belong with a case")
@may_api("desk.see")
def family(request: StaffRequest, no: str) -> Any:
    found = family_of(reachable(request.person, no), request.person, now=request.now)
    return FamilyOut(
        relatives=[
            RelativeOut(no=r.ticket.no, name=str(r.name), link=r.link.pk if r.link else None)
            for r in found.relatives
        ],
        merged=[merge.ticket.no for merge in found.merged],
        merged_into=found.merge.into.no if found.merge else None,
        can_unmerge=can_unmerge(found.merge, now=request.now),
        others=[other.no for other in found.others],
        hidden=found.hidden,
    )


@router.post("/tickets/{no}/merge", response=TicketOut, summary="Let a case go on in another")
@may_api(PERMISSION)
def merge(request: StaffRequest, no: str, payload: MergeIn) -> Any:
    """Both must be within reach; can be taken back for ten minutes."""
    reachable(request.person, no, PERMISSION)
    into = reachable(request.person, payload.into, PERMISSION)
    return act(
        request, no, PERMISSION, payload,
        lambda: linking.merge(
            ticket_no=no, into_no=into.no, reason=payload.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/unmerge", response=TicketOut, summary="Take a merge back")
@may_api(PERMISSION)
def unmerge(request: StaffRequest, no: str, payload: Change | None = None) -> Any:
    return act(
        request, no, PERMISSION, payload,
        lambda: linking.unmerge(ticket_no=no, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/split", response={201: TicketOut}, summary="Make two cases of one")
@may_api(PERMISSION)
def split(request: StaffRequest, no: str, payload: SplitIn) -> Any:
    """Answers with the new case; the same lines chosen twice are the same case."""
    found = reachable(request.person, no, PERMISSION)
    if payload.unit not in {found.unit.code, *(unit.code for unit in units_below(request.person))}:
        raise UnknownUnit(payload.unit)

    def do() -> TicketOut:
        made = splitting.split(
            ticket_no=no, entry_ids=payload.entries, title=payload.title, kind=payload.kind,
            unit_code=payload.unit, attachment_ids=payload.files, carried=payload.carried, by=request.person,
            now=request.now,
        )  # fmt: skip
        return TicketOut.model_validate(detail(made, request.now))

    return wrote(request, do, status=201)


@router.post("/tickets/{no}/links", response=TicketOut, summary="Say what another case is to this one")
@may_api(PERMISSION)
def link(request: StaffRequest, no: str, payload: LinkIn) -> Any:
    reachable(request.person, no, PERMISSION)
    other = reachable(request.person, payload.other, PERMISSION)
    return act(
        request, no, PERMISSION, payload,
        lambda: relating.link(
            ticket_no=no, other_no=other.no, kind=LinkKind(payload.kind), by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.delete("/tickets/{no}/links/{link_id}", response=Done, summary="Take a link back")
@may_api(PERMISSION)
def part_ways(request: StaffRequest, no: str, link_id: int) -> Any:
    reachable(request.person, no, PERMISSION)

    def do() -> Done:
        relating.part_ways(ticket_no=no, link_id=link_id, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)


@router.put("/tickets/{no}/parent", response=TicketOut, summary="Make a case part of another")
@may_api(PERMISSION)
def parent(request: StaffRequest, no: str, payload: ParentIn) -> Any:
    reachable(request.person, no, PERMISSION)
    above = reachable(request.person, payload.parent, PERMISSION)
    return act(
        request, no, PERMISSION, payload,
        lambda: relating.set_parent(
            ticket_no=no, parent_no=above.no, holds=payload.holds, by=request.person, now=request.now
        ),
    )  # fmt: skip
