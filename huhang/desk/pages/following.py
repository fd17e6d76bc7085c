"""Following a case, and whom one may name in its notes."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from huhang.desk.actions import following
from huhang.desk.models import Ticket
from huhang.desk.queries.mentions import offered
from huhang.desk.queries.tickets import reachable
from huhang.kit.doors import StaffRequest, may, part


@may("desk.see")
@require_POST
def follow(request: StaffRequest, no: str) -> HttpResponse:
    found = reachable(request.person, no)
    following.follow(ticket=found, by=request.person, now=request.now)
    return _followers(request, found)


@may("desk.see")
@require_POST
def unfollow(request: StaffRequest, no: str) -> HttpResponse:
    found = reachable(request.person, no)
    following.unfollow(ticket=found, by=request.person)
    return _followers(request, found)


def _followers(request: StaffRequest, found: Ticket) -> HttpResponse:
    followers = list(found.followers.select_related("person").order_by("since"))
    is_following = any(follower.person_id == request.person.pk for follower in followers)
    return part(request, "desk/_followers.html", ticket=found, followers=followers, is_following=is_following)


@may("desk.answer")
@require_GET
def mentionable(request: StaffRequest, no: str) -> HttpResponse:
    """Colleagues who may see this case, by what was typed after the sign."""
    found = reachable(request.person, no, "desk.answer")
    people = offered(found, request.GET.get("term", "").strip()[:40])
    return part(request, "desk/_mentionable.html", people=people)
