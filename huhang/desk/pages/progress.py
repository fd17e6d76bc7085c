"""The customer's own page of a case, behind a random token. No log-in, no internal words, works without scripts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import customers, linking, progress
from huhang.desk.models import Ticket
from huhang.desk.pages.files import sent
from huhang.desk.queries.asking import asked_about
from huhang.desk.queries.attachments import served, shared_file
from huhang.desk.queries.progress import elsewhere, frames_allowed, progress_of
from huhang.desk.rules.progress import Purpose
from huhang.journey.queries.trace import arrival_of
from huhang.kit import live
from huhang.kit.bearers import bearers_of
from huhang.kit.doors import part, read
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.limits import Limits
from huhang.kit.received import FileTooLarge, Ready, readied
from huhang.kit.uploads import PATTERN, given, too_much

# What every answer to a customer has in common; a page of twenty small pictures is one look.
LIMITS = Limits("desk.progress")
PICTURES = Limits("desk.progress.files", from_address=600, of_token=300)
MISSING, REFUSED = "desk/progress_missing.html", "desk/progress_refused.html"
customers_of = bearers_of(LIMITS, missing=MISSING, refused=REFUSED)
viewers_of = bearers_of(PICTURES, missing=MISSING, refused=REFUSED)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Rating(Form):
    step: int
    score: int = Field(ge=1, le=5)
    words: str = Field("", max_length=500)


class Message(Form):
    text: str = Field("", max_length=1000)
    # Browsers send an empty word in place of files when none was chosen.
    files: str = Field("", max_length=0)


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer at the door: which case the token opens, when, in which language, and whether inside a frame."""

    request: HttpRequest
    token: str
    ticket: Ticket
    purpose: Purpose
    now: datetime
    chosen: str

    @property
    def query(self) -> str:
        """What keeps a chosen language on the next address: no cookie has to."""
        return f"?lang={self.chosen}" if self.chosen else ""

    @property
    def home(self) -> str:
        return reverse(f"progress:{self.purpose}", args=[self.token])

    def back(self, thanks: str, anchor: str) -> HttpResponse:
        words = {"thanks": thanks} | ({"lang": self.chosen} if self.chosen else {})
        return HttpResponseRedirect(f"{self.home}?{urlencode(words)}#{anchor}")


Seen = Callable[..., HttpResponse]
Bearers = Callable[[Seen], Seen]


def door(method: str, bearers: Bearers = customers_of) -> Callable[[Seen], Seen]:
    """What stands before each of these pages: limits, the token, the language, and who may frame it."""

    def wrap(view: Seen) -> Seen:
        @wraps(view)
        def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            visit = _visit(request, token)
            try:
                if request.method == "POST":
                    _let_write(request)
                response = view(visit, **kwargs)
            except NotFound:
                raise
            except DomainError as error:
                response = part(request, REFUSED, status=error.status, error=error, visit=visit)
            return _framed(visit, response)

        return _in_chosen_language(bearers(opened))

    return wrap


def _visit(request: HttpRequest, token: str) -> Visit:
    now = timezone.now()
    link = progress.link_of(token, now=now)
    return Visit(
        request=request, token=token, ticket=linking.survivor_of(link.ticket), purpose=Purpose(link.purpose),
        now=now, chosen=_chosen(request),
    )  # fmt: skip


def _let_write(request: HttpRequest) -> None:
    """Nobody who is signed in as ours speaks or rates in a customer's name; and nobody sends without end."""
    if request.user.is_authenticated:
        raise customers.StaffCannotSpeak
    if too_much(request):
        raise FileTooLarge


def _framed(visit: Visit, response: HttpResponse) -> HttpResponse:
    """Whose pages may show this one: those of the business customer for a token made for it, else nobody's."""
    if visit.purpose == Purpose.EMBED:
        origins = frames_allowed(visit.ticket)
        response.frame_ancestors = " ".join(origins) or "'none'"  # type: ignore[attr-defined]
        response.xframe_options_exempt = bool(origins)
    return response


def _chosen(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else ""


def _in_chosen_language(view: Seen) -> Seen:
    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = _chosen(request)
        if not chosen:
            return view(request, *args, **kwargs)
        with translation.override(chosen):
            response = view(request, *args, **kwargs)
        response["Content-Language"] = chosen
        return response

    return spoken


@door("GET")
def page(visit: Visit) -> HttpResponse:
    """What has been done, what is owed now, by whom and by when."""
    return _shown(visit, Purpose.PAGE)


@door("GET")
def embed(visit: Visit) -> HttpResponse:
    """The same inside the page of a business customer."""
    return _shown(visit, Purpose.EMBED)


def _shown(visit: Visit, purpose: Purpose) -> HttpResponse:
    if visit.purpose != purpose:
        raise NotFound
    ticket, request = visit.ticket, visit.request
    if ticket.merged_into_id:
        return part(request, "desk/progress_merged.html", visit=visit, case=elsewhere(ticket))
    return part(
        request,
        "desk/progress.html",
        visit=visit,
        token=visit.token,
        ticket=ticket,
        progress=progress_of(ticket, now=visit.now),
        arrival=arrival_of(ticket.waybill_no, now=visit.now),
        live_token=live.sign([f"desk.ticket#{ticket.no}"]),
        thanks=request.GET.get("thanks", ""),
        accept=PATTERN,
        asked=asked_about(ticket) if purpose == Purpose.PAGE and not ticket.is_live else None,
    )


@door("POST")
def rate(visit: Visit) -> HttpResponse:
    """Stars and words for one finished step."""
    form = read(Rating, visit.request)
    progress.rate(ticket=visit.ticket, step_id=form.step, score=form.score, words=form.words, now=visit.now)
    return visit.back("rating", f"step-{form.step}")


@door("POST")
def say(visit: Visit) -> HttpResponse:
    """Something the customer adds: words, pictures, or both."""
    files = _files(visit)
    text = read(Message, visit.request).text
    customers.say(ticket=visit.ticket, text=text, files=files, now=visit.now)
    return visit.back("words", "words")


@door("POST")
def human(visit: Visit) -> HttpResponse:
    """A human, please."""
    customers.ask_for_human(ticket=visit.ticket, now=visit.now)
    return visit.back("human", "human")


@door("POST")
def solved(visit: Visit) -> HttpResponse:
    customers.confirm(ticket=visit.ticket, now=visit.now)
    return visit.back("solved", "verdict")


@door("POST")
def unsolved(visit: Visit) -> HttpResponse:
    """Not solved: the case is taken up again."""
    files = _files(visit)
    words = read(Message, visit.request).text
    customers.disagree(ticket=visit.ticket, words=words, files=files, now=visit.now)
    return visit.back("reopened", "promise")


def _files(visit: Visit) -> list[Ready]:
    return readied(given(visit.request.FILES.getlist("files")))


@door("GET", viewers_of)
def file(visit: Visit, attachment_id: int) -> HttpResponse:
    return sent(served(shared_file(visit.ticket, attachment_id), small=False))


@door("GET", viewers_of)
def small(visit: Visit, attachment_id: int) -> HttpResponse:
    return sent(served(shared_file(visit.ticket, attachment_id), small=True))


@customers_of
@require_GET
def nothing(request: HttpRequest, token: str) -> HttpResponse:
    """An address without a token: the same answer as a wrong one."""
    raise NotFound
