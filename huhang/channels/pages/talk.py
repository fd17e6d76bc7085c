"""The customer's chat on a page of ours: JSON behind a visitor's secret, and the page that speaks it.

No cookie gives any right here: the secret travels in a header, so a frame on another site works and no site can
speak for a visitor. Every word has a name given by the browser, so that sending it again after a cut line is harmless.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import lines, self_service, talking, visiting, words
from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Address, Conversation, Entrance, Message
from huhang.channels.queries import parcel_cards, talks
from huhang.channels.queries.entrances import closed_words
from huhang.channels.queries.talks import sentence
from huhang.channels.rules.conversation import Side, Stage
from huhang.channels.rules.parcel_card import CARD
from huhang.channels.rules.visitors import is_key
from huhang.kit import file_store, live, sending
from huhang.kit.doors import part, public, read
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.file_types import SHOWN
from huhang.kit.languages import shown
from huhang.kit.limits import Limits
from huhang.kit.received import readied
from huhang.kit.reveal import address_of
from huhang.kit.uploads import PATTERN, given, too_much

LIMITS = Limits("channels.talk", from_address=1200, of_token=600, writes_of_token=120)
PAGES = Limits("channels.talk.page", from_address=240, of_token=240)
SECRET_HEADER = "X-Visitor"


class NameMissing(BadInput):
    """消息没有编号，无法确认是否重复；请刷新页面后重发。"""


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    no: str = Field(max_length=16)


class Said(Form):
    key: str = Field(max_length=64)
    text: str = Field("", max_length=5000)
    files: str = Field("", max_length=0)


class Begun(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scenario: str = Field("", max_length=40)


class Typed(Form):
    text: str = Field("", max_length=2000)


class Read(Form):
    up_to: int = Field(ge=0, le=1_000_000)


F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Visit:
    """A known visitor at an entrance."""

    request: HttpRequest
    entrance: Entrance
    address: Address
    now: datetime

    def asked(self, form: type[F]) -> F:
        return read(form, self.request)

    # The talk that was asked for, where one was named.
    named: Conversation | None = None

    def conversation(self, no: str) -> Conversation:
        if self.named is None or self.named.no != no:
            raise NotFound(conversation=no)
        return self.named


Seen = Callable[[Visit], HttpResponse]


def visitors(view: Seen) -> Callable[..., HttpResponse]:
    """The door for known visitors: limits, the secret, refusals as JSON."""

    @wraps(view)
    def guarded(request: HttpRequest, key: str) -> HttpResponse:
        secret = request.headers.get(SECRET_HEADER, "")
        try:
            LIMITS.take(request, secret or address_of(request))
            return _silent(view(_visit(request, key, secret)))
        except DomainError as error:
            return _silent(_refused(error))

    return cast("Callable[..., HttpResponse]", public(csrf_exempt(guarded)))


def _visit(request: HttpRequest, key: str, secret: str) -> Visit:
    """Who comes, where, and with which talk: known by one statement when all of it is right."""
    now, asked = (
        timezone.now(),
        request.POST if request.method == "POST" and not too_much(request) else request.GET,
    )
    named = talks.named(key, asked.get("no", ""), secret)
    if named:
        return Visit(request, named.entrance, named.address, now, named)
    entrance = _entrance(key)
    address = talks.visitor(entrance, secret)
    if address is None:
        LIMITS.missed(request)
        raise NotFound(visitor=key)
    return Visit(request, entrance, address, now)


@public
@require_GET
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The chat as a page of its own, or in a frame on a website that the entrance allows."""
    PAGES.take(request, address_of(request))
    entrance, now = _entrance(key), timezone.now()
    has_people = lines.has_people(entrance, now)
    with _language(request):
        closed = "" if has_people else closed_words(entrance, lines.opens_at(entrance, now))
        response = part(
            request, "channels/talk.html", entrance=entrance, greeting=shown(entrance.greeting), closed=closed,
            has_people=has_people, accept=PATTERN, is_framed="frame" in request.GET,
        )  # fmt: skip
    allowed = " ".join(entrance.origins) or "*"
    response.frame_ancestors = allowed  # type: ignore[attr-defined]
    response.xframe_options_exempt = True
    return _silent(response)


@public
@require_GET
def widget(request: HttpRequest, key: str) -> HttpResponse:
    """One line on a website: a button that opens the chat in a frame, which belongs to us and to no one else."""
    entrance = _entrance(key)
    with _language(request):
        response = part(
            request, "channels/widget.js", title=gettext("在线客服"), close=gettext("收起"),
            address=f"{settings.PUBLIC_URL}{reverse('talk:page', args=[entrance.key])}?frame=1",
        )  # fmt: skip
    response["Content-Type"] = "text/javascript; charset=utf-8"
    response["Cache-Control"] = "public, max-age=300"
    return response


@public
@csrf_exempt
@require_POST
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Come in: with a secret from before the talk goes on, without one a new visitor gets theirs."""
    try:
        # Who has no secret yet is counted by their address: an entrance is for as many as come.
        LIMITS.take(request, request.headers.get(SECRET_HEADER, "") or address_of(request))
        entrance, now = _entrance(key), timezone.now()
        form = read(Begun, request)
        secret, conversation = visiting.come(
            entrance, secret=request.headers.get(SECRET_HEADER, ""), scenario=form.scenario, now=now,
            spoken=_spoken(request),
        )  # fmt: skip
    except DomainError as error:
        return _silent(_refused(error))
    with _language(request):
        told = _told(conversation, 0, now)
    return _silent(JsonResponse({"secret": secret, **told, **_push(conversation)}))


@visitors
def news(visit: Visit) -> HttpResponse:
    """What was said since, and where the talk stands; without a number, the talk that goes on here, if any."""
    asked = visit.request.GET
    after, no = asked.get("after", "0"), asked.get("no", "")
    conversation = visit.conversation(no) if no else talks.running(visit.address, visit.entrance)
    if conversation is None:
        return JsonResponse({})
    with _language(visit.request):
        told = _told(conversation, int(after) if after.isdecimal() else 0, visit.now)
    return JsonResponse(told if no else {**told, **_push(conversation)})


@visitors
def say(visit: Visit) -> HttpResponse:
    """A word, files, or both."""
    if too_much(visit.request):
        raise BadInput
    form = visit.asked(Said)
    if not is_key(form.key):
        raise NameMissing
    visit.conversation(form.no)
    ready = readied(given(visit.request.FILES.getlist("files")))
    files = [
        {
            "file": file_store.keep(one.content),
            "name": one.name,
            "type": one.known.content_type,
            "size": len(one.content),
        }
        for one in ready
    ]
    message = talking.customer_says(
        form.no, text=form.text, files=files, key=f"web:{visit.address.pk}:{form.key}", now=visit.now
    )
    self_service.heard(message, now=visit.now)
    return JsonResponse({"seq": message.seq, "announced": list(message.announced)})


@visitors
def human(visit: Visit) -> HttpResponse:
    """Ask for a person."""
    form = visit.asked(Form)
    visit.conversation(form.no)
    talking.ask_for_somebody(form.no, now=visit.now)
    return JsonResponse({})


@visitors
def typing(visit: Visit) -> HttpResponse:
    """What is being typed."""
    form = visit.asked(Typed)
    visit.conversation(form.no)
    talking.type_ahead(form.no, text=form.text, now=visit.now)
    return JsonResponse({})


@visitors
def seen(visit: Visit) -> HttpResponse:
    """Everything up to here was read."""
    form = visit.asked(Read)
    visit.conversation(form.no)
    talking.read(form.no, side=Side.CUSTOMER, up_to=form.up_to, now=visit.now)
    return JsonResponse({})


@visitors
def leave(visit: Visit) -> HttpResponse:
    """The customer ends it."""
    form = visit.asked(Form)
    visit.conversation(form.no)
    visiting.leave(visit.address, form.no, now=visit.now)
    return JsonResponse({})


@visitors
def file(visit: Visit) -> HttpResponse:
    """A picture or file of the talk."""
    asked = visit.request.GET
    found = talks.file_in(visit.conversation(asked.get("no", "")), asked.get("file", ""), for_customer=True)
    if found is None:
        raise NotFound(file=asked.get("file", ""))
    return sending.sent(
        file_store.read(found["file"]), content_type=found["type"], name=found["name"],
        is_shown=found["type"] in SHOWN,
    )  # fmt: skip


def _entrance(key: str) -> Entrance:
    found = talks.entrance_of(key)
    if found is None:
        raise NotFound(entrance=key)
    return found


def _told(conversation: Conversation, after: int, now: datetime) -> dict[str, Any]:
    """Where it stands, in the customer's words."""
    waiting = lines.place_of(conversation, now=now) if conversation.stage == Stage.WAITING else None
    return {
        "no": conversation.no,
        "stage": conversation.stage,
        "ahead": waiting.ahead if waiting else None,
        "wait": int(waiting.wait.total_seconds()) if waiting and waiting.wait else None,
        "agent": str(conversation.agent)
        if conversation.agent and conversation.stage == Stage.TALKING
        else "",
        "read": conversation.read_by_agent,
        "is_typing": talks.is_typing(conversation, now),
        "messages": [as_told(message) for message in talks.for_customer(conversation, after=after)],
    }


def _push(conversation: Conversation) -> dict[str, Any]:
    """By what the page hears that something is new."""
    return {"topic": live.sign([f"{words.CUSTOMERS}#{conversation.no}"]), "last": live.latest()}


def as_told(message: Message) -> dict[str, Any]:
    """A message as the page draws it."""
    return {
        "seq": message.seq,
        "key": message.key.rpartition(":")[2] if message.side == Side.CUSTOMER else "",
        "side": message.side,
        "name": message.name,
        "sort": message.sort,
        "text": sentence(message) if message.side == Side.HOUSE else message.text,
        "data": _card(message.data) if message.sort == "card" else {},
        "files": [
            {"file": f["file"], "name": f["name"], "type": f["type"], "size": f["size"]}
            for f in message.files
        ],
        "at": message.at.isoformat(),
    }


def _card(data: dict[str, Any]) -> dict[str, Any]:
    """A card as the page draws it. Of one behind a secret address the table keeps the key; it is spelled out here."""
    if data.get("card") == CARD:
        return parcel_cards.for_page(data)
    if "link_key" not in data:
        return data
    shown = {name: value for name, value in data.items() if name != "link_key"}
    return {**shown, "link": data["link"].format(token=token_of(data["link_key"]))}


def _language(request: HttpRequest) -> Any:
    return translation.override(_chosen(request))


def _chosen(request: HttpRequest) -> str | None:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else translation.get_language()


def _spoken(request: HttpRequest) -> str:
    """The language to look for in whoever answers; nothing where it is everybody's."""
    chosen = _chosen(request)
    return chosen if chosen and chosen != settings.LANGUAGE_CODE else ""


def _refused(error: DomainError) -> HttpResponse:
    return JsonResponse({"error": str(error)}, status=error.status)


def _silent(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "no-store")
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
