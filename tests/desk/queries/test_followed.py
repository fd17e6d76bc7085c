"""Cases by who follows them: on the page, in views and over the API, and never beyond what one may see."""

import pytest

from huhang.desk.actions import following
from huhang.desk.queries.tickets import Filters, listed
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller
from tests.desk.api.test_api import post as ask
from tests.desk.pages.test_pages import get, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db


def numbers(person: Person, follower: str) -> set[str]:
    filters = Filters.from_query({"follower": follower})
    return {ticket.no for ticket in listed(person, filters, now=NOON)}


def test_by_oneself_by_a_colleague_and_by_nobody(cast: Cast) -> None:
    mine, theirs, lonely = (a_ticket(cast) for _ in range(3))
    following.follow(ticket=mine, by=cast.gao, now=NOON)
    following.follow(ticket=theirs, by=cast.lin, now=NOON)
    assert numbers(cast.gao, "me") == {mine.no}
    assert numbers(cast.gao, "lin") == {theirs.no}
    assert lonely.no in numbers(cast.gao, "none")
    assert numbers(cast.gao, "nobody-of-that-name") == set()
    assert numbers(cast.gao, "' OR 1=1") == {mine.no, theirs.no, lonely.no}  # means nothing: no filter


def test_only_among_what_one_may_see(cast: Cast) -> None:
    foreign = factory.ticket(cast.unit("SZ-GS"), now=NOON)
    factory.follower(foreign, cast.gao, now=NOON)
    assert numbers(cast.gao, "me") == numbers(cast.gao, "gao") == set()
    assert numbers(cast.qian, "gao") == {foreign.no}


def test_every_door_knows_it(cast: Cast) -> None:
    ticket, client = a_ticket(cast), caller(cast.gao)
    a_ticket(cast)
    following.follow(ticket=ticket, by=cast.gao, now=NOON)
    shown = text(get(cast.gao, "desk:tickets", query="?follower=me"))
    assert "关注人" in shown
    assert [row["no"] for row in client.get("/api/v1/tickets?follower=me").json()["items"]] == [ticket.no]
    assert client.get("/api/v1/tickets?follower=%27").status_code == 422
    view = ask(client, "/views", {"name": "我关注的单", "filters": {"follower": "me"}}).json()
    rows = client.get(f"/api/v1/views/{view['id']}/tickets").json()["items"]
    assert [row["no"] for row in rows] == [ticket.no]
    assert ticket.no in text(get(cast.gao, "desk:tickets_csv", query="?follower=gao"))
