"""Every page with markup in every field, and with nothing on it that our content policy would have to stop."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.channels.actions import tokens
from huhang.desk.actions import answering, progress
from huhang.desk.models import ClockPolicy, StepTemplate, Ticket
from huhang.journey.models import FeedWord, LinkStandard, Parked, Segment, WatchRule
from huhang.kit import audit
from huhang.kit.models import ImportRun
from huhang.network.models import ApiToken, Courier, DeliveryArea, Grant, OrgUnit, Person, TransitStandard
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.hostile import forms, ground
from tests.hostile.ground import WAYBILL, Scene, browser, scene
from tests.hostile.test_walls import addresses
from tests.hostile.watched import TOKEN_OF

pytestmark = pytest.mark.django_db
MARKUP = "'\"></script><img src=x onerror=a()>"
RAW = ("<img src=x", "'\"></script>", "'\"><")
# Leaves a page's own scripts, JSON islands and JSON-valued attributes.
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)
OUTSIDE = re.compile(
    r"(?:src|href|action|content|hx-get|hx-post)\s*=\s*[\"']\s*(?:https?:)?//([^/\"':]+)", re.IGNORECASE
)
ADDRESSES_OF_OTHERS = re.compile(r"url\(\s*[\"']?(?:https?:)?//", re.IGNORECASE)


@pytest.fixture
def marked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The outlet 吴中 with markup wherever somebody may write."""
    monkeypatch.setattr(ground, "WORD", MARKUP)
    made, now = scene(cast), timezone.now()
    OrgUnit.objects.update(name=MARKUP, name_en=MARKUP)
    WatchRule.objects.update(name_zh=MARKUP, name_en=MARKUP, source=MARKUP)
    ClockPolicy.objects.update(source=MARKUP)
    StepTemplate.objects.update(title=MARKUP)
    Person.objects.update(display_name=MARKUP)
    Courier.objects.update(name=MARKUP)
    DeliveryArea.objects.update(keywords=[MARKUP])
    TransitStandard.objects.update(source=MARKUP)
    ImportRun.objects.update(file_name=f"{MARKUP}.csv", by="hua")
    Segment.objects.update(source=MARKUP)
    LinkStandard.objects.update(source=MARKUP)
    LinkStandard.objects.filter(origin__isnull=False).update(product=MARKUP[:32])
    FeedWord.objects.update(theirs=MARKUP, ours=MARKUP)
    Parked.objects.update(source=MARKUP, detail=MARKUP, waybill_no=MARKUP)
    ApiToken.objects.update(name=MARKUP)
    ticket = made.ticket
    answering.answer(ticket_no=ticket.no, text=MARKUP, by=cast.lin, now=now)
    answering.hear(ticket=ticket, text=MARKUP, now=now)
    done = factory.step(ticket, now=now, order=91, state="done", done_at=now, title=MARKUP, result=MARKUP)
    progress.rate(ticket=Ticket.objects.get(pk=ticket.pk), step_id=done.pk, score=1, words=MARKUP, now=now)
    slug = WatchRule.objects.order_by("number")[0].slug
    audit.record(
        actor="hua", verb="rule", subject=f"rule:{slug}", reason=MARKUP, now=now, after={"source": MARKUP}
    )
    Grant.objects.create(person=cast.hua, role="administrator", unit=cast.unit("HQ"))
    Grant.objects.filter(person=cast.gao).update(role="administrator")
    made.arguments["journey"]["slug"] = slug
    made.arguments["desk"] |= {
        "policy_id": ClockPolicy.objects.values_list("pk", flat=True)[0],
        "template_id": StepTemplate.objects.values_list("pk", flat=True)[0],
    }
    return made


Seen = Iterator[tuple[str, str]]
QUERIES: list[dict[str, str]] = [
    {},
    {"q": MARKUP, "unit": "SZ-WZ", "state": "all", "term": MARKUP, "org": "SZ-WZ"},
    {
        "node": f"{MARKUP}站",
        "period": "30",
        "source": MARKUP,
        "find": MARKUP,
        "theirs": MARKUP,
        "kind": MARKUP,
    },
]
POSTED = dict.fromkeys(("text", "name", "code", "reason", "title"), MARKUP) | {"purpose": "contact"}


def pages(marked: Scene) -> Seen:
    """(address, text) of every page and part that somebody from headquarters can open, and of the customer's."""
    client = browser(marked.cast.hua)
    yield from _opened(client, addresses(marked))
    yield from _posted(
        client, addresses(marked), forms.of_the_watch(str(marked.arguments["journey"]["slug"]))
    )
    yield from _of_customers(marked)


def _opened(client: Client, every: Iterable[str]) -> Seen:
    """Whole and in part, asked for nothing and for markup."""
    for address in every:
        for query in QUERIES:
            for headers in ({}, {"HX-Request": "true"}):
                yield from _read(address, client.get(address, query, headers=headers))


def _posted(client: Client, every: Iterable[str], right: Any) -> Seen:
    """What a page answers to a form that holds markup."""
    for address in every:
        form = dict(forms.for_address(right, address) or {})
        typed = {key: MARKUP if isinstance(value, str) else value for key, value in form.items()}
        for given in (POSTED, typed, form | {"reason_zh": MARKUP, "name_zh": MARKUP, "source": MARKUP}):
            answer = client.post(address, given, headers={"HX-Request": "true"})
            yield from _read(f"POST {address}", answer)


def _of_customers(marked: Scene) -> Seen:
    """What people see who did not sign in."""
    reminded = tokens.token_of(TOKEN_OF)
    token = progress.issue_link(ticket=marked.ticket, now=timezone.now())
    for address in (
        f"/p/{token}",
        f"/p/{token}?thanks={MARKUP}",
        f"/p/{MARKUP}",
        f"/r/{reminded}",
        f"/r/{reminded}?done={MARKUP}",
        f"/r/{MARKUP}",
        f"/{MARKUP}/",
        f"/login/?next={MARKUP}",
    ):
        yield address, Client().get(address).content.decode()
    yield "/login/", Client().post("/login/", {"login": MARKUP, "password": "x"}).content.decode()
    yield "/api/v1/docs", Client().get("/api/v1/docs").content.decode()


def _read(address: str, answer: Any) -> Seen:
    if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
        yield address, answer.content.decode()


def test_markup_stays_text_and_nothing_is_inline_or_from_elsewhere(marked: Scene) -> None:
    """One walk for both: it opens every page, and posts to it, in nine ways."""
    seen, raw, strange = 0, {}, {}
    for address, shown in pages(marked):
        seen += "&lt;img src=x" in shown or "\\u003Cimg" in shown
        if words := [word for word in RAW if word in shown]:
            raw[address] = words
        outside = [host for host in OUTSIDE.findall(shown) if host not in ("testserver", "localhost")]
        if words := [*INLINE.findall(shown), *outside, *ADDRESSES_OF_OTHERS.findall(shown)]:
            strange[address] = words
    assert not raw
    assert not strange
    assert seen > 60  # the markup did reach the pages


def test_files_hold_no_formulas(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV and XLSX of every list: no cell begins with what a spreadsheet would run."""
    formula = "=HYPERLINK(1)"
    monkeypatch.setattr(ground, "WORD", formula)
    made = scene(cast)
    OrgUnit.objects.update(name=formula, name_en=formula)
    Person.objects.update(display_name=formula)
    Courier.objects.update(name=formula)
    WatchRule.objects.update(name_zh=formula, name_en=formula)
    a_ticket(cast, title=formula, waybill_no=WAYBILL)
    client = browser(cast.hua)
    files = [address for address in addresses(made) if address.endswith((".csv", ".xlsx"))]
    assert len(files) >= 16
    for address in files:
        for file in (address, f"{address[:-4]}.xlsx", address.replace("units.csv", "course.csv")):
            answer = client.get(file, {"state": "all", "node": f"{formula}站", "period": "30"})
            if answer.status_code == 200:
                assert not _formulas(answer), file


def _formulas(answer: Any) -> list[str]:
    import csv
    import io

    import openpyxl

    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK"):
        page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        cells = [(cell.data_type, str(cell.value)) for row in page.iter_rows() for cell in row]
        return [text for kind, text in cells if kind == "f" or text.startswith("=")]
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]
