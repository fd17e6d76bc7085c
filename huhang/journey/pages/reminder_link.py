"""A courier's page behind the link of an SMS: phone-size, no log-in, works without scripts, shows nothing unmasked."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.models import Outgoing
from huhang.journey.actions import acknowledging
from huhang.journey.actions.acknowledging import Teller
from huhang.journey.queries import reminders
from huhang.kit.doors import part, public, read
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.limits import Limits

LIMITS = Limits("journey.reminders", writes_of_token=30)
View = Callable[..., HttpResponse]


class Chosen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reminder: list[int] = Field(min_length=1, max_length=500)


def bearers(view: View) -> View:
    """Limits, one page for whatever cannot be opened, silent headers.

    Writes need no CSRF token: no cookie gives any right here, the secret address alone does.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        try:
            LIMITS.take(request, token)
            response = view(request, acknowledging.of_link(token, now=timezone.now()), token, **kwargs)
        except NotFound:
            LIMITS.missed(request)
            response = part(request, "journey/reminder_missing.html", status=404)
        except DomainError as error:
            response = part(request, "journey/reminder_refused.html", status=error.status, error=error)
        return _silent(response)

    return cast(View, public(csrf_exempt(guarded)))


def _silent(response: HttpResponse) -> HttpResponse:
    """The address is the key: no cache keeps it, no other site hears of it, no search engine lists it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bearers
@require_GET
def page(request: HttpRequest, message: Outgoing, token: str) -> HttpResponse:
    """What the bearer is asked; opening it is the read receipt."""
    now = timezone.now()
    acknowledging.open_page(message, now=now)
    piles = reminders.piles(acknowledging.of_message(message), now=now)
    return part(
        request, "journey/reminder_link.html", token=token, message=message, piles=piles,
        waiting=sum(len(pile.waiting) for pile in piles), done=request.GET.get("done", ""),
    )  # fmt: skip


@bearers
@require_POST
def handle(request: HttpRequest, message: Outgoing, token: str) -> HttpResponse:
    """I will act."""
    acknowledging.acknowledge(reminder_ids=_theirs(request, message), by=_teller(message), now=timezone.now())
    return _back(token, "handling")


@bearers
@require_POST
def pass_on(request: HttpRequest, message: Outgoing, token: str) -> HttpResponse:
    """Not mine."""
    acknowledging.pass_on(reminder_ids=_theirs(request, message), by=_teller(message), now=timezone.now())
    return _back(token, "passed")


def _theirs(request: HttpRequest, message: Outgoing) -> list[int]:
    """Of what was chosen, what this link opens."""
    chosen = read(Chosen, request).reminder
    return list(acknowledging.of_message(message).filter(pk__in=chosen).values_list("pk", flat=True))


def _teller(message: Outgoing) -> Teller:
    return Teller(acknowledging.name_of(message), "link")


def _back(token: str, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('reminder:page', args=[token])}?done={done}")
