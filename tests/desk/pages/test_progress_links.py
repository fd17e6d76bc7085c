"""Doors that colleagues give to customers: a link, a code, an SMS, a frame in a website; and how small the page is."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Outgoing
from huhang.desk.actions import embedding, progress
from huhang.desk.models import EmbedOrigin, ProgressLink, Ticket
from huhang.desk.rules.progress import LETTERS, TOKEN_LENGTH, Purpose, origin_of, spelled
from huhang.kit.models import AuditEntry
from tests.cast import Cast
from tests.desk.pages.test_progress import a_case, door
from tests.factories import network
from tests.hostile.ground import browser

pytestmark = pytest.mark.django_db
BUDGET = 60_000
SHOP = "https://shop.example.com"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """A case of a business customer."""
    ticket = a_case(cast)
    ticket.customer = network.customer(cast.unit("SZ-WZ"), name="吴中茶行")
    ticket.save()
    return ticket


def embedded(ticket: Ticket) -> str:
    return f"/p/{progress.issue_link(ticket=ticket, now=timezone.now(), purpose=Purpose.EMBED)}"


def let(ticket: Ticket, cast: Cast) -> None:
    assert ticket.customer is not None
    embedding.allow(customer=ticket.customer, address=SHOP, by=cast.hua, now=timezone.now())


class TestTokens:
    @pytest.mark.parametrize("secret", [bytes(16), b"\xff" * 16, bytes(range(16))])
    def test_are_letters_and_figures_of_one_length(self, secret: bytes) -> None:
        assert len(spelled(secret)) == TOKEN_LENGTH
        assert set(spelled(secret)) <= set(LETTERS)

    def test_differ_for_different_secrets(self) -> None:
        assert len({spelled(bytes(15) + bytes([n])) for n in range(256)}) == 256

    def test_cut_or_lengthened_open_nothing(self, ticket: Ticket) -> None:
        address = door(ticket)
        for wrong in (
            address[:-1],
            address + "A",
            address.swapcase().replace("/P/", "/p/"),
            "/p/" + "%00" * 22,
        ):
            assert Client().get(wrong).status_code == 404, wrong
        assert Client().get("/p/").status_code == 404

    @pytest.mark.parametrize("verb", ["rate", "say", "human", "solved", "not-solved"])
    def test_of_nobody_do_nothing(self, ticket: Ticket, verb: str) -> None:
        assert Client().post(f"/p/{'A' * 22}/{verb}", {"step": 1, "score": 5, "text": "x"}).status_code == 404
        assert Client().get(f"{door(ticket)}/{verb}").status_code == 405

    def test_write_no_more_than_ten_times_a_minute(self, ticket: Ticket) -> None:
        address = door(ticket)
        statuses = [Client().post(f"{address}/say", {"text": f"第{n}句"}).status_code for n in range(12)]
        assert statuses == [302] * 10 + [429] * 2


class TestDialog:
    def test_shows_the_link_once_with_a_code(self, ticket: Ticket, cast: Cast) -> None:
        answer = browser(cast.gao).post(f"/desk/t/{ticket.no}/link/")
        shown = answer.content.decode()
        token = re.search(r"/p/(\w{22})", shown)
        assert token and 'class="qr"' in shown
        assert answer["Cache-Control"] == "no-store"
        assert ProgressLink.objects.get().token_hash == progress.hash_of(token[1])

    @pytest.mark.parametrize("end", ["link/", "link/sms/", "link/embed/", "link/websites/"])
    def test_is_not_for_strangers(self, ticket: Ticket, cast: Cast, end: str) -> None:
        assert browser(cast.qian).post(f"/desk/t/{ticket.no}/{end}", {"address": SHOP}).status_code == 404
        assert not ProgressLink.objects.exists() and not EmbedOrigin.objects.exists()


class TestSms:
    def test_is_stored_before_it_is_sent_and_opens_the_case(self, ticket: Ticket, cast: Cast) -> None:
        shown = browser(cast.gao).post(f"/desk/t/{ticket.no}/link/sms/").content.decode()
        assert "还没有接短信网关" in shown  # the file that stands in for one says so
        message = Outgoing.objects.get()
        assert (message.number, message.state, message.link) == ("13800001234", "queued", "/p/{token}")
        token = token_of(message.key)
        assert token not in message.text + message.key + shown
        assert Client().get(f"/p/{token}").status_code == 200

    def test_speaks_the_customers_language(self, ticket: Ticket, cast: Cast) -> None:
        Ticket.objects.filter(pk=ticket.pk).update(language="xx")
        message = progress.send_link(ticket_no=ticket.no, by=cast.gao, now=timezone.now())
        assert "{link}" in message.text

    def test_is_sent_three_times_a_day_at_most(self, ticket: Ticket, cast: Cast) -> None:
        now = timezone.now()
        for _ in range(progress.SMS_A_DAY):
            progress.send_link(ticket_no=ticket.no, by=cast.gao, now=now)
        with pytest.raises(progress.EnoughSms):
            progress.send_link(ticket_no=ticket.no, by=cast.gao, now=now)
        progress.send_link(ticket_no=ticket.no, by=cast.gao, now=now + timedelta(days=1, seconds=1))

    def test_needs_a_number(self, ticket: Ticket, cast: Cast) -> None:
        Ticket.objects.filter(pk=ticket.pk).update(contact_phone="")
        with pytest.raises(progress.NoNumber):
            progress.send_link(ticket_no=ticket.no, by=cast.gao, now=timezone.now())


class TestFrames:
    def test_are_nobodys_until_a_website_is_allowed(self, ticket: Ticket, cast: Cast) -> None:
        address = embedded(ticket)
        answer = Client().get(f"{address}/embed")
        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        let(ticket, cast)
        for answer in (Client().get(f"{address}/embed"), Client().post(f"{address}/say", {"text": " "})):
            assert f"frame-ancestors {SHOP};" in answer["Content-Security-Policy"]
            assert "X-Frame-Options" not in answer

    def test_and_pages_do_not_open_each_other(self, ticket: Ticket, cast: Cast) -> None:
        let(ticket, cast)
        assert Client().get(embedded(ticket)).status_code == 404
        answer = Client().get(f"{door(ticket)}/embed")
        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]

    def test_come_back_to_the_frame_after_words(self, ticket: Ticket) -> None:
        address = embedded(ticket)
        answer = Client().post(f"{address}/say", {"text": "在店里"})
        assert answer["Location"] == f"{address}/embed?thanks=words#words"

    def test_of_another_customer_are_not_allowed_along(self, ticket: Ticket, cast: Cast) -> None:
        other = network.customer(cast.unit("SZ-WZ"), name="别家")
        embedding.allow(customer=other, address=SHOP, by=cast.hua, now=timezone.now())
        assert (
            "frame-ancestors 'none'" in Client().get(f"{embedded(ticket)}/embed")["Content-Security-Policy"]
        )

    def test_are_allowed_and_forbidden_on_the_record(self, ticket: Ticket, cast: Cast) -> None:
        base = f"/desk/t/{ticket.no}/link"
        assert "iframe" in browser(cast.gao).post(f"{base}/embed/").content.decode()
        assert SHOP in browser(cast.gao).post(f"{base}/websites/", {"address": SHOP}).content.decode()
        row = EmbedOrigin.objects.get()
        assert browser(cast.gao).post(f"{base}/websites/{row.pk}/forbid/").status_code == 200
        assert [row.verb for row in AuditEntry.objects.filter(verb__startswith="desk.embed").order_by("pk")] == [
            "desk.embed.allow", "desk.embed.forbid",
        ]  # fmt: skip

    def test_are_allowed_by_whoever_keeps_the_customers_record(self, ticket: Ticket, cast: Cast) -> None:
        answer = browser(cast.lin).post(f"/desk/t/{ticket.no}/link/websites/", {"address": SHOP})
        assert (answer.status_code, EmbedOrigin.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://shop.example.com", SHOP), (" HTTPS://Shop.Example.com/path?x#y ", SHOP),
        ("https://shop.example.com:443", SHOP),
        ("https://shop.example.com:8443/", f"{SHOP}:8443"),
        *((bad, "") for bad in (
            "", "http://shop.example.com", "https://*", "https://*.example.com", "https://localhost",
            "javascript:alert(1)",
            "https://a b.example.com", "https://x.com; script-src *", "https://user:pw@x.com", "https://x.com:99999",
            "https://[::1", "//x.com", "https://x.com\r\nX: y", "https://例子.com",
        )),
    ],
)  # fmt: skip
def test_an_origin_is_one_encrypted_website(given: str, origin: str) -> None:
    found = origin_of(given)
    assert found == origin or (not origin and re.fullmatch(r"https://[a-z0-9.-]+", found))


class TestWeight:
    def test_of_a_first_load_is_within_the_budget(self, ticket: Ticket) -> None:
        """The page and all that it asks for, as served; pictures of the customer's own are not counted."""
        page = Client(headers={"accept-encoding": "gzip"}).get(door(ticket))
        shown = page.content.decode()
        parts = set(re.findall(r'(?:href|src)="/static/([^"]+)"', shown))
        weights = {part: len(_static(part)) for part in parts | _imported(parts)}
        assert {"css/public.css", "desk/progress.css", "desk/progress.js", "desk/shrink.js"} <= set(weights)
        total = len(page.content) + sum(weights.values())
        assert total <= BUDGET, weights


def _static(part: str) -> bytes:
    path: Any = finders.find(part)
    return Path(path).read_bytes()


def _imported(parts: set[str]) -> set[str]:
    """Modules that these modules ask for in turn."""
    found = set()
    for part in parts:
        if part.endswith(".js"):
            folder = part.rpartition("/")[0]
            names = re.findall(r'from "\./([\w.-]+)"', _static(part).decode())
            found |= {f"{folder}/{name}" for name in names}
    return found
