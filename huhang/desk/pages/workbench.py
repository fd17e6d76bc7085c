"""The workbench: the line, several conversations at once, and the customer's whole picture."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import call_promises, proving, talking
from huhang.channels.actions import words as words_of_talks
from huhang.channels.models import Conversation, ServiceQueue
from huhang.channels.queries import talks
from huhang.channels.rules.call_promises import FURTHEST
from huhang.channels.rules.conversation import ClosedBecause, Side, Stage
from huhang.channels.rules.visitors import is_key
from huhang.desk.actions import carding, chatting, contacts
from huhang.desk.pages.answers import done
from huhang.desk.queries import macros, telephone
from huhang.desk.queries import picture as pictures
from huhang.desk.queries import workbench as queries
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.macros import Deed
from huhang.kit import file_store, sending
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.file_types import SHOWN
from huhang.kit.received import readied
from huhang.kit.uploads import PATTERN, bounded, given
from huhang.network.models import under

REPLIES = 8


class SentWithoutName(BadInput):
    """消息没有编号，无法确认是否重复；请刷新页面后重发。"""


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=64)
    text: str = Field("", max_length=5000)
    is_note: bool = False
    files: str = Field("", max_length=0)
    # Up to where the page knows the words; the answer brings what came since, this one among it.
    after: str = Field("", max_length=10)


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=5000)


class Read(BaseModel):
    model_config = ConfigDict(extra="forbid")

    up_to: int = Field(ge=0, le=1_000_000)


class PassedOn(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    colleague: int | Literal[""] = ""
    queue: int | Literal[""] = ""
    note: str = Field(min_length=1, max_length=300)


class CallPromised(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    number: str = Field("", max_length=32)
    at: datetime | Literal[""] = ""
    note: str = Field("", max_length=200)


class NewCase(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Literal[Kind.URGE, Kind.INQUIRY, Kind.COMPLAINT]
    waybill_no: str = Field("", max_length=40)


class OnePhone(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    number: str = Field(min_length=1, max_length=32)


class OneParcel(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    waybill_no: str = Field(min_length=1, max_length=40)


class NobodyChosen(BadInput):
    """请选择一位同事，或一个队列。"""


@may(talks.TALK)
@require_GET
def workbench(request: StaffRequest) -> HttpResponse:
    """The whole bench; each conversation is fetched when it is opened, and stays open."""
    hand = telephone.at_hand(request.person, now=request.now)
    return part(request, "desk/workbench.html", accept=PATTERN, hand=hand, now=request.now, **_bench(request))


@may(talks.TALK)
@require_GET
def line(request: StaffRequest) -> HttpResponse:
    """The left side alone, as it is now."""
    return part(request, "desk/_bench_line.html", **_bench(request))


def _bench(request: StaffRequest) -> dict[str, Any]:
    person = request.person
    return {
        "line": queries.line(person),
        "seat": queries.seat_of(person),
        "paths": person.visible_paths(talks.TALK),
        "own": f"/{person.pk}/",  # what is said in the talks of theirs
        "may_supervise": person.may(talks.SUPERVISE),
    }


@may(talks.TALK)
@require_GET
def talk(request: StaffRequest, no: str) -> HttpResponse:
    """One conversation: what was said, the draft that somebody left, and where it can go."""
    found = queries.talk_of(request.person, no)
    return part(
        request, "desk/_bench_talk.html", **_talk(request, found), messages_said=talks.for_colleagues(found)
    )


def _talk(request: StaffRequest, found: Conversation) -> dict[str, Any]:
    return {
        "talk": found,
        "is_mine": found.agent_id == request.person.pk and found.stage == Stage.TALKING,
        "can_take": found.stage in (Stage.WAITING, Stage.LEFT_MESSAGE),
        "may_supervise": request.person.may(talks.SUPERVISE, found.path),
        "draft": getattr(found, "draft", None),
        "preview": getattr(found, "preview", None),
        "accept": PATTERN,
        "about": about(found),
    }


@may(talks.TALK)
@require_GET
def words(request: StaffRequest, no: str) -> HttpResponse:
    """What was said after the last number that the page has, and where the talk stands: for programs of ours."""
    found = queries.talk_of(request.person, no)
    return JsonResponse(_since(request, found, request.GET.get("after", "")))


def _since(request: StaffRequest, found: Conversation, after: str) -> dict[str, Any]:
    known = int(after) if after.isdecimal() else 0
    said, moved = talks.for_colleagues(found, after=known), talks.on_their_way(found, up_to=known)
    preview = getattr(found, "preview", None)
    items = render_to_string("desk/_bench_words.html", {"messages_said": [*moved, *said], "talk": found})
    return {
        "last": said[-1].seq if said else known or found.last_seq,
        "items": items,
        "stage": found.stage,
        "read": found.read_by_customer,
        "preview": preview.text if preview else "",
        "is_mine": found.agent_id == request.person.pk,
        "about": about(found),
    }


def about(found: Conversation) -> str:
    """By what the right side is known: another parcel or a proven phone, and it is fetched anew."""
    return f"{found.waybill_no} {found.contact_id} {found.contact.phone[-4:]}"


@may(talks.TALK)
@require_GET
def before(request: StaffRequest, no: str) -> HttpResponse:
    """What was said in the talk that this one goes on with, for those who may see that as well."""
    follows = queries.talk_of(request.person, no).follows
    if follows is None:
        raise NotFound(conversation=no)
    earlier = queries.talk_of(request.person, follows.no)
    return part(
        request, "desk/_bench_words.html", talk=earlier, is_earlier=True,
        messages_said=talks.for_colleagues(earlier, after=max(0, earlier.last_seq - talks.AT_ONCE)),
    )  # fmt: skip


@may(talks.TALK)
@require_GET
def picture(request: StaffRequest, no: str) -> HttpResponse:
    """The right side."""
    found = queries.talk_of(request.person, no)
    return part(
        request,
        "desk/_bench_picture.html",
        talk=found,
        picture=pictures.of_talk(request.person, found),
        now=request.now,
    )


@may(talks.TALK)
@bounded
@require_POST
def say(request: StaffRequest, no: str) -> HttpResponse:
    """A word to the customer, or a note among colleagues. The page's own name for it makes it one."""
    found = queries.talk_of(request.person, no)
    form = read(Said, request)
    if not is_key(form.key):
        raise SentWithoutName
    key = f"desk:{request.person.pk}:{form.key}"
    if form.is_note:
        message = talking.note(found.no, text=form.text, by=request.person, key=key, now=request.now)
    else:
        files = words_of_talks.kept(readied(given(request.FILES.getlist("files"))))
        message = talking.say(
            found.no, text=form.text, files=files, by=request.person, key=key, now=request.now
        )
    told = {"seq": message.seq, "announced": list(message.announced)}
    return JsonResponse(told | (_since(request, found, form.after) if form.after else {}))


@may(talks.TALK)
@require_POST
def take(request: StaffRequest, no: str) -> HttpResponse:
    """Take it from the line."""
    queries.talk_of(request.person, no)
    chatting.take(no, by=request.person, now=request.now)
    return talk_again(request, no, _("已接入。"))


@may(talks.SUPERVISE)
@require_POST
def take_over(request: StaffRequest, no: str) -> HttpResponse:
    """A supervisor takes a running conversation."""
    if talks.reachable(request.person, no, talks.SUPERVISE) is None:
        raise NotFound(conversation=no)
    talking.take_over(no, by=request.person, now=request.now)
    return talk_again(request, no, _("已接管。"))


@may("desk.open")
@require_POST
def open_case(request: StaffRequest, no: str) -> HttpResponse:
    """In one key: hurry the parcel, or have somebody look into it."""
    found, form = queries.talk_of(request.person, no), read(NewCase, request)
    ticket = contacts.of_talk(
        found, kind=form.kind, waybill_no=form.waybill_no, by=request.person, now=request.now
    )
    return _about_again(request, found, _("已建工单 %s。") % ticket.no)


@may(talks.TALK)
@require_POST
def prove(request: StaffRequest, no: str) -> HttpResponse:
    """Have the customer show whose telephone it is: a code goes there, and they tell it back here."""
    found, form = queries.talk_of(request.person, no), read(OnePhone, request)
    proving.ask(no, number=form.number, by=request.person, now=request.now)
    return _about_again(request, found, _("验证码已发出，请客户把它发到会话里。"))


def _about_again(request: StaffRequest, found: Conversation, said: str) -> HttpResponse:
    """The right side as it is now, after a verb."""
    return done(
        request, "desk/_bench_picture.html", target="#bench-picture > *", talk=found, now=request.now,
        said=said, picture=pictures.of_talk(request.person, found),
    )  # fmt: skip


@may("journey.trace")
@require_POST
def send_parcel(request: StaffRequest, no: str) -> HttpResponse:
    """A parcel to the customer, as a card; pressed twice within a minute it is one."""
    found, form = queries.talk_of(request.person, no), read(OneParcel, request)
    key = f"desk:{request.person.pk}:{no}:{form.waybill_no}:{request.now:%m%d%H%M}"
    carding.send(found, waybill_no=form.waybill_no, by=request.person, key=key, now=request.now)
    return _about_again(request, found, _("包裹卡片已发给客户。"))


@may(talks.TALK)
@require_POST
def close(request: StaffRequest, no: str) -> HttpResponse:
    queries.talk_of(request.person, no)
    talking.close(no, because=ClosedBecause.DONE, by=request.person, now=request.now)
    return talk_again(request, no, _("会话已结束。"))


@may(talks.TALK)
def transfer(request: StaffRequest, no: str) -> HttpResponse:
    """Pass it on with a note."""
    found = queries.talk_of(request.person, no)
    colleagues = queries.colleagues(request.person, found, now=request.now)
    queues = ServiceQueue.objects.filter(under(request.person.visible_paths(talks.TALK)), is_active=True)
    if request.method != "POST":
        return part(request, "desk/_bench_transfer.html", talk=found, colleagues=colleagues, queues=queues)
    form = read(PassedOn, request)
    to = next((one.person for one in colleagues if one.seat.pk == form.colleague), None)
    queue = queues.filter(pk=form.queue).first() if form.queue else None
    if (form.colleague and to is None) or (form.queue and queue is None):
        raise NotFound(choice=form.colleague or form.queue)
    if to is None and queue is None:
        raise NobodyChosen
    talking.transfer(no, by=request.person, to=to, queue=queue, note=form.note, now=request.now)
    return talk_again(request, no, _("已转出。"))


@may(talks.TALK)
@require_http_methods(["GET", "POST"])
def call_back(request: StaffRequest, no: str) -> HttpResponse:
    """Promise the customer a call: to the number that was proven, or to one they give."""
    found = queries.talk_of(request.person, no)
    if request.method != "POST":
        latest = request.now + FURTHEST
        return part(request, "desk/_bench_call_back.html", talk=found, now=request.now, latest=latest)
    form = read(CallPromised, request)
    row = call_promises.promise(
        no, number=form.number, at=form.at or None, note=form.note, by=request.person, now=request.now
    )
    return talk_again(
        request, no, _("已列入待回电，%s 前回电。") % date_format(timezone.localtime(row.due_at), "m-d H:i")
    )


@may(talks.TALK)
@require_POST
def draft(request: StaffRequest, no: str) -> HttpResponse:
    """Unsent words, kept with the conversation."""
    found = queries.talk_of(request.person, no)
    if found.agent_id == request.person.pk:
        talking.draft(no, text=read(Draft, request).text, by=request.person, now=request.now)
    return HttpResponse(status=204)


@may(talks.TALK)
@require_POST
def seen(request: StaffRequest, no: str) -> HttpResponse:
    """The agent has read everything up to here; a supervisor who watches leaves no mark."""
    found = queries.talk_of(request.person, no)
    if found.agent_id == request.person.pk:
        talking.read(no, side=Side.AGENT, up_to=read(Read, request).up_to, now=request.now)
    return HttpResponse(status=204)


@may(talks.TALK)
@require_GET
def file(request: StaffRequest, no: str, name: str) -> HttpResponse:
    found = talks.file_in(queries.talk_of(request.person, no), name, for_customer=False)
    if found is None:
        raise NotFound(file=name)
    return sending.sent(
        file_store.read(found["file"]), content_type=found["type"], name=found["name"],
        is_shown=found["type"] in SHOWN,
    )  # fmt: skip


@may(talks.TALK)
@require_GET
def replies(request: StaffRequest) -> HttpResponse:
    """Ready answers that hold these words, the likeliest first."""
    term = request.GET.get("q", "").strip()[:40]
    found = []
    for macro in macros.usable_by(request.person):
        for action in macro.actions:
            is_answer = action.get("do") == Deed.ANSWER
            if is_answer and (term in macro.shown_name or term in action.get("text", "")):
                found.append({"name": macro.shown_name, "text": action["text"]})
    return JsonResponse({"replies": found[:REPLIES]})


@may(talks.SUPERVISE)
@require_GET
def live(request: StaffRequest) -> HttpResponse:
    """Every open conversation in reach: who talks, who waits, since when."""
    rows = queries.live(request.person)
    template = "desk/_bench_live.html" if request.headers.get("HX-Request") else "desk/bench_live.html"
    owed = sum(row.since is not None for row in rows)
    return part(request, template, rows=rows, owed=owed, paths=request.person.visible_paths(talks.SUPERVISE))


def talk_again(request: StaffRequest, no: str, said: str) -> HttpResponse:
    """The conversation as it is now, after a verb."""
    found = queries.talk_of(request.person, no)
    return done(
        request, "desk/_bench_talk.html", target=f"#talk-{no}", said=said, **_talk(request, found),
        messages_said=talks.for_colleagues(found),
    )  # fmt: skip
