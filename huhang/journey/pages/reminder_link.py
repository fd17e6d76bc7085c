"""A courier's page behind the link of an SMS: phone-size, no log-in, works without scripts, shows nothing unmasked."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.models import Outgoing
from huhang.journey.actions import acknowledging
from huhang.journey.actions.acknowledging import Teller
from huhang.journey.queries import reminders
from huhang.kit.bearers import bearers_of
from huhang.kit.doors import part, read
from huhang.kit.limits import Limits

LIMITS = Limits("journey.reminders", writes_of_token=30)
bearers = bearers_of(LIMITS, missing="journey/reminder_missing.html", refused="journey/reminder_refused.html")


class Chosen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reminder: list[int] = Field(min_length=1, max_length=500)


@bearers
@require_GET
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What the bearer is asked; opening it is the read receipt."""
    now = timezone.now()
    message = acknowledging.of_link(token, now=now)
    acknowledging.open_page(message, now=now)
    piles = reminders.piles(acknowledging.of_message(message), now=now)
    return part(
        request, "journey/reminder_link.html", token=token, message=message, piles=piles,
        waiting=sum(len(pile.waiting) for pile in piles), done=request.GET.get("done", ""),
    )  # fmt: skip


@bearers
@require_POST
def handle(request: HttpRequest, token: str) -> HttpResponse:
    """I will act."""
    message = acknowledging.of_link(token, now=timezone.now())
    acknowledging.acknowledge(reminder_ids=_theirs(request, message), by=_teller(message), now=timezone.now())
    return _back(token, "handling")


@bearers
@require_POST
def pass_on(request: HttpRequest, token: str) -> HttpResponse:
    """Not mine."""
    message = acknowledging.of_link(token, now=timezone.now())
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
