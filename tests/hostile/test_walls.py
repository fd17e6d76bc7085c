"""Every route of the house, walked by people who have no business there: no word of the outlet 吴中 comes out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from huhang.config.api import api
from huhang.desk.models import Ticket
from huhang.kit import live
from huhang.network.models import Person
from huhang.network.rules.tree import above
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import network
from tests.hostile import forms
from tests.hostile.ground import PHONE, WAYBILL, WORD, Scene, browser, scene
from tests.hostile.watched import CAPTURE, HANDLED, HELD

pytestmark = pytest.mark.django_db
ROOMS = ("desk", "journey", "network", "metrics", "channels")
# What a curious person sends along with every address.
ASKED = {
    "q": WORD, "unit": "SZ-WZ", "org": "SZ-WZ", "at": "SZ-WZ", "waybill": WAYBILL, "waybill_no": WAYBILL,
    "owner": "gao", "scope": "below", "state": "all", "kind": "complaint", "term": WORD, "find": WAYBILL,
    "node": "SZ-WZ", "period": "30", "level": "unit", "source": "api:gao",
}  # fmt: skip
POSTED = {
    "text": "x", "result": "x", "unit": "SZ-GS", "reason": "x", "purpose": "contact", "role": "administrator",
    "password": "a-long-enough-one-7", "name": "x", "days": "9", "on": "1", "no": "x", "version": "1",
}  # fmt: skip
# Tables that fill by themselves: who is signed in, and what the house counts.
UNWATCHED = ("django_", "procrastinate_", "metrics_", "kit_outbox", "kit_fact")
# A partner's door lets everybody in as far as his signature: see test_push_doors.
SIGNED = "/journey/in/"


@pytest.fixture
def walked(cast: Cast) -> Scene:
    return scene(cast)


def addresses(scene: Scene) -> Iterator[str]:
    """One address for each route, with the ids of what belongs to the outlet."""
    for pattern in get_resolver().url_patterns:
        room = str(pattern.pattern).strip("/")
        if isinstance(pattern, URLResolver) and room in ROOMS:
            for route in pattern.url_patterns:
                assert isinstance(route, URLPattern)
                yield _filled(f"/{room}/{route.pattern}", scene.arguments[room])
    for kind, key in scene.arguments["also"].items():
        yield f"/network/{kind}/{key}/edit/"
        yield f"/network/{kind}/{key}/reveal/"
        yield f"/network/{kind}/export.csv"
    yield "/search/"
    yield "/"


def _filled(route: str, values: dict[str, object]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), route)


def told(response: Any, address: str) -> str:
    """What came back, without the address that was asked for: it holds the numbers that were guessed."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode(errors="replace")).replace(address, "").replace("</span><span>", "")


def leaks(shown: str, scene: Scene) -> list[str]:
    """A search box repeats the word that was typed; what was not typed is a leak."""
    secrets = [PHONE, scene.ticket.no, HELD, HANDLED, *(WORD + end for end in ENDS)]
    return [word for word in secrets if word in shown]


ENDS = "题文名注收员通客递片高风站密号承词细原信因答确转"
# Whoever may open a case or a customer of his own may do so; somebody without work takes the next case that is his.
OWN = ("/desk/next/", "/desk/open/", "/network/people/new/", "/network/customers/new/", "/network/imports/")
STRANGERS = ("the owner next door", "nobody", "lead", "courier", "clerk", "auditor", "administrator")


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("as_part", [False, True])
def test_a_stranger_reads_nothing(walked: Scene, who: str, as_part: bool) -> None:
    client = browser(walked.strangers[who], raising=False)
    headers = {"HX-Request": "true"} if as_part else {}
    found, broken = {}, {}
    for address in addresses(walked):
        for query in ({}, ASKED):
            response = client.get(address, query, headers=headers)
            if words := leaks(told(response, address), walked):
                found[address, bool(query)] = words
            if response.status_code >= 500:
                broken[address] = response.status_code
    assert not found
    assert not broken


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_changes_nothing(walked: Scene, who: str) -> None:
    client = browser(walked.strangers[who], raising=False)
    before, right = _written(), forms.of_the_watch(str(walked.arguments["journey"]["slug"]))
    found, broken = {}, {}
    for address in addresses(walked):
        if address.startswith(OWN) or SIGNED in address:
            continue
        form = forms.for_address(right, address)
        response = client.post(address, POSTED if form is None else form, headers={"HX-Request": "true"})
        if words := leaks(told(response, address), walked):
            found[address] = words
        if response.status_code >= 500:
            broken[address] = response.status_code
        assert _written() == before, address
    assert not found
    assert not broken


def test_a_partners_secret_is_shown_to_nobody_again(walked: Scene) -> None:
    client = browser(walked.cast.hua)
    shown = [address for address in addresses(walked) if f"{WORD}密" in told(client.get(address), address)]
    assert not shown


def test_the_forms_are_right(walked: Scene) -> None:
    """Of those who may, each is taken: otherwise the wall before this one would prove nothing."""
    idle = []
    for end in forms.of_the_watch(slug := str(walked.arguments["journey"]["slug"])):
        with transaction.atomic():
            before = _written()
            form = forms.of_the_watch(slug)[end]
            answer = browser(walked.cast.hua).post(f"/journey{end}", form, headers={"HX-Request": "true"})
            if _written() == before:
                idle.append((end, answer.status_code, answer.content.decode()[:300]))
            transaction.set_rollback(True)
    assert not idle


def test_every_write_of_the_watch_has_its_form(walked: Scene) -> None:
    right = forms.of_the_watch(str(walked.arguments["journey"]["slug"]))
    client, plain = browser(walked.cast.hua), []
    for address in addresses(walked):
        if (
            address.startswith("/journey/")
            and SIGNED not in address
            and forms.for_address(right, address) is None
        ):
            before = _written()
            if client.post(address, POSTED).status_code != 405 or _written() != before:
                plain.append(address)
    assert plain == [f"/journey/w/{WAYBILL}/reveal/receiver/"]


def _written() -> dict[str, str]:
    """A print of every table that a verb would change."""
    with connection.cursor() as cursor:
        prints = {}
        for table in (
            name for name in connection.introspection.table_names(cursor) if not name.startswith(UNWATCHED)
        ):
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            )
            prints[table] = cursor.fetchone()[0]
        return prints


def test_nobody_signed_in_is_sent_to_the_door(walked: Scene) -> None:
    client = Client()
    for address in addresses(walked):
        if SIGNED in address:
            continue
        for method in (client.get, client.post):
            response = method(address)
            assert response.status_code in (302, 405), address
            if response.status_code == 302:
                assert response["Location"].startswith("/login/"), address


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            yield method, path


def test_the_api_asks_for_a_token(walked: Scene) -> None:
    """Neither a page's session nor an old, foreign or empty token is one."""
    client = browser(walked.cast.hua)
    for method, path in operations():
        address = path.format(no=walked.ticket.no, kpi="response_15min", capture_id=CAPTURE)
        for headers in (
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer hh_x"},
            {"Authorization": "Basic aGk6aGk="},
        ):
            response = getattr(client, method)(address, {}, content_type="application/json", headers=headers)
            assert response.status_code == 401, (method, path, headers)


@pytest.mark.parametrize("who", STRANGERS)
def test_a_strangers_token_opens_nothing(walked: Scene, who: str) -> None:
    network.api_token(walked.strangers[who], "hh_stranger", timezone.now())
    client = Client(headers={"Authorization": "Bearer hh_stranger"}, raise_request_exception=False)
    before = _written()
    for method, path in operations():
        if method == "post" and path.endswith(("/tickets", "/scans", "/capture")):
            continue  # opens something of one's own
        asked = (
            {"org": "SZ-WZ"}
            if "metrics" in path
            else {"unit": "SZ-WZ"}
            if path.endswith(("tickets", "hits"))
            else {}
        )
        no = WAYBILL if "waybills" in path else walked.ticket.no
        send = getattr(client, method)
        address = path.format(no=no, kpi="response_15min", capture_id=CAPTURE)
        response = (
            send(address, asked)
            if method == "get"
            else send(address, POSTED, content_type="application/json")
        )
        assert response.status_code < 500, path
        assert not leaks(response.content.decode().replace(no, ""), walked), path
        if "{" in path:
            assert response.status_code in (403, 404, 422), path
    assert _written() == before


@pytest.mark.parametrize("who", ["gao", "qian", "lin", "hua", "nobody"])
def test_every_way_shows_the_same_cases(cast: Cast, who: str) -> None:
    """Page, file, API and search start at one filter."""
    for unit, at in (("SZ-WZ", "SZ-WZ"), ("SZ-GS", "SZ-GS"), ("HZ-XH", "HZ-XH"), ("HZ-XH", "SZ-WZ")):
        a_ticket(cast, unit=cast.unit(unit), title=f"同一句话 {unit} {at}")
    Ticket.objects.filter(title__endswith="HZ-XH SZ-WZ").update(at_path=cast.unit("SZ-WZ").path)
    person = cast.people[who]
    network.api_token(person, f"hh_{who}", timezone.now())
    client, robot = browser(person), Client(headers={"Authorization": f"Bearer hh_{who}"})
    query = {"state": "all", "q": "同一句话"}
    ways = {
        "page": client.get("/desk/tickets/", query),
        "file": client.get("/desk/tickets.csv", query),
        "api": robot.get("/api/v1/tickets", {"q": "同一句话"}),
        "search": client.get("/search/", {"q": "同一句话"}),
    }
    shown = {way: set(re.findall(r"T\d{8}", response.content.decode())) for way, response in ways.items()}
    may = {ticket.no for ticket in Ticket.objects.all() if _may_see(person, ticket)}
    assert shown == dict.fromkeys(ways, may)
    assert len(may) == {"gao": 2, "qian": 1, "lin": 4, "hua": 4, "nobody": 0}[who]


def _may_see(person: Person, ticket: Ticket) -> bool:
    return person.may("desk.see", ticket.path) or person.may("desk.see", ticket.at_path)


def test_a_page_hears_only_of_its_own_units(walked: Scene) -> None:
    """A live page's token is a right: it names topics below one's own paths, or things of one's own."""
    client, heard = browser(walked.cast.qian), set()
    for address in addresses(walked):
        answer = client.get(address, {"scope": "below", "unit": "SZ-GS"})
        if not answer.streaming:
            for token in re.findall(
                r"[\w\-.=]{8,}:[\w\-]{5,8}:[\w\-]{40,}", answer.content.decode(errors="replace")
            ):
                heard |= set(live.unsign(token))
    # A storm over the province is one over the outlet, and the watch's rules are everybody's.
    common = {f"journey.storm@{path}" for path in above(walked.cast.unit("JS-SZ").path)} | {"journey.storm@/"}
    heard -= common | {"journey.rule@/"}
    paths = {topic.partition("@")[2] for topic in heard if "@" in topic}
    assert paths == {walked.cast.unit("SZ-GS").path}
    things = {topic for topic in heard if "#" in topic}
    own = {"#anywhere", f"#person-{walked.cast.qian.pk}", "#unit-SZ-GS"}
    assert {f"#{topic.partition('#')[2]}" for topic in things} <= own
