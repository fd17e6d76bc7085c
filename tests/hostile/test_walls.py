"""Every route of the house, walked by people who have no business there: no word of the outlet 吴中 comes out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from huhang.desk.models import Ticket
from huhang.kit import live
from huhang.network.models import Grant, Person
from huhang.network.rules.roles import Role
from huhang.network.rules.tree import above
from tests.cast import NOON, Cast
from tests.factories import desk as desk_factory
from tests.factories import network
from tests.hostile import forms, programs
from tests.hostile.ground import PHONE, STRANGERS, WAYBILL, WORD, Scene, browser, employed, scene
from tests.hostile.watched import HANDLED, HELD

pytestmark = pytest.mark.django_db
ROOMS = ("desk", "journey", "network", "metrics", "channels", "quality")
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
# Doors of partners and vendors let everybody in as far as their signature: see test_push_doors, channels/test_doors.
SIGNED = "/in/"
# A screen on a wall is nobody: its address is its key.
BY_ADDRESS = "/desk/wall/screen/"


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
                values = scene.desk.of(str(route.pattern)) if room == "desk" else scene.arguments[room]
                yield _filled(f"/{room}/{route.pattern}", values)
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
    secrets = [PHONE, scene.ticket.no, *scene.desk.numbers, HELD, HANDLED, *(WORD + end for end in ENDS)]
    return [word for word in secrets if word in shown]


ENDS = "题文名注收员通客递片高风站密号承词细原信因答确转像视批败稿宏技派屏查步由拾处应述"
# Whoever may open a case or a customer of his own may do so; somebody without work takes the next case that is his.
OWN = (
    "/desk/next/",
    "/desk/talk/owed/next/",
    "/desk/open/",
    "/network/people/new/",
    "/network/customers/new/",
    "/network/imports/",
)


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_reads_nothing(walked: Scene, who: str) -> None:
    """As a page with nothing asked, and as a part with everything asked."""
    client = browser(walked.strangers[who], raising=False)
    found, broken = {}, {}
    for address in addresses(walked):
        for query, headers in (({}, {}), (ASKED, {"HX-Request": "true"})):
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
    tables, right = Tables(), forms.of_the_watch(str(walked.arguments["journey"]["slug"]))
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
        assert tables.are_as_before(), address
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


# They say when they were used last.
TOKENS = "network_apitoken"


class Tables:
    """What stands in every table that a verb would change: read again once somebody wrote, and only then."""

    def __init__(self, *, but: str = "") -> None:
        self.but, self.prints, self.writes = but, _written(but=but), _writes(but=but)

    def are_as_before(self) -> bool:
        writes = _writes(but=self.but)
        if writes == self.writes:
            return True
        self.writes = writes
        return _written(but=self.but) == self.prints


def test_a_write_is_noticed(walked: Scene) -> None:
    tables = Tables()
    assert tables.are_as_before()
    with transaction.atomic():
        Ticket.objects.filter(pk=walked.ticket.pk).update(title=walked.ticket.title)
        assert tables.are_as_before()  # the same words again
        Ticket.objects.filter(pk=walked.ticket.pk).update(title="x")
        assert not tables.are_as_before()
        transaction.set_rollback(True)
    assert tables.are_as_before()
    Ticket.objects.filter(pk=walked.ticket.pk).update(title="x")
    assert not tables.are_as_before()


def _writes(*, but: str) -> list[tuple[str, int]]:
    """How many rows this transaction wrote in each table, also those that were taken back: a count for each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relname"
        )
        found: list[tuple[str, int]] = cursor.fetchall()
        return [row for row in found if not row[0].startswith(UNWATCHED) and row[0] != but]


def _written(*, but: str = "") -> dict[str, str]:
    """A print of every table that a verb would change."""
    with connection.cursor() as cursor:
        prints = {}
        for table in (
            name
            for name in connection.introspection.table_names(cursor)
            if not name.startswith(UNWATCHED) and name != but
        ):
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            )
            prints[table] = cursor.fetchone()[0]
        return prints


def test_nobody_signed_in_is_sent_to_the_door(walked: Scene) -> None:
    client = Client()
    for address in addresses(walked):
        if SIGNED in address or address.startswith(BY_ADDRESS):
            continue
        for method in (client.get, client.post):
            response = method(address)
            assert response.status_code in (302, 405), address
            if response.status_code == 302:
                assert response["Location"].startswith("/login/"), address


def test_the_api_asks_for_a_token(walked: Scene) -> None:
    """Neither a page's session nor an old, foreign or empty token is one."""
    client = browser(walked.cast.hua)
    for asked in programs.operations(walked):
        for headers in (
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer hh_x"},
            {"Authorization": "Basic aGk6aGk="},
        ):
            response = getattr(client, asked.method)(
                asked.address, {}, content_type="application/json", headers=headers
            )
            assert response.status_code == 401, (asked, headers)


@pytest.mark.parametrize("who", STRANGERS)
def test_a_strangers_token_opens_nothing(walked: Scene, who: str) -> None:
    """Of what belongs to somebody else, programs hear 404, or 403 when they may do that nowhere: never what it is."""
    network.api_token(walked.strangers[who], "hh_stranger", timezone.now())
    client = Client(headers={"Authorization": "Bearer hh_stranger"}, raise_request_exception=False)
    tables, wrong = Tables(but=TOKENS), {}
    for asked in programs.operations(walked):
        with transaction.atomic():
            response = asked.ask(client)
            transaction.set_rollback(False)  # a refusal has rolled its own work back already
            said = asked.unsaid(told(response, asked.address))
            if response.status_code >= 500 or leaks(said, walked):
                wrong[asked.name] = (response.status_code, said[:200])
            if asked.is_foreign and response.status_code not in (403, 404):
                wrong[asked.name] = (response.status_code, said[:200])
            if asked.is_foreign and not tables.are_as_before():
                wrong[asked.name] = (response.status_code, "changed something")
            transaction.set_rollback(True)
    assert not wrong


def test_the_examples_of_the_description_are_right(walked: Scene) -> None:
    """Whoever may is not refused for the form: otherwise the wall before this one would prove nothing."""
    Grant.objects.create(person=walked.cast.hua, role="administrator", unit=walked.cast.unit("HQ"))
    Grant.objects.create(person=walked.cast.hua, role="team_lead", unit=walked.cast.unit("HQ"))
    desk_factory.seat(walked.cast.hua, now=timezone.now())
    network.api_token(walked.cast.hua, "hh_hua", timezone.now())
    client, wrong = Client(headers={"Authorization": "Bearer hh_hua"}, raise_request_exception=False), {}
    for asked in programs.operations(walked):
        with transaction.atomic():
            response = asked.ask(client)
            transaction.set_rollback(False)  # a refusal has rolled its own work back already
            if response.status_code in (400, 403, 405, 422, 429) or response.status_code >= 500:
                wrong[asked.name] = (response.status_code, told(response, asked.address)[:300])
            transaction.set_rollback(True)
    for name in wrong.keys() - programs.REFUSED_ALL_THE_SAME:
        pytest.fail(f"{name}: {wrong[name]}")


EVERYWHERE_ASKED = ("SZ-WZ", "SZ-GS", "ZJ", "HQ")


@pytest.mark.parametrize("code", EVERYWHERE_ASKED)
@pytest.mark.parametrize("role", list(Role))
def test_every_way_shows_the_same_cases(cast: Cast, role: Role, code: str) -> None:
    """Page, files, API, search, views, bulk and the live topics start at one set: that of `desk.see`."""
    for unit, at in (("SZ-WZ", "SZ-WZ"), ("SZ-GS", "SZ-GS"), ("HZ-XH", "HZ-XH"), ("HZ-XH", "SZ-WZ")):
        desk_factory.ticket(
            cast.unit(unit), now=NOON, at_unit=cast.unit(at), no=f"T{_number(unit, at)}",
            title=f"同一句话 {unit} {at}",
        )  # fmt: skip
    person = employed(role, cast.unit(code))
    view = desk_factory.saved_view(person, query="q=同一句话&state=all")
    network.api_token(person, "hh_somebody", timezone.now())
    client, robot = browser(person), Client(headers={"Authorization": "Bearer hh_somebody"})
    query = {"state": "all", "q": "同一句话"}
    ways = {
        "page": client.get("/desk/tickets/", query),
        "csv": client.get("/desk/tickets.csv", query),
        "view": client.get("/desk/tickets/", {"view": view.pk}),
        "search": client.get("/search/", {"q": "同一句话"}),
        "api": robot.get("/api/v1/tickets", {"q": "同一句话"}),
        "api, by parts": _pages(robot, "/api/v1/tickets"),
        "api view": robot.get(f"/api/v1/views/{view.pk}/tickets"),
        "api search": robot.get("/api/v1/search", {"q": "同一句话"}),
    }
    shown = {way: set(re.findall(r"T\d{8}", told(response, ""))) for way, response in ways.items()}
    may = {ticket.no for ticket in Ticket.objects.all() if _may_see(person, ticket)}
    assert shown == dict.fromkeys(ways, may)
    previewed = robot.post(
        "/api/v1/bulk/preview",
        {"verb": "note", "filters": {"q": "同一句话"}},
        content_type="application/json",
    )
    assert previewed.status_code == 403 or previewed.json()["chosen"] == len(may)
    heard = _heard(client.get("/desk/tickets/", {"state": "all"}))
    paths = {path for path in heard if path.startswith("/")}
    assert {t.no for t in Ticket.objects.all() if paths & {*t.seen_from}} in (may, set())


def _number(unit: str, at: str) -> str:
    return f"{9000 + sum(map(ord, unit + at)):08d}"


def _pages(robot: Client, address: str) -> HttpResponse:
    """All pages of a list, one row at a time, in one answer."""
    said, cursor = "", ""
    while True:
        page = robot.get(address, {"q": "同一句话", "limit": "1", "cursor": cursor})
        said, cursor = said + page.content.decode(), page.json().get("next") or ""
        if not cursor:
            return HttpResponse(said)


def _heard(answer: Any) -> set[str]:
    """The org paths of the topics that a page listens to."""
    topics: set[str] = set()
    for token in re.findall(r"[\w\-.=]{8,}:[\w\-]{5,8}:[\w\-]{40,}", told(answer, "")):
        topics |= set(live.unsign(token))
    return {topic.partition("@")[2] for topic in topics if "@" in topic}


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
    # What is said in one's own talks is told to oneself.
    heard -= common | {"journey.rule@/", f"channels.words@/{walked.cast.qian.pk}/"}
    paths = {topic.partition("@")[2] for topic in heard if "@" in topic}
    assert paths == {walked.cast.unit("SZ-GS").path}
    things = {topic for topic in heard if "#" in topic}
    own = {"#anywhere", f"#person-{walked.cast.qian.pk}", f"#{walked.cast.qian.pk}", "#unit-SZ-GS"}
    assert {f"#{topic.partition('#')[2]}" for topic in things} <= own
