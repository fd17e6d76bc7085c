"""What is said in a case: to the customer, by the customer, between colleagues; the whole story; drafts."""

from datetime import datetime, timedelta
from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import answering, customers, drafts, following
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut
from huhang.desk.models import Draft, Entry
from huhang.desk.queries import drafts as draft_queries
from huhang.desk.queries import mentions
from huhang.desk.queries.telling import told
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.drafts import DraftKind
from huhang.desk.rules.kinds import EntryKind
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, Done, Strict, wrote

router = Router(tags=["words"])


class Words(Change):
    text: str = Field(min_length=1, max_length=answering.LONGEST, examples=["已联系快递员，今晚送到。"])


class ReplyIn(Words):
    leaves_in: int = Field(
        0, ge=0, le=60, description="Seconds in which it can be taken back before the customer reads it."
    )


class EntryOut(BaseModel):
    id: int
    kind: str = Field(
        description="event, note (colleagues only), to_customer, from_customer; leaving: not yet to be read by"
        " the customer, taken_back: never to be"
    )
    text: str
    by: str
    signed: str
    at: datetime


class Story(BaseModel):
    items: list[EntryOut]
    next: str | None


class PersonOut(BaseModel):
    username: str
    name: str


class People(BaseModel):
    items: list[PersonOut]


class NameQuery(Strict):
    term: str = Field("", max_length=40)


class NewDraft(Strict):
    kind: DraftKind = Field(examples=["reply"])
    text: str = Field("", max_length=drafts.LONGEST, description="Empty: forget it.", examples=["您好，"])
    ago: int = Field(0, ge=0, le=7 * 86400_000, description="Milliseconds since the last key.")


class DraftOut(BaseModel):
    kind: str
    text: str
    typed_at: datetime | None


class LeftOut(DraftOut):
    id: int
    by: str


class DraftsOut(BaseModel):
    own: list[DraftOut]
    left: list[LeftOut] = Field(description="What colleagues left behind, for whoever owns the case now.")


class Taking(Strict):
    draft: int = Field(ge=1, lt=2**63, examples=[1])
    text: str = Field("", max_length=drafts.LONGEST, description="What stands in one's own box.")


@router.get("/tickets/{no}/entries", response=Story, summary="The story of a case")
@may_api("desk.see")
def story(request: StaffRequest, no: str, asked: Query[Asked]) -> Any:
    """Newest first. A `note` is for colleagues and never for the customer."""
    case = reachable(request.person, no)
    page, following_page = paging.newest_first(
        case.entries.all(), by="at", cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [_entry(entry) for entry in page], "next": following_page}


def _entry(entry: Entry) -> EntryOut:
    text = told(entry, {}) if entry.kind == EntryKind.EVENT else entry.text
    return EntryOut(id=entry.pk, kind=entry.kind, text=text, by=entry.by, signed=entry.signed, at=entry.at)


@router.post("/tickets/{no}/answer", response=TicketOut, summary="Write to the customer")
@may_api("desk.answer")
def answer(request: StaffRequest, no: str, payload: ReplyIn) -> Any:
    """At once, or with `leaves_in` so that it can be taken back; promises count from now either way."""
    return act(
        request, no, "desk.answer", payload,
        lambda: answering.answer(
            ticket_no=no, text=payload.text, by=request.person, now=request.now,
            leaves_in=timedelta(seconds=payload.leaves_in),
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/note", response=TicketOut, summary="Write for colleagues")
@may_api("desk.answer")
def note(request: StaffRequest, no: str, payload: Words) -> Any:
    """Who is named as `@name` and may see the case is told."""
    return act(
        request, no, "desk.answer", payload,
        lambda: answering.note(ticket_no=no, text=payload.text, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/hear", response=TicketOut, summary="Pass on what the customer wrote elsewhere")
@may_api("desk.hear")
def hear(request: StaffRequest, no: str, payload: Words) -> Any:
    """For a chat, a shop or a mailbox that speaks for the customer; who passed it on is on record."""
    case = reachable(request.person, no, "desk.hear")
    return act(
        request, no, "desk.hear", payload,
        lambda: customers.pass_on(ticket=case, text=payload.text, by=request.person, now=request.now),
    )  # fmt: skip


@router.get("/tickets/{no}/names", response=People, summary="Who may be named in a note")
@may_api("desk.answer")
def names(request: StaffRequest, no: str, asked: Query[NameQuery]) -> Any:
    """A few colleagues who may see this case."""
    found = mentions.offered(reachable(request.person, no, "desk.answer"), asked.term)
    return {"items": [PersonOut(username=one.username, name=str(one)) for one in found]}


@router.get("/tickets/{no}/followers", response=People, summary="Who follows a case")
@may_api("desk.see")
def followers(request: StaffRequest, no: str) -> Any:
    rows = reachable(request.person, no).followers.select_related("person").order_by("since")
    return {"items": [PersonOut(username=row.person.username, name=str(row.person)) for row in rows]}


@router.post("/tickets/{no}/follow", response=Done, summary="Hear of a case")
@may_api("desk.see")
def follow(request: StaffRequest, no: str) -> Any:
    case = reachable(request.person, no)

    def do() -> Done:
        following.follow(ticket=case, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)


@router.post("/tickets/{no}/unfollow", response=Done, summary="Hear of a case no more")
@may_api("desk.see")
def unfollow(request: StaffRequest, no: str) -> Any:
    case = reachable(request.person, no)

    def do() -> Done:
        following.unfollow(ticket=case, by=request.person)
        return Done()

    return wrote(request, do)


@router.get("/tickets/{no}/drafts", response=DraftsOut, summary="What one has begun to write")
@may_api("desk.answer")
def some_drafts(request: StaffRequest, no: str) -> Any:
    case = reachable(request.person, no, "desk.answer")
    found = draft_queries.drafts_at(case, request.person, now=request.now)
    left = [LeftOut(id=one.pk, by=str(one.person), **_draft(one).model_dump()) for one in found.left]
    return {"own": [_draft(one) for one in found.own.values()], "left": left}


def _draft(draft: Draft) -> DraftOut:
    return DraftOut(kind=draft.kind, text=draft.text, typed_at=draft.typed_at)


@router.put("/tickets/{no}/drafts", response=DraftOut, summary="Keep what one is writing")
@may_api("desk.answer")
def keep_draft(request: StaffRequest, no: str, payload: NewDraft) -> Any:
    """Answers with what is kept now: of two windows, the later key wins."""
    case = reachable(request.person, no, "desk.answer")

    def do() -> DraftOut:
        kept = drafts.keep(
            ticket=case, kind=payload.kind, text=payload.text, tab=SOURCE_TAB,
            ago=timedelta(milliseconds=payload.ago), by=request.person, now=request.now,
        )  # fmt: skip
        return _draft(kept) if kept else DraftOut(kind=payload.kind, text="", typed_at=None)

    return wrote(request, do)


SOURCE_TAB = "api"


@router.post("/tickets/{no}/drafts/take", response=DraftOut, summary="Take over a draft left behind")
@may_api("desk.answer")
def take_draft(request: StaffRequest, no: str, payload: Taking) -> Any:
    case = reachable(request.person, no, "desk.answer")
    return wrote(
        request,
        lambda: _draft(
            drafts.take_over(
                ticket=case, draft_id=payload.draft, own=payload.text, by=request.person, now=request.now
            )
        ),
    )
