"""Getting in, staying in, getting out, and what a browser can be talked into."""

import logging
import re
import stat
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from huhang.config.demo import welcome, wiping
from huhang.config.discretion import Discreet
from huhang.desk.actions import progress
from huhang.desk.models import ProgressLink, StepRating
from huhang.kit import audit, facts
from huhang.kit.models import AuditEntry
from huhang.network.models import ApiToken
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.factories.network import person
from tests.hostile.ground import browser, scene
from tests.hostile.test_walls import SIGNED, addresses

pytestmark = pytest.mark.django_db
ELSEWHERE = "evil.example"


def enter(client: Client, login: str = "gao", password: str = "pass-1234", **more: str) -> Any:
    return client.post("/login/", {"login": login, "password": password, **more})


class TestSession:
    def test_is_a_new_one_after_signing_in(self, cast: Cast) -> None:
        client = Client()
        client.get("/login/")
        client.session["planted"] = 1
        planted = client.session.session_key
        enter(client)
        assert client.session.session_key != planted

    def test_cookies_are_closed_to_scripts_and_other_sites(self, cast: Cast) -> None:
        client = Client()
        enter(client)
        cookie = client.cookies["sessionid"]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")

    def test_ends_only_by_a_post(self, cast: Cast) -> None:
        client = browser(cast.gao)
        client.get("/logout/")
        assert client.get("/desk/").status_code == 200
        client.post("/logout/")
        assert client.get("/desk/").status_code == 302

    def test_ends_with_a_new_password_or_the_account(self, cast: Cast) -> None:
        first, second = browser(cast.gao), browser(cast.qian)
        cast.gao.set_password("another-one-9")
        cast.gao.save()
        cast.qian.is_active = False
        cast.qian.save()
        assert [client.get("/desk/").status_code for client in (first, second)] == [302, 302]

    def test_a_role_taken_back_counts_at_once(self, cast: Cast) -> None:
        client = browser(cast.gao)
        assert client.get("/desk/").status_code == 200
        cast.gao.grants.all().delete()
        assert client.get("/desk/").status_code == 403


class TestLogin:
    def test_answers_the_same_whether_or_not_somebody_exists(self, cast: Cast) -> None:
        shown = [enter(Client(), login, "wrong").content.decode() for login in ("gao", "who")]
        plain = [re.sub(r"<[^>]*>", "", page) for page in shown]
        assert plain[0] == plain[1]

    def test_stops_those_who_try_on_and_on(self, cast: Cast) -> None:
        for _ in range(12):
            enter(Client(), "gao", "wrong")
        client = Client()
        enter(client)
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize(
        "back", [f"//{ELSEWHERE}", f"https://{ELSEWHERE}/", f"/\\{ELSEWHERE}", "javascript:alert(1)"]
    )
    def test_leads_nowhere_else(self, cast: Cast, back: str) -> None:
        assert enter(Client(), next=back)["Location"] == "/"

    @pytest.mark.parametrize("back", [
        f"//{ELSEWHERE}", f"http://testserver//{ELSEWHERE}", f"http://testserver////{ELSEWHERE}/x?y", f"/\\{ELSEWHERE}",
        f"http:///{ELSEWHERE}", f"https:{ELSEWHERE}", f"\t//{ELSEWHERE}",
    ])  # fmt: skip
    def test_neither_does_the_language(self, back: str) -> None:
        place = Client().post("/language/", {"language": "en", "next": back})["Location"]
        assert re.match(r"/(?![/\\])", place)

    def test_other_hosts_are_not_served(self) -> None:
        assert Client(headers={"host": ELSEWHERE}).get("/login/").status_code == 400
        assert "testserver" not in site.ALLOWED_HOSTS[:3]


class TestAdministration:
    """Django's own pages have one door with the rest of the house."""

    def test_a_stranger_is_sent_to_the_one_door(self) -> None:
        client = Client()
        assert client.post("/admin/login/", {"username": "x", "password": "y"})["Location"].startswith(
            "/login/"
        )

    def test_a_manager_is_no_operator(self, cast: Cast) -> None:
        client = browser(cast.hua)
        assert client.get("/admin/", follow=True).status_code == 403

    def test_an_operator_enters(self, cast: Cast) -> None:
        cast.hua.is_staff = cast.hua.is_superuser = True
        cast.hua.save()
        assert browser(cast.hua).get("/admin/").status_code == 200


def test_every_write_asks_for_the_pages_own_token(cast: Cast) -> None:
    walked = scene(cast)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.hua, backend="django.contrib.auth.backends.ModelBackend")
    for address in (address for address in addresses(walked) if SIGNED not in address):
        for headers in ({}, {"HX-Request": "true"}):
            assert client.post(address, headers=headers).status_code in (403, 405), address


class TestProxies:
    def test_nobody_is_believed_without_one(self, cast: Cast) -> None:
        assert self._seen(cast, "1.2.3.4") == "127.0.0.1"

    def test_the_proxys_word_counts_and_not_the_callers(self, cast: Cast, settings: Any) -> None:
        settings.PROXIES = 1
        assert self._seen(cast, "6.6.6.6, 1.2.3.4") == "1.2.3.4"
        assert self._seen(cast, "nonsense") == "127.0.0.1"
        settings.PROXIES = 2
        assert self._seen(cast, "6.6.6.6, 1.2.3.4, 10.0.0.1") == "1.2.3.4"
        assert self._seen(cast, "1.2.3.4") == "127.0.0.1"

    def _seen(self, cast: Cast, forwarded: str) -> str:
        ticket = a_ticket(cast)
        client = Client(headers={"X-Forwarded-For": forwarded})
        client.force_login(cast.gao, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(f"/desk/t/{ticket.no}/contact/", {"purpose": "contact"}).status_code == 200
        return AuditEntry.objects.filter(verb="kit.reveal").latest("pk").address


class TestProgress:
    def test_no_token_that_is_none_opens_anything(self, cast: Cast) -> None:
        ticket, now = a_ticket(cast), timezone.now()
        expired = progress.issue_link(ticket=ticket, now=now - timedelta(days=31))
        revoked = progress.issue_link(ticket=ticket, now=now)
        progress.revoke_links(ticket=ticket, by=cast.gao, now=now)
        stored = ProgressLink.objects.latest("pk").token_hash
        for token in (
            "",
            " ",
            "%00",
            "x",
            "None",
            ticket.no,
            ticket.waybill_no,
            expired,
            revoked,
            revoked[:-1],
            stored,
        ):
            answer = Client(REMOTE_ADDR=f"10.0.0.{len(token)}").get(f"/p/{token}")
            assert answer.status_code == 404, token
            assert ticket.title not in answer.content.decode()

    def test_is_kept_by_nobody_on_the_way(self, cast: Cast) -> None:
        token = progress.issue_link(ticket=a_ticket(cast), now=timezone.now())
        for answer in (
            Client().get(f"/p/{token}"),
            Client().get("/p/x"),
            Client().post(f"/p/{token}/rate", {"step": "x"}),
        ):
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "noindex" in answer["X-Robots-Tag"]
            assert "script-src 'self'" in answer["Content-Security-Policy"]

    def test_rates_only_its_own_finished_steps_and_once(self, cast: Cast) -> None:
        now = timezone.now()
        mine, other = a_ticket(cast), a_ticket(cast)
        own = factory.step(mine, now=now, order=90, state="done", done_at=now, result="好")
        foreign = factory.step(other, now=now, order=90, state="done", done_at=now, result="好")
        links = [progress.issue_link(ticket=mine, now=now) for _ in range(3)]
        answers = [
            Client().post(f"/p/{link}/rate", {"step": step, "score": score}).status_code
            for link, step, score in [
                (links[0], foreign.pk, 5), (links[0], own.pk, 6), (links[0], own.pk, 0), (links[0], 10**30, 5),
                (links[0], own.pk, 5), (links[1], own.pk, 5), (links[2], own.pk, 1),
            ]
        ]  # fmt: skip
        assert answers == [404, 422, 422, 404, 302, 409, 409]
        assert StepRating.objects.get().score == 5

    def test_a_link_made_by_hand_is_on_record(self, cast: Cast) -> None:
        """Who made a link could rate by it."""
        ticket, client = a_ticket(cast), browser(cast.gao)
        client.post(f"/desk/t/{ticket.no}/link/")
        assert ticket.entries.filter(kind="event", by="gao", text="已生成客户进度链接").count() == 1
        assert client.post(f"/desk/t/{ticket.no}/unlink/").status_code == 200
        assert not ProgressLink.objects.filter(ticket=ticket, revoked_at__isnull=True).exists()
        assert ticket.entries.filter(kind="event", by="gao", text="已作废客户进度链接").count() == 1

    def test_guessing_is_slowed_down(self, cast: Cast) -> None:
        answers = [Client().get(f"/p/guess{n}").status_code for n in range(30)]
        assert answers.count(429) >= 9


class TestSecrets:
    def test_the_log_tells_neither_keys_nor_numbers(self) -> None:
        told = "Not Found: /p/N-IM3gmlV_jUDJCktYEHwQ/rate 13812345678 /push?token=abc.def&last=1"
        record = logging.LogRecord("x", logging.WARNING, "", 0, told, None, None)
        shown = Discreet("{message}", style="{").format(record)
        assert shown == "Not Found: /p/…/rate 138******78 /push?token=…&last=1"

    def test_the_key_is_the_owners_alone(self) -> None:
        assert stat.S_IMODE((site.VAR / "secret_key").stat().st_mode) == 0o600

    def test_tokens_are_kept_as_digests(self, cast: Cast) -> None:
        from huhang.network.actions import people

        token = people.issue_token(username="gao", name="x", days=9, by=None, now=NOON)
        kept = str(ApiToken.objects.values().get()) + str(AuditEntry.objects.values().latest("pk"))
        assert token not in kept

    def test_a_look_at_a_number_is_recorded_without_the_number(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        shown = browser(cast.gao).post(f"/desk/t/{ticket.no}/contact/", {"purpose": "contact"})
        assert ticket.contact_phone in shown.content.decode()
        assert shown["Cache-Control"] == "no-store"
        entry = str(AuditEntry.objects.filter(verb="kit.reveal").values().get())
        assert ticket.contact_phone not in entry
        assert ticket.contact_name not in entry
        assert audit.first_broken() is None


class TestRealCarrier:
    def test_is_never_offered_the_known_log_ins(self, cast: Cast) -> None:
        facts.forget()
        with pytest.raises(wiping.RealData):
            wiping.require_ours()
        assert welcome.PASSWORD not in Client().get("/login/").content.decode()
        assert not welcome.welcome().logins


class TestOperators:
    @pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
    def test_are_nobodys_to_take_over(self, cast: Cast, right: str) -> None:
        """An outlet's owner keeps its people, and could give an operator who works there a new password."""
        operator = person("operator", home=cast.unit("SZ-WZ"), **{right: True})
        answer = browser(cast.gao).post(
            "/network/people/operator/password/", {"password": "a-long-enough-one-7"}
        )
        assert answer.status_code == 404
        operator.refresh_from_db()
        assert operator.check_password("pass-1234")
