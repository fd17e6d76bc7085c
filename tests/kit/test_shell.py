"""The shell in a real browser: clocks, keys, live parts, honest words, nothing refused by policy."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from huhang.kit.ui.templatetags.ui import linked
from tests.cast import Cast
from tests.kit.test_links import TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Stands for the push server: the test says what it sends, and sees what it was asked.
FAKE_SOURCE = """
window.sources = [];
window.EventSource = class {
  constructor(url) { this.url = String(url); this.readyState = 0; this.heard = {}; window.sources.push(this); }
  addEventListener(name, fn) { this.heard[name] = fn; }
  close() { this.readyState = 2; }
  say(id, kind, ref) { this.heard.change({ data: JSON.stringify({ id, kind, ref }) }); }
};
EventSource.CLOSED = 2;
window.live = () => window.sources.at(-1);
"""
AN_HOUR_AHEAD = """
const real = Date.now, origin = performance.timeOrigin;
Date.now = () => real() + 3600e3;
Object.defineProperty(performance, "timeOrigin", { value: origin + 3600e3 });
"""
COUNTING = """
window.heard = [];
document.body.addEventListener("live:journey.hit", (e) => window.heard.push(e.detail.refs));
"""


@pytest.fixture
def page(desktop: Any, live_server: Any, cast: Cast) -> Any:
    """Hua, signed in, before her first page; reports what the content policy refused."""
    refused: list[str] = []
    desktop.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    client = Client()
    client.force_login(cast.hua)
    desktop.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    desktop.add_init_script(FAKE_SOURCE)
    desktop.site = live_server.url
    yield desktop
    assert not refused


def until(page: Any, condition: str, seconds: float = 6) -> None:
    """Wait for a condition; Playwright's own wait needs the eval that our content policy forbids."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def put(page: Any, html: str) -> None:
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", html)


class TestClocks:
    def test_turn_from_soon_to_late_by_themselves(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/")
        now = timezone.now()
        due, since = now.timestamp() + 2, now.timestamp() - 60
        put(
            page,
            f'<time id="t" class="clock clock-soon" data-due="{iso(due)}" data-from="{iso(since)}">?</time>',
        )
        until(page, "document.getElementById('t').textContent.startsWith('剩')")
        until(page, "document.getElementById('t').className === 'clock clock-late'")
        assert page.inner_text("#t").startswith("超 00:0")

    def test_keep_the_servers_time_on_a_machine_that_is_wrong(self, page: Any) -> None:
        page.add_init_script(AN_HOUR_AHEAD)
        page.goto(f"{page.site}/journey/")
        put(
            page,
            f'<time id="t" class="clock clock-on-time" data-due="{iso(timezone.now().timestamp() + 90)}">?</time>',
        )
        until(page, "document.getElementById('t').textContent !== '?'")
        assert page.inner_text("#t").startswith("剩 01:")


class TestKeys:
    def test_g_and_a_letter_go(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/")
        page.keyboard.press("g")
        page.keyboard.press("h")
        page.wait_for_url("**/journey/hits/")

    def test_j_k_and_enter_walk_a_list(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/")
        for key in "jjjk":
            page.keyboard.press(key)
        second = page.locator("[data-row]").nth(1)
        assert "is-current" in second.get_attribute("class")
        page.keyboard.press("Enter")
        page.wait_for_url("**/journey/rules/collected_not_departed/")

    def test_typing_is_typing(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/order_not_collected/")
        page.fill("#name_zh", "")
        page.type("#name_zh", "gh?jk/")
        assert page.input_value("#name_zh") == "gh?jk/"
        assert not page.locator("dialog[open]").count()

    def test_the_list_of_keys_opens_and_closes(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/")
        page.keyboard.press("?")
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog:not([open])", state="attached")

    def test_control_k_searches_everything(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/")
        page.keyboard.press("Control+k")
        page.keyboard.type("吴中网点")
        page.wait_for_selector("#found :is(a, p)")
        page.keyboard.press("Escape")
        assert page.locator("#found > *").count() == 0


def settled(page: Any) -> None:
    """The bell comes a moment after the page and brings topics of its own."""
    page.wait_for_selector(".bell [data-live]", state="attached")
    until(
        page,
        "new URL(live().url).searchParams.getAll('token').length === "
        "new Set([...document.querySelectorAll('[data-live]')].map(e => e.dataset.topics)).size",
    )


class TestLive:
    def test_a_burst_is_two_events_and_nothing_comes_twice(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/hits/")
        settled(page)
        page.evaluate(COUNTING)
        page.evaluate(
            "const s = live(); s.onopen(); for (let i = 0; i < 50; i++) s.say(1000 + i, 'journey.hit', 'a' + i)"
        )
        until(page, "heard.length === 1")
        page.evaluate(
            "const s = live(); for (let i = 0; i < 60; i++) s.say(1000 + i, 'journey.hit', 'a' + i)"
        )
        until(page, "heard.length === 2")
        page.wait_for_timeout(1300)
        assert page.evaluate("heard.map(refs => refs.length)") == [50, 10]

    def test_comes_back_with_the_last_id_it_heard(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/hits/")
        settled(page)
        page.evaluate(
            "const s = live(); s.onopen(); s.say(777, 'journey.hit', 'x'); s.readyState = 2; s.onerror()"
        )
        until(page, "live().url.includes('last=777')")

    def test_is_one_stream_for_all_parts_of_the_page(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/hits/")
        settled(page)
        page.evaluate("window.before = sources.length")
        page.evaluate("htmx.trigger(document.body, 'live:journey.hit')")
        page.wait_for_timeout(800)
        assert page.evaluate("sources.filter(s => s.readyState !== 2).length") == 1
        assert page.evaluate("sources.length === window.before")

    def test_says_that_it_is_away_and_asks_by_itself_meanwhile(self, page: Any) -> None:
        page.clock.install()
        page.goto(f"{page.site}/journey/hits/")
        page.wait_for_selector(".bell [data-live]", state="attached")
        page.clock.run_for(1000)
        page.evaluate(COUNTING)
        page.evaluate("live().onerror()")
        page.clock.run_for(4000)
        assert page.is_visible("#live-mark")
        page.clock.run_for(16000)
        assert page.evaluate("heard") == [[]]
        page.evaluate("live().onopen()")
        assert page.is_hidden("#live-mark")


class TestHonesty:
    def test_a_cut_line_is_said_and_nothing_is_lost(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/order_not_collected/")
        page.fill("#reason", "旺季")
        page.context.set_offline(True)
        page.click("#rule-form button.btn-primary")
        page.wait_for_selector("#toasts [data-toast]")
        assert "网络断开" in page.inner_text("#toasts")
        assert page.input_value("#reason") == "旺季"

    def test_a_form_that_was_not_understood_comes_back_with_reasons(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/order_not_collected/")
        page.fill("[name=hours]", "soon")
        page.click("#rule-form button.btn-primary")
        page.wait_for_selector("#rule-form .is-invalid")
        assert page.input_value("[name=hours]") == "soon"
        assert page.locator("#toasts [data-toast]").count() == 0


PAINT = """html => {
    document.querySelector("main").insertAdjacentHTML("beforeend", "<div id=place></div>");
    htmx.swap("#place", html, { swapStyle: "innerHTML", settleDelay: 60000, swapDelay: 0 });
}"""


class TestPainted:
    """What has been painted is meant as it looks, although nothing has settled yet."""

    @pytest.fixture
    def asked(self, page: Any) -> list[str]:
        page.goto(f"{page.site}/metrics/")
        page.wait_for_selector(".bell [data-live]", state="attached")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        return asked

    def test_a_form_is_not_lost_in_the_address(self, page: Any, asked: list[str]) -> None:
        page.evaluate(
            PAINT,
            "<form id=early hx-post='/keys/' hx-swap=none><textarea name=result>已送到</textarea></form>",
        )
        with page.expect_request(lambda request: request.method == "POST"):
            page.evaluate("document.getElementById('early').requestSubmit()")
        assert page.url == f"{page.site}/metrics/"
        assert f"POST {page.site}/keys/" in asked

    def test_a_button_does_what_it_says(self, page: Any, asked: list[str]) -> None:
        page.evaluate(PAINT, "<button id=early hx-get='/keys/' hx-target='#dialog'></button>")
        page.evaluate("document.getElementById('early').click()")
        page.wait_for_selector("#dialog[open]")
        assert f"GET {page.site}/keys/" in asked

    def test_a_change_is_heard(self, page: Any, asked: list[str]) -> None:
        page.evaluate(PAINT, "<p hx-get='/keys/' hx-trigger='live:journey.hit from:body'></p>")
        with page.expect_request(f"{page.site}/keys/"):
            page.evaluate("htmx.trigger(document.body, 'live:journey.hit')")


class TestComfort:
    def test_the_chosen_theme_and_rail_stay(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/rules/")
        page.click(".menu-person summary")
        page.click(".menu-person [data-theme=dark]")
        page.keyboard.press("Escape")
        page.hover(".rail")
        page.click("[data-rail-pin]")
        page.goto(f"{page.site}/journey/hits/")
        assert page.evaluate(
            "[document.documentElement.dataset.bsTheme, document.documentElement.dataset.rail]"
        ) == [
            "dark",
            "wide",
        ]

    def test_filters_are_in_the_address(self, page: Any) -> None:
        page.goto(f"{page.site}/journey/hits/")
        page.select_option("select[name=rule]", "promise_passed")
        page.wait_for_url("**rule=promise_passed**")
        page.wait_for_selector("#list >> text=这些条件下没有预警")


SAME = """
async ([source, pairs]) => {
    const { linked } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const told = (one) => [one.textContent, [...one.querySelectorAll("a")].map((a) =>
        [a.href, a.target, a.rel, a.querySelector("b").textContent, a.textContent])];
    return pairs.map(([text, html]) => {
        const [ours, theirs] = [document.createElement("div"), document.createElement("div")];
        ours.append(linked(text));
        theirs.innerHTML = html;
        return [told(ours), told(theirs)];
    });
}"""


def test_addresses_are_found_as_the_server_finds_them(desktop: Any) -> None:
    source = Path(str(finders.find("js/links.js"))).read_text(encoding="utf-8")
    told = desktop.evaluate(SAME, [source, [(text, str(linked(text))) for text in TEXTS]])
    for text, (ours, theirs) in zip(TEXTS, told, strict=True):
        assert ours == theirs, text
