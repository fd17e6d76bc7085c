"""The customer's own page of a case, behind a random token. No log-in, no internal words, works without scripts."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import answering, progress
from huhang.desk.queries.progress import progress_of
from huhang.journey.queries.trace import arrival_of
from huhang.kit import live
from huhang.kit.bearers import bearers_of
from huhang.kit.doors import part, read
from huhang.kit.errors import NotFound
from huhang.kit.limits import Limits

# What every answer to a customer has in common.
LIMITS = Limits("desk.progress")
customers = bearers_of(LIMITS, missing="desk/progress_missing.html", refused="desk/progress_refused.html")


class Rating(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    step: int
    score: int = Field(ge=1, le=5)
    words: str = Field("", max_length=500)


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field("", max_length=1000)


@customers
@require_GET
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What has been done, what is owed now, by whom and by when."""
    now = timezone.now()
    ticket = progress.ticket_of(token, now=now)
    return part(
        request,
        "desk/progress.html",
        token=token,
        ticket=ticket,
        progress=progress_of(ticket, now=now),
        arrival=arrival_of(ticket.waybill_no, now=now),
        live_token=live.sign([f"desk.ticket#{ticket.no}"]),
        thanks=request.GET.get("thanks", ""),
    )


@customers
@require_POST
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Stars and words for one finished step."""
    now = timezone.now()
    ticket = progress.ticket_of(token, now=now)
    form = read(Rating, request)
    progress.rate(ticket=ticket, step_id=form.step, score=form.score, words=form.words, now=now)
    return _back(token, "rating", f"step-{form.step}")


@customers
@require_POST
def say(request: HttpRequest, token: str) -> HttpResponse:
    """Something the customer adds."""
    now = timezone.now()
    ticket = progress.ticket_of(token, now=now)
    answering.hear(ticket=ticket, text=read(Message, request).text, now=now)
    return _back(token, "words", "words")


def _back(token: str, thanks: str, anchor: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('progress:page', args=[token])}?thanks={thanks}#{anchor}")


@customers
@require_GET
def nothing(request: HttpRequest, token: str) -> HttpResponse:
    """An address without a token: the same answer as a wrong one."""
    raise NotFound
