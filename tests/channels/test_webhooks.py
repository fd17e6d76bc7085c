"""Other systems are told: signed as the standard says, tried again, and never by way of our own network."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from threading import Thread

import pytest
from django.test import Client

from huhang.channels.actions import posting, webhooks
from huhang.channels.actions.webhooks import AddressUnreadable, EventUnknown
from huhang.channels.adapters.web_post import Unreachable, post
from huhang.channels.models import Attempt, Delivery, Webhook, WebhookMessage
from huhang.channels.rules import webhooks as rules
from huhang.channels.rules.webhooks import State
from huhang.kit.errors import NotAllowed, NotFound
from huhang.network.models import Person
from huhang.network.rules.roles import Role
from tests.cast import NOON, Cast
from tests.factories import channels as factory
from tests.factories import network

LOOPBACK = ["127.0.0.0/8"]
MINUTE = timedelta(minutes=1)


class Receiver(HTTPServer):
    """Somebody else's server: keeps what it was sent and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.location = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.HUHANG_WEBHOOK_NETWORKS, settings.HUHANG_WEBHOOK_SCHEMES = LOOPBACK, ["https", "http"]
    server = Receiver()
    Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def keeper(cast: Cast) -> Person:
    """Keeps the house: no word in customers' cases, and every door to other systems."""
    person = network.person("keeper", home=cast.unit("HQ"))
    network.grant(person, Role.ADMINISTRATOR, cast.unit("HQ"))
    return person


@pytest.fixture
def hook(cast: Cast, receiver: Receiver) -> Webhook:
    return factory.webhook(cast.unit("JS"), at=NOON, url=receiver.url)


def tell(
    path: str = "/HQ/JS/JS-SZ/SZ-WZ/", key: str = "ticket.opened-1", event: str = "ticket.opened"
) -> int:
    return webhooks.tell(key=key, event=event, paths=[path], body={"no": "T00000001"}, now=NOON)


class TestSigning:
    def test_reproduces_the_published_example(self) -> None:
        said = rules.signed(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            at=datetime.fromtimestamp(1614265330, UTC),
            body=b'{"test": 2432232314}',
        )
        assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    @pytest.mark.parametrize(
        ("address", "allowed", "may"),
        [
            ("8.8.8.8", [], True),
            ("127.0.0.1", [], False),
            ("10.1.2.3", [], False),
            ("169.254.169.254", [], False),  # a cloud's secrets
            ("::1", [], False),
            ("::ffff:10.0.0.1", [], False),  # the same machine in other clothes
            ("224.0.0.1", [], False),
            ("0.0.0.0", [], False),
            ("10.1.2.3", ["10.1.0.0/16"], True),
            ("10.2.2.3", ["10.1.0.0/16"], False),
        ],
    )
    def test_reaches_the_internet_and_what_the_house_allows(self, address, allowed, may) -> None:
        assert rules.may_reach(ip_address(address), rules.networks(allowed)) is may

    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://0/", "ftp://example.com/"],
    )
    def test_never_knocks_at_our_own_doors(self, url: str) -> None:
        with pytest.raises(Unreachable, match="address"):
            post(url, b"{}", {}, allowed=[])


@pytest.mark.django_db
class TestTelling:
    def test_who_is_above_the_fact_hears_it_once(self, cast: Cast, hook: Webhook) -> None:
        factory.webhook(cast.unit("ZJ"), at=NOON)
        factory.webhook(cast.unit("HQ"), at=NOON, events=["ticket.*"])
        factory.webhook(cast.unit("HQ"), at=NOON, events=["clock.reached"])
        factory.webhook(cast.unit("HQ"), at=NOON, is_active=False)
        assert (tell(), tell()) == (2, 0)
        assert WebhookMessage.objects.get().body["type"] == "ticket.opened"

    def test_nobody_wants_it_and_nothing_is_stored(self, cast: Cast) -> None:
        assert tell() == 0
        assert not WebhookMessage.objects.exists()

    def test_arrives_signed_with_an_id_to_know_a_repeat_by(self, hook: Webhook, receiver: Receiver) -> None:
        tell()
        assert posting.post_due(now=NOON) == 1
        [(headers, body)] = receiver.got
        secret = webhooks.secrets_of(hook, now=NOON)[0]
        signature = rules.signed(secret, message_id=headers["webhook-id"], at=NOON, body=body)
        assert (headers["webhook-signature"], json.loads(body)["data"]) == (signature, {"no": "T00000001"})
        assert Delivery.objects.get().state == State.DELIVERED
        assert posting.post_due(now=NOON + MINUTE) == 0

    def test_is_tried_again_as_the_standard_says_under_the_same_id(
        self, hook: Webhook, receiver: Receiver
    ) -> None:
        receiver.answers = [500, 302, 503]
        tell()
        for after in [0, 5, 5 + 300, 5 + 300 + 1800]:
            posting.post_due(now=NOON + timedelta(seconds=after) - timedelta(milliseconds=1))
            posting.post_due(now=NOON + timedelta(seconds=after))
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert [row.status for row in Attempt.objects.order_by("at")] == [500, 302, 503, 204]
        hook.refresh_from_db()
        assert (Delivery.objects.get().state, hook.failing_since) == (State.DELIVERED, None)

    def test_a_redirect_is_not_followed(self, hook: Webhook, receiver: Receiver) -> None:
        receiver.answers, receiver.location = [307], receiver.url
        tell()
        posting.post_due(now=NOON)
        assert len(receiver.got) == 1
        assert Delivery.objects.get().state == State.QUEUED

    def test_gives_up_after_the_last_pause_and_can_be_replayed(
        self, keeper: Person, cast: Cast, hook: Webhook, receiver: Receiver
    ) -> None:
        receiver.answers = [500] * 10
        tell()
        at = NOON
        for _ in range(12):
            posting.post_due(now=at)
            at += timedelta(days=1)
        assert (Delivery.objects.get().state, len(receiver.got)) == (State.FAILED, 10)
        assert webhooks.replay(webhook_id=hook.pk, since=NOON, by=keeper, now=at) == 1
        posting.post_due(now=at)
        assert Delivery.objects.get().state == State.DELIVERED

    def test_who_says_gone_is_asked_no_more(self, hook: Webhook, receiver: Receiver) -> None:
        receiver.answers = [410]
        tell()
        posting.post_due(now=NOON)
        hook.refresh_from_db()
        assert (hook.is_active, Delivery.objects.get().state) == (False, State.FAILED)

    def test_nobody_there_is_told_without_a_word_about_our_network(self, cast: Cast, settings) -> None:
        factory.webhook(cast.unit("HQ"), at=NOON, url="http://127.0.0.1:9/")
        tell()
        posting.post_due(now=NOON)
        assert "127" not in Attempt.objects.get().words
        assert Delivery.objects.get().attempts == 1

    def test_who_takes_nothing_for_days_is_switched_off_and_the_keeper_told(
        self, keeper: Person, hook: Webhook
    ) -> None:
        Webhook.objects.update(failing_since=NOON)
        assert webhooks.switch_off_silent(now=NOON + timedelta(days=4)) == 0
        assert webhooks.switch_off_silent(now=NOON + timedelta(days=6)) == 1
        assert not Webhook.objects.get().is_active

    def test_a_worker_that_died_while_posting_leaves_it_to_the_next(
        self, hook: Webhook, receiver: Receiver
    ) -> None:
        tell()
        posting._taken(NOON)
        assert posting.post_due(now=NOON + MINUTE) == 0
        assert posting.post_due(now=NOON + rules.LEASE) == 1

    def test_a_worker_killed_before_it_wrote_the_receipt_down_posts_under_the_same_id(
        self, hook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tell()
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(posting, "_settle", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
            posting.post_due(now=NOON)
        assert Delivery.objects.get().state == State.QUEUED
        posting.post_due(now=NOON + rules.LEASE)
        assert Delivery.objects.get().state == State.DELIVERED
        ids = [headers["webhook-id"] for headers, _ in receiver.got]
        assert ids == ["msg_ticket.opened-1"] * 2

    def test_a_worker_that_comes_back_late_does_not_undo_a_receipt(
        self, hook: Webhook, receiver: Receiver
    ) -> None:
        tell()
        [late] = posting._taken(NOON)
        posting.post_due(now=NOON + rules.LEASE)
        posting._settle(
            late.pk, posting.Posted(0, "timeout", 15_000), NOON + rules.LEASE, try_no=late.attempts
        )
        assert Delivery.objects.get().state == State.DELIVERED
        assert Attempt.objects.count() == 2

    def test_what_waits_for_an_address_that_is_switched_off_is_not_posted(
        self, keeper: Person, hook: Webhook, receiver: Receiver
    ) -> None:
        tell()
        webhooks.change(
            webhook_id=hook.pk, name="x", url=hook.url, events=[], is_active=False, by=keeper, now=NOON
        )
        assert posting.post_due(now=NOON) == 0
        assert Delivery.objects.get().state == State.FAILED


@pytest.mark.django_db
class TestKeeping:
    def test_two_secrets_sign_for_a_day_after_a_change(
        self, keeper: Person, cast: Cast, hook: Webhook
    ) -> None:
        old = webhooks.secrets_of(hook, now=NOON)
        new = webhooks.rotate(webhook_id=hook.pk, by=keeper, now=NOON)
        hook.refresh_from_db()
        assert webhooks.secrets_of(hook, now=NOON) == [new, *old]
        assert webhooks.secrets_of(hook, now=NOON + timedelta(days=1)) == [new]

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "https://", "https://a:b@example.com/", "x" * 20])
    def test_refuses_what_is_no_address(self, keeper: Person, cast: Cast, url: str) -> None:
        with pytest.raises(AddressUnreadable):
            webhooks.add(name="x", url=url, unit=cast.unit("HQ"), events=[], by=keeper, now=NOON)

    def test_refuses_unknown_events_and_strangers(self, keeper: Person, cast: Cast, hook: Webhook) -> None:
        with pytest.raises(EventUnknown):
            webhooks.add(
                name="x", url="https://a.cn/", unit=cast.unit("HQ"), events=["x.y"], by=keeper, now=NOON
            )
        with pytest.raises(NotAllowed):
            webhooks.add(
                name="x", url="https://a.cn/", unit=cast.unit("HQ"), events=[], by=cast.gao, now=NOON
            )
        with pytest.raises(NotFound):
            webhooks.remove(webhook_id=hook.pk, by=cast.gao, now=NOON)

    def test_old_messages_are_forgotten_but_not_those_that_wait(self, hook: Webhook) -> None:
        tell(key="a")
        tell(key="b")
        Delivery.objects.filter(message="msg_a").update(state=State.DELIVERED, next_at=None)
        webhooks.purge(now=NOON + timedelta(days=31))
        assert list(WebhookMessage.objects.values_list("id", flat=True)) == ["msg_b"]


@pytest.mark.django_db
class TestPages:
    def test_an_address_is_added_looked_at_and_tested(
        self, keeper: Person, cast: Cast, client: Client, receiver: Receiver
    ) -> None:
        client.force_login(keeper)
        form = {
            "name": "商城",
            "url": receiver.url,
            "unit": "HQ",
            "events": ["ticket.opened", "clock.reached"],
        }
        assert client.post("/channels/webhooks/add/", form).status_code == 204
        hook = Webhook.objects.get()
        assert hook.events == ["clock.reached", "ticket.opened"]
        client.post(f"/channels/webhooks/{hook.pk}/test/")
        posting.post_due(now=datetime.now(UTC) + MINUTE)
        page = client.get(f"/channels/webhooks/{hook.pk}/").content.decode()
        assert "已送达" in page
        assert "HTTP 204" in page
        assert "whsec_" not in page
        assert "whsec_" in client.post(f"/channels/webhooks/{hook.pk}/secret/").content.decode()

    def test_the_list_costs_the_same_however_many(
        self, keeper: Person, cast: Cast, client: Client, django_assert_num_queries
    ) -> None:
        client.force_login(keeper)
        for _ in range(5):
            factory.webhook(cast.unit("HQ"), at=NOON)
        client.get("/channels/webhooks/")
        with django_assert_num_queries(4):
            client.get("/channels/webhooks/")

    def test_an_outlet_owner_has_no_business_here(self, cast: Cast, client: Client, hook: Webhook) -> None:
        client.force_login(cast.gao)
        for path in ("", "add/", f"{hook.pk}/", f"{hook.pk}/change/"):
            assert client.get(f"/channels/webhooks/{path}").status_code == 403
