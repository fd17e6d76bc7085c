"""The customer's page on a telephone: the link of the SMS, a picture, stars, a human, and "not solved"."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Notice, Outgoing
from huhang.desk.actions import progress, tickets
from huhang.desk.models import Attachment, StepRating, Ticket
from tests import pictures as made
from tests.cast import Cast
from tests.desk.pages.test_progress import a_case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"
# What a reader with a screen reader, a keyboard or weak eyes needs; each line is an element that lacks it.
LACKING = """() => {
  const wrong = [], named = (e) => (e.textContent + (e.getAttribute('aria-label') || '') + (e.alt || '') + (e.querySelector('img')?.alt || '')).trim();
  for (const e of document.querySelectorAll('input:not([type=hidden]), textarea, select'))
    if (!e.labels.length && !e.getAttribute('aria-label')) wrong.push('no label: ' + e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll('a, button, summary, img')) if (!named(e)) wrong.push('no name: ' + e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
    for (const id of `${e.getAttribute('aria-labelledby') || ''} ${e.getAttribute('aria-describedby') || ''}`.trim().split(/\\s+/))
      if (!document.getElementById(id)) wrong.push('points nowhere: ' + id);
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('twice: ' + id);
  for (const [name, count] of [['main', 1], ['header', 1], ['h1', 1]])
    if (document.querySelectorAll(name).length !== count) wrong.push('not once: ' + name);
  const levels = [...document.querySelectorAll('h1, h2, h3')].map((e) => +e.tagName[1]);
  if (levels.some((level, n) => level > (levels[n - 1] || 0) + 1)) wrong.push('headings skip a level');
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c.slice(0, 3); } return [255, 255, 255]; };
  for (const e of document.querySelectorAll('main *, header *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility() || e.closest('.stars')) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color).slice(0, 3)), light(ground(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) wrong.push(`contrast ${contrast.toFixed(2)}: ${e.textContent.trim().slice(0, 40)}`);
  }
  for (const e of document.querySelectorAll('main a.button, button, summary.button, label.button')) {
    const box = e.getBoundingClientRect();
    if (box.height && box.height < 43.5) wrong.push(`small to touch: ${named(e)}`);
  }
  return wrong;
}"""  # noqa: E501
WORDS = {
    "zh-hans": ("每一步", "您的问题正在处理"),
    "en": ("Every step", "The outlet finds out what happened"),
}


@pytest.fixture(autouse=True)
def _ground(tmp_path: Path, settings: Any) -> None:
    settings.FILES = tmp_path / "files"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    ticket = a_case(cast, ago=20)
    tickets.resolve(ticket_no=ticket.no, result="已核实确有破损", by=cast.gao, now=timezone.now())
    return ticket


def texted(ticket: Ticket, cast: Cast, url: str) -> str:
    """The address in the SMS that the customer was sent."""
    progress.send_link(ticket_no=ticket.no, by=cast.lin, now=timezone.now())
    return f"{url}/p/{token_of(Outgoing.objects.get().key)}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_customer_reads_shows_rates_asks_and_disagrees(
    phone: Any, live_server: Any, cast: Cast, ticket: Ticket, tmp_path: Path, language: str
) -> None:
    address = texted(ticket, cast, live_server.url)
    phone.goto(f"{address}?lang={language}")
    for words in WORDS[language]:
        if language == "zh-hans" or words != WORDS["en"][0]:
            expect(phone.locator("#progress")).to_contain_text(words)
    assert not phone.evaluate(WIDER)
    assert phone.evaluate(LACKING) == []

    picture = tmp_path / "破损.jpg"
    picture.write_bytes(made.photo(size=(4000, 3000)))
    phone.fill("#text", "杯子碎了")
    phone.set_input_files("#files-text", str(picture))
    expect(phone.locator(".chosen img")).to_have_count(1)
    phone.click("form[action*='/say'] button")
    expect(phone.locator(".talk .shots img")).to_have_count(1)
    assert Attachment.objects.get().content_type == "image/jpeg"
    assert f"lang={language}" in phone.url

    done = ticket.steps.filter(state="done").get()
    phone.click(f"label[for=s{done.pk}-4]")
    phone.click(f"#step-{done.pk} .rate-words button")
    expect(phone.locator(f"#step-{done.pk} .rated")).to_be_visible()
    assert StepRating.objects.get().score == 4

    phone.click("form[action*='/human'] button")
    expect(phone.locator("#human .thanks")).to_be_visible()
    assert Notice.objects.filter(kind="desk.human").count() == 1

    while Ticket.objects.get(pk=ticket.pk).is_live:
        tickets.resolve(ticket_no=ticket.no, result="已赔付", by=cast.hua, now=timezone.now())
    phone.goto(f"{address}?lang={language}")
    assert phone.evaluate(LACKING) == []
    phone.click(".not-solved > summary")
    phone.fill("#why", "还没收到")
    phone.click("form[action*='/not-solved'] button")
    expect(phone.locator("#promise .thanks")).to_be_visible()
    assert Ticket.objects.get(pk=ticket.pk).is_live
    assert not phone.evaluate(WIDER)


def test_everything_works_without_scripts(
    chromium: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    page = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.goto(texted(ticket, cast, live_server.url))
    page.set_input_files("#files-text", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": made.photo()})
    page.click("form[action*='/say'] button")
    expect(page.locator(".talk .shots img")).to_have_count(1)
    page.context.close()


def test_weighs_little_as_it_comes_over_the_line(
    phone: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    weights: dict[str, int] = {}
    phone.on("response", lambda answer: weights.update({answer.url: len(answer.body())}))
    phone.goto(texted(ticket, cast, live_server.url), wait_until="networkidle")
    assert any(url.endswith("shrink.js") for url in weights)
    assert sum(weights.values()) < 60_000, weights


def test_colours_of_the_night_can_be_read_too(
    phone: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    phone.emulate_media(color_scheme="dark", reduced_motion="reduce")
    phone.goto(texted(ticket, cast, live_server.url))
    assert phone.evaluate(LACKING) == []
