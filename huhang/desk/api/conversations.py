"""Conversations over the API: what waits and what was said, and all that one does with them on the workbench."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from ninja import File, Form, Query, Router, UploadedFile

from huhang.channels.actions import call_promises, proving, talking
from huhang.channels.actions import words as words_of_talks
from huhang.channels.models import Conversation, Message, ServiceQueue
from huhang.channels.queries import talks
from huhang.channels.rules.conversation import ClosedBecause, Side
from huhang.channels.rules.visitors import is_key
from huhang.desk.actions import carding, chatting, contacts
from huhang.desk.api.conversation_shapes import (
    CallIn,
    CaseIn,
    CaseOut,
    ColleagueOut,
    ConversationOut,
    ConversationPage,
    ConversationQuery,
    CustomerOut,
    MessageFile,
    MessageOut,
    Messages,
    Parcel,
    ParcelIn,
    PassOn,
    PhoneAsked,
    PhoneIn,
    PromisedCall,
    ReadMark,
    SinceWord,
    SpokenWord,
    UnsentWords,
)
from huhang.desk.api.files import Uploading, given
from huhang.desk.queries import picture as pictures
from huhang.desk.queries import workbench as queries
from huhang.kit import file_store, masking, paging, sending
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.file_types import SHOWN
from huhang.kit.programs import Done, key_of, wrote
from huhang.kit.received import readied
from huhang.network.models import under

router = Router(tags=["conversations"])


class NeitherNorBoth(BadInput):
    """请给出一位同事（username）或一个队列（queue），不能都给。"""


class KeyUnreadable(BadInput):
    """key 只能用字母、数字、下划线和连字符，8 到 64 个。"""


@router.get("/conversations", response=ConversationPage, summary="Conversations, the newest first")
@may_api(talks.TALK)
def some(request: StaffRequest, asked: Query[ConversationQuery]) -> Any:
    person = request.person
    paths = {*person.visible_paths(talks.TALK), *person.visible_paths(talks.SUPERVISE)}
    rows = Conversation.objects.filter(under(sorted(paths))).select_related(
        "entrance", "queue", "agent", "contact", "follows"
    )
    if asked.stage:
        rows = rows.filter(stage=asked.stage)
    if asked.mine:
        rows = rows.filter(agent=person)
    if asked.queue:
        rows = rows.filter(queue__key=asked.queue)
    page, following = paging.newest_first(rows, by="opened_at", cursor=asked.cursor, limit=asked.limit)
    return {"items": [_told(row) for row in page], "next": following}


def _told(row: Conversation) -> ConversationOut:
    return ConversationOut(
        no=row.no, stage=row.stage, entrance=row.entrance.key, kind=row.entrance.kind, queue=row.queue.key,
        agent=row.agent.get_username() if row.agent else None, contact=_masked(row.contact.name, row.contact.phone),
        subject=row.subject, scenario=row.scenario, waybill=row.waybill_no,
        follows=row.follows.no if row.follows else None, opened_at=row.opened_at, waits_from=row.waits_from,
        taken_at=row.taken_at,
        first_answer_at=row.first_answer_at, owed_from=row.owed_from, promised_at=row.promised_at,
        closed_at=row.closed_at, closed_because=row.closed_because, last=row.last_seq,
        read_by_customer=row.read_by_customer, read_by_agent=row.read_by_agent,
    )  # fmt: skip


def _masked(name: str, phone: str) -> str:
    return " ".join(filter(None, [masking.name(name), masking.phone(phone)]))


@router.get("/conversations/{no}", response=ConversationOut, summary="One conversation")
@may_api(talks.TALK)
def one(request: StaffRequest, no: str) -> Any:
    return _told(queries.talk_of(request.person, no))


@router.get("/conversations/{no}/messages", response=Messages, summary="What was said")
@may_api(talks.TALK)
def messages(request: StaffRequest, no: str, asked: Query[SinceWord]) -> Any:
    """At most two hundred at once, oldest first; ask again after `last` until nothing more comes."""
    said = talks.for_colleagues(queries.talk_of(request.person, no), after=asked.after)
    return {"items": [_said(row) for row in said], "last": said[-1].seq if said else asked.after}


def _said(row: Message) -> MessageOut:
    files = [
        MessageFile(file=one["file"], name=one["name"], type=one["type"], size=one["size"])
        for one in row.files
    ]
    return MessageOut(
        seq=row.seq, side=row.side, by=row.by.get_username() if row.by else None, name=row.name, sort=row.sort,
        text=talks.sentence(row) if row.side == Side.HOUSE else row.text, files=files, at=row.at,
        state=row.outgoing.state if row.outgoing else None,
    )  # fmt: skip


@router.post("/conversations/{no}/messages", response={201: MessageOut}, summary="Say something")
@may_api(talks.TALK)
def say(request: StaffRequest, no: str, payload: SpokenWord) -> Any:
    """To the customer, by whoever has the conversation."""
    queries.talk_of(request.person, no)
    key = _key(request, payload.key)
    return wrote(
        request,
        lambda: _said(talking.say(no, text=payload.text, by=request.person, key=key, now=request.now)),
        status=201,
    )


@router.post("/conversations/{no}/files", response={201: MessageOut}, summary="Send files", auth=Uploading())
@may_api(talks.TALK)
def send_files(
    request: StaffRequest, no: str, payload: Form[UnsentWords], files: File[list[UploadedFile]]
) -> Any:
    """multipart/form-data, with words or without."""
    queries.talk_of(request.person, no)
    key, ready = _key(request, ""), readied(given(files))

    def do() -> MessageOut:
        kept = words_of_talks.kept(ready)
        return _said(
            talking.say(no, text=payload.text, files=kept, by=request.person, key=key, now=request.now)
        )

    return wrote(request, do, status=201)


@router.get("/conversations/{no}/files/{name}", summary="A file that was sent", openapi_extra={"responses": {
    200: {"description": "The file as it came.", "content": {"application/octet-stream": {}}}
}})  # fmt: skip
@may_api(talks.TALK)
def file(request: StaffRequest, no: str, name: str) -> HttpResponse:
    found = talks.file_in(queries.talk_of(request.person, no), name, for_customer=False) if name else None
    if found is None:
        raise NotFound(file=name)
    return sending.sent(
        file_store.read(found["file"]), content_type=found["type"], name=found["name"],
        is_shown=found["type"] in SHOWN,
    )  # fmt: skip


@router.post("/conversations/{no}/notes", response={201: MessageOut}, summary="Write a note among colleagues")
@may_api(talks.TALK)
def note(request: StaffRequest, no: str, payload: SpokenWord) -> Any:
    queries.talk_of(request.person, no)
    key = _key(request, payload.key)
    return wrote(
        request,
        lambda: _said(talking.note(no, text=payload.text, by=request.person, key=key, now=request.now)),
        status=201,
    )


def _key(request: StaffRequest, key: str) -> str:
    """The word's name: the program's own, else that of the request, else a new one each time."""
    if key and not is_key(key):
        raise KeyUnreadable
    return f"api:{request.person.pk}:{key or key_of(request) or uuid4().hex}"[:260]


@router.post("/conversations/{no}/take", response=ConversationOut, summary="Take it from the line")
@may_api(talks.TALK)
def take(request: StaffRequest, no: str) -> Any:
    queries.talk_of(request.person, no)
    return _after(request, no, lambda: chatting.take(no, by=request.person, now=request.now))


@router.post("/conversations/{no}/take_over", response=ConversationOut, summary="Take it from a colleague")
@may_api(talks.SUPERVISE)
def take_over(request: StaffRequest, no: str) -> Any:
    if talks.reachable(request.person, no, talks.SUPERVISE) is None:
        raise NotFound(conversation=no)
    return _after(request, no, lambda: talking.take_over(no, by=request.person, now=request.now))


@router.get(
    "/conversations/{no}/colleagues", response=list[ColleagueOut], summary="To whom it can be passed on"
)
@may_api(talks.TALK)
def colleagues(request: StaffRequest, no: str) -> Any:
    """Whoever is free and carries least comes first."""
    found = queries.talk_of(request.person, no)
    return [
        ColleagueOut(
            username=one.person.get_username(), name=str(one.person), status=one.seat.status,
            on_the_line=one.is_on_the_line, held=one.held, chats=one.seat.chats,
        )
        for one in queries.colleagues(request.person, found, now=request.now)
    ]  # fmt: skip


@router.post("/conversations/{no}/transfer", response=ConversationOut, summary="Pass it on")
@may_api(talks.TALK)
def transfer(request: StaffRequest, no: str, payload: PassOn) -> Any:
    """The note is read by whoever gets it."""
    found = queries.talk_of(request.person, no)
    if bool(payload.username) == bool(payload.queue):
        raise NeitherNorBoth
    seats = queries.colleagues(request.person, found, now=request.now) if payload.username else []
    to = next((one.person for one in seats if one.person.username == payload.username), None)
    queues = ServiceQueue.objects.filter(under(request.person.visible_paths(talks.TALK)), is_active=True)
    queue = queues.filter(key=payload.queue).first() if payload.queue else None
    if to is None and queue is None:
        raise NotFound(choice=payload.username or payload.queue)
    return _after(
        request,
        no,
        lambda: talking.transfer(
            no, by=request.person, to=to, queue=queue, note=payload.note, now=request.now
        ),
    )


@router.post("/conversations/{no}/close", response=ConversationOut, summary="End it")
@may_api(talks.TALK)
def close(request: StaffRequest, no: str) -> Any:
    queries.talk_of(request.person, no)
    return _after(
        request,
        no,
        lambda: talking.close(no, because=ClosedBecause.DONE, by=request.person, now=request.now),
    )


def _after(request: StaffRequest, no: str, verb: Any) -> Any:
    """The conversation as it is after a verb; somebody who has passed it on sees it so once more."""

    def do() -> ConversationOut:
        verb()
        rows = Conversation.objects.select_related("entrance", "queue", "agent", "contact", "follows")
        return _told(rows.get(no=no))

    return wrote(request, do)


@router.post("/conversations/{no}/case", response={201: CaseOut}, summary="Open its case")
@may_api("desk.open")
def open_case(request: StaffRequest, no: str, payload: CaseIn) -> Any:
    """One of each kind, with what the customer said last; a note in the conversation tells its number."""
    found = queries.talk_of(request.person, no)

    def do() -> CaseOut:
        ticket = contacts.of_talk(
            found, kind=payload.kind, waybill_no=payload.waybill_no, by=request.person, now=request.now
        )
        return CaseOut(case=ticket.no)

    return wrote(request, do, status=201)


@router.post("/conversations/{no}/call_back", response={201: PromisedCall}, summary="Promise a call")
@may_api(talks.TALK)
def call_back(request: StaffRequest, no: str, payload: CallIn) -> Any:
    """One open row for each number, however often it is promised; the customer reads by when."""
    queries.talk_of(request.person, no)

    def do() -> PromisedCall:
        row = call_promises.promise(
            no, number=payload.number, at=payload.at, note=payload.note, by=request.person, now=request.now
        )
        return PromisedCall(
            call_back=row.pk, number=masking.phone(row.number), next_at=row.next_at, due_at=row.due_at
        )

    return wrote(request, do, status=201)


@router.post("/conversations/{no}/prove", response={201: PhoneAsked}, summary="Ask whose telephone it is")
@may_api(talks.TALK)
def prove(request: StaffRequest, no: str, payload: PhoneIn) -> Any:
    """A code goes there by SMS; told back in the conversation, the phone is proven and earlier talks are known."""
    queries.talk_of(request.person, no)

    def do() -> PhoneAsked:
        row = proving.ask(no, number=payload.number, by=request.person, now=request.now)
        return PhoneAsked(number=masking.phone(row.number), expires_at=row.expires_at)

    return wrote(request, do, status=201)


@router.post("/conversations/{no}/parcel", response={201: MessageOut}, summary="Send a parcel as a card")
@may_api("journey.trace")
def send_parcel(request: StaffRequest, no: str, payload: ParcelIn) -> Any:
    """Where it stands at this moment; where no card can be drawn, the same in words."""
    found = queries.talk_of(request.person, no)
    key = _key(request, payload.key)
    return wrote(
        request,
        lambda: _said(
            carding.send(found, waybill_no=payload.waybill_no, by=request.person, key=key, now=request.now)
        ),
        status=201,
    )


@router.put("/conversations/{no}/draft", response=Done, summary="Keep unsent words with it")
@may_api(talks.TALK)
def draft(request: StaffRequest, no: str, payload: UnsentWords) -> Any:
    """Whoever gets it next finds them; the customer sees that somebody writes."""
    found = queries.talk_of(request.person, no)
    if found.agent_id != request.person.pk:
        raise talking.HasSomebodyElse(conversation=no)

    def do() -> Done:
        talking.draft(no, text=payload.text, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)


@router.put("/conversations/{no}/read", response=Done, summary="Say up to where one has read")
@may_api(talks.TALK)
def read(request: StaffRequest, no: str, payload: ReadMark) -> Any:
    """Marks only move forward; whoever only watches leaves none."""
    found = queries.talk_of(request.person, no)

    def do() -> Done:
        if found.agent_id == request.person.pk:
            talking.read(no, side=Side.AGENT, up_to=payload.up_to, now=request.now)
        return Done()

    return wrote(request, do)


@router.get("/conversations/{no}/customer", response=CustomerOut, summary="The whole picture of the customer")
@may_api(talks.TALK)
def customer(request: StaffRequest, no: str) -> Any:
    found = pictures.of_talk(request.person, queries.talk_of(request.person, no))
    return CustomerOut(
        contact=_masked(found.name, found.phone),
        is_proven=found.is_proven,
        parcels=[Parcel(no=row.no, promised_at=row.promised_at) for row in found.parcels],
        alarms=[hit.rule.slug for hit in found.hits], cases=[case.no for case in found.cases],
        conversations=[row.no for row in found.earlier], likely=found.likely,
        known=[f"{one.heading} {one.text}" for one in found.known],
    )  # fmt: skip
