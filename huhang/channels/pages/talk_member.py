"""A visitor who is signed in at the website around the chat: the site has signed who they are."""

from django.http import HttpResponse, JsonResponse
from pydantic import Field

from huhang.channels.actions import members
from huhang.channels.pages.talk import Form, Visit, visitors
from huhang.channels.rules.members import LONGEST


class Signed(Form):
    token: str = Field(min_length=1, max_length=LONGEST)


@visitors
def member(visit: Visit) -> HttpResponse:
    """A sign-in that does not hold takes nothing away: the talk goes on with somebody unknown."""
    form = visit.asked(Signed)
    members.recognise(visit.conversation(form.no).no, form.token, now=visit.now)
    return JsonResponse({})
