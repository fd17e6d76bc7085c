"""The customer's own page of a case, behind a random token. No log-in, no internal words, works without scripts."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import answering, progress
from huhang.desk.pages import limits
from huhang.desk.queries.progress import progress_of
from huhang.journey.queries.trace import arrival_of
from huhang.kit import live
from huhang.kit.doors import part, public, read
from huhang.kit.errors import DomainError, NotFound

View = Callable[..., HttpResponse]


class Rating(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    step: int
    score: int = Field(ge=1, le=5)
    words: str = Field("", max_length=500)


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field("", max_length=1000)


def customers(view: View) -> View:
    """What every answer to a customer has in common: limits, one page for whatever cannot be opened, silent headers.

    Writes need no CSRF token: no cookie gives any right here, the secret address alone does.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        try:
            limits.take(request, token)
            response = view(request, token, **kwargs)
        except NotFound:
            limits.missed(request)
            response = part(request, "desk/progress_missing.html", status=404)
        except DomainError as error:
            response = part(
                request, "desk/progress_refused.html", status=error.status, error=error, token=token
            )
        return _silent(response)

    return cast(View, public(csrf_exempt(guarded)))


def _silent(response: HttpResponse) -> HttpResponse:
    """The address is the key: no cache keeps it, no other site hears of it, no search engine lists it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


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
