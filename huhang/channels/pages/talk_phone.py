"""A visitor leaves a telephone: to be called, or to show that it is theirs and go on with what they said elsewhere."""

from typing import Literal

from django.http import HttpResponse, JsonResponse
from pydantic import Field

from huhang.channels.actions import call_promises, proving
from huhang.channels.pages.talk import Form, Visit, visitors
from huhang.kit.limits import Limits

# Each may ring somebody's telephone: far fewer than words.
LIMITS = Limits("channels.talk.phone", from_address=20, of_token=6, writes_of_token=6)


class Left(Form):
    number: str = Field("", max_length=32)
    wish: Literal["call", "prove"]


@visitors
def phone(visit: Visit) -> HttpResponse:
    """What follows is said in the talk."""
    form = visit.asked(Left)
    talk = visit.conversation(form.no)
    LIMITS.take(visit.request, str(visit.address.pk))
    if form.wish == "call":
        call_promises.ask(talk.no, number=form.number, now=visit.now)
    else:
        proving.ask(talk.no, number=form.number, now=visit.now)
    return JsonResponse({})
