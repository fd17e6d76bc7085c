"""The pages that belong to no room: who gets in, what stands around every page, what is said in trouble."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from huhang.config import pages
from huhang.kit import facts
from huhang.network.models import Grant, Person
from tests.cast import Cast

pytestmark = pytest.mark.django_db
RIBBON = "模拟数据 · 不是真实客户"
LOGINS = [{"username": "gao", "password": "pass-1234", "who": "高老板", "what": "吴中网点"}]


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    facts.forget()
    yield
    facts.forget()


def browser(person: Person | None = None) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    if person:
        client.force_login(person)
    return client


def text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


class TestHome:
    """Each role begins its day on the page that carries it."""

    @pytest.mark.parametrize(
        ("who", "page"),
        [("gao", "/desk/"), ("lin", "/desk/tickets/"), ("hua", "/metrics/")],
    )
    def test_leads_to_ones_work(self, cast: Cast, who: str, page: str) -> None:
        assert browser(cast.people[who]).get("/").headers["Location"] == page

    def test_a_second_role_at_an_outlet_leads_to_its_window(self, cast: Cast) -> None:
        Grant.objects.create(person=cast.lin, role="outlet_clerk", unit=cast.unit("SZ-WZ"))
        assert browser(cast.lin).get("/").headers["Location"] == "/desk/"

    def test_a_new_installation_begins_with_its_organisation(self) -> None:
        first = Person.objects.create_superuser("first", password="pass-1234")
        assert browser(first).get("/").headers["Location"] == "/network/"
        assert "建立总部" in text(browser(first).get("/network/"))

    @pytest.mark.parametrize("page", ["/desk/", "/desk/wall/", "/metrics/"])
    def test_before_that_the_other_pages_say_what_to_do(self, page: str) -> None:
        first = Person.objects.create_superuser("first", password="pass-1234")
        assert "还没有建立组织" in text(browser(first).get(page))

    def test_a_person_without_a_role_is_told_so(self, cast: Cast) -> None:
        assert browser(cast.nobody).get("/").status_code == 200


class TestEntrance:
    def test_takes_a_right_password_and_goes_on(self, cast: Cast) -> None:
        client = browser()
        answer = client.post("/login/", {"login": "gao", "password": "pass-1234", "next": "/journey/"})
        assert answer.headers["Location"] == "/journey/"
        assert client.get("/journey/").status_code == 200

    def test_says_kindly_that_a_password_is_wrong_and_keeps_the_name(self, cast: Cast) -> None:
        page = text(browser().post("/login/", {"login": "gao", "password": "guess"}))
        assert "form-error" in page
        assert 'value="gao"' in page

    def test_sends_nobody_elsewhere(self, cast: Cast) -> None:
        form = {"login": "gao", "password": "pass-1234", "next": "https://elsewhere.example/"}
        assert not browser().post("/login/", form).headers["Location"].startswith("https:")

    def test_offers_simulated_people_only_where_all_is_simulated(self, cast: Cast) -> None:
        assert "模拟账号" not in text(browser().get("/login/"))
        facts.put("simulated", {"logins": LOGINS})
        assert "高老板" in text(browser().get("/login/"))

    def test_is_asked_before_leaving(self, cast: Cast) -> None:
        client = browser(cast.gao)
        assert "退出登录？" in text(client.get("/logout/"))
        client.post("/logout/")
        assert client.get("/journey/").status_code == 302


class TestAround:
    def test_simulated_data_is_named_on_every_page(self, cast: Cast) -> None:
        paths = ("/journey/", "/journey/hits/", "/journey/rules/", "/search/", "/nowhere/")
        assert all(RIBBON not in text(browser(cast.hua).get(path)) for path in paths)
        facts.put("simulated", {"logins": []})
        assert all(RIBBON in text(browser(cast.hua).get(path)) for path in paths)

    def test_navigation_is_what_one_may(self, cast: Cast) -> None:
        assert 'href="/journey/rules/"' in text(browser(cast.gao).get("/journey/"))
        assert 'href="/journey/' not in text(browser(cast.nobody).get("/search/"))

    def test_exactly_one_place_is_here(self, cast: Cast) -> None:
        rail = text(browser(cast.hua).get("/journey/hits/")).split("</aside>")[0]
        assert rail.count('aria-current="page"') == 1
        assert 'href="/journey/hits/" data-go="h" aria-current' in rail

    def test_a_part_does_not_pay_for_what_stands_around(self, cast: Cast) -> None:
        client = browser(cast.hua)
        client.get("/keys/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/search/?q=x", headers={"HX-Request": "true"})
        assert len(asked) <= 2  # the session and the person

    def test_the_language_is_chosen_and_one_stays(self, cast: Cast) -> None:
        client = browser(cast.gao)
        answer = client.post("/language/", {"language": "en", "next": "/journey/hits/?rule=x"})
        assert answer.headers["Location"] == "/journey/hits/?rule=x"
        assert '<html lang="en"' in text(client.get("/journey/"))

    def test_the_customers_screen_does_not_load_the_kit(self) -> None:
        from django.template.loader import render_to_string

        page = render_to_string("kit/public.html", request=RequestFactory().get("/p/x/"))
        assert "vendor" not in page


class TestTrouble:
    def test_an_unknown_address_is_a_kind_page(self, cast: Cast) -> None:
        answer = browser(cast.gao).get("/nowhere/")
        assert answer.status_code == 404
        assert "没有找到这一页" in text(answer)

    def test_a_refusal_to_a_part_becomes_a_notice(self, cast: Cast) -> None:
        answer = browser(cast.nobody).get("/journey/", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#toasts")
        assert "<html" not in text(answer)

    def test_a_failure_needs_no_database_and_gives_a_code(self, caplog: pytest.LogCaptureFixture) -> None:
        with CaptureQueriesContext(connection) as asked:
            answer = pages.failed(RequestFactory().get("/desk/"))
        assert not asked.captured_queries
        assert answer.headers["X-Reference"] in text(answer)
        assert answer.headers["X-Reference"] in caplog.text

    def test_who_may_nothing_is_told_what_to_do(self, cast: Cast) -> None:
        assert "还没有分配岗位" in text(browser(cast.nobody).get("/"))
