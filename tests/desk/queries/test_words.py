"""Words find exactly the cases that a naive look at every text finds, the newest first, whichever way is taken."""

from datetime import timedelta
from itertools import product
from random import Random
from types import SimpleNamespace

import pytest
from django.db import connection

from huhang.desk.api.cases import page_of
from huhang.desk.models import Entry, Ticket
from huhang.desk.queries import find
from huhang.desk.queries.tickets import Filters, beginnings, listed, visible
from huhang.desk.rules.kinds import EntryKind
from huhang.kit import reach, search
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WORDS = ("破损", "青花瓷", "青花", "驿站", "派送", "box", "A12", "13800001234", "花瓷瓶", "青 花瓷")
LINES = ("您好", "正在核实驿站", "青花瓷碎了", "等待派送", "box 破损", "花瓶青花")
ASKED = (
    "破损",
    "青花瓷",
    "花瓷",
    "青花",
    "驿站",
    "派",
    "bo",
    "1234",
    "破损 驿站",
    "樟木",
    "瓷青",
    "box 破损",
    "！",
)


@pytest.fixture(params=["nothing is known", "little is looked through first", "walked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database knows nothing of its words; or it does, and a guess goes as wrong as it can."""
    monkeypatch.setattr(reach, "_remembered", {})
    if request.param != "nothing is known":
        monkeypatch.setattr(reach, "FEW", 0)
        monkeypatch.setattr(reach, "_enough", lambda wanted: 0.4 * wanted)
        monkeypatch.setattr("huhang.desk.queries.words.RARE", 3)
    if request.param == "walked":
        monkeypatch.setattr(reach, "NAMES", 0)
        monkeypatch.setattr("huhang.desk.queries.words.COMMON", -1.0)
        monkeypatch.setattr("huhang.desk.queries.tickets.MUCH", 0.0)
    return str(request.param)


@pytest.fixture
def cases(cast: Cast, way: str) -> list[Ticket]:
    """Cases of two outlets, some of them brought in later than they were opened, some over, and what was said."""
    random, made = Random(7), []
    units = [cast.unit("SZ-WZ"), cast.unit("SZ-GS")]
    for number in range(60):
        at = NOON - HOUR * random.choice([number, number, 60 - number])
        over = {"state": "resolved", "resolved_at": NOON} if random.random() < 0.5 else {}
        title = " ".join(random.sample(WORDS, 2))
        made.append(factory.ticket(random.choice(units), now=at, title=title, **over))
        for later in range(random.randrange(3)):
            kind = random.choice([EntryKind.NOTE, EntryKind.TO_CUSTOMER, EntryKind.EVENT])
            factory.entry(made[-1], now=at + later * HOUR, kind=kind, text=random.choice(LINES))
    if way != "nothing is known":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE desk_ticket; ANALYZE desk_entry")
        assert reach.shares(Ticket, "search").known
    return made


def naively(rows: list[Ticket], term: str) -> list[Ticket]:
    """Every text is read; each holds all the words by itself."""
    texts = {t.pk: [f"{t.no} \n {t.title}"] for t in rows}
    for ticket, text in (
        Entry.objects.filter(ticket__in=rows).exclude(kind=EntryKind.EVENT).values_list("ticket", "text")
    ):
        texts[ticket].append(text)
    found = [t for t in rows if any(search.agrees(text, term) for text in texts[t.pk])]
    return sorted(found, key=lambda t: (t.opened_at, t.pk), reverse=True)


def test_finds_what_a_naive_look_finds(cast: Cast, cases: list[Ticket]) -> None:
    people = (cast.hua, cast.gao)
    seen = {who: [t for t in cases if t in set(visible(who))] for who in people}
    for who, term in product(people, ASKED):
        for state in ("all", "live", "over"):
            rows = [t for t in seen[who] if state == "all" or t.is_live == (state == "live")]
            wanted, filters = naively(rows, term), Filters(q=term, state=state)
            assert _first(who, filters, 7) == wanted[:7], (term, state)
            by_due = listed(who, Filters(q=term, state=state, sort="due"), now=NOON)
            assert sorted(t.pk for t in by_due) == sorted(t.pk for t in wanted), (term, state)
        wanted = naively(seen[who], term)
        assert list(listed(who, Filters(q=term, state="all"), now=NOON)) == wanted, term
        assert _all_pages(who, term) == [t.no for t in wanted], term
        in_the_box = [hit["title"].split()[0] for hit in find(who, term, now=NOON)]
        assert set(in_the_box) <= {t.no for t in wanted}, term
        assert len(in_the_box) == len(set(in_the_box)) == min(8, len(wanted)), term


def _first(who: Person, filters: Filters, count: int) -> list[Ticket]:
    """As a page reads it: the first beginning that is long enough, else the last."""
    found: list[Ticket] = []
    for rows in beginnings(who, filters, now=NOON, wanted=count):
        found = list(rows[:count])
        if len(found) == count:
            break
    return found


def _all_pages(who: Person, term: str) -> list[str]:
    """As a program reads it, from cursor to cursor."""
    read: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = SimpleNamespace(person=who, now=NOON)
        page = page_of(asked, Filters(q=term, state="all"), cursor, 11)  # type: ignore[arg-type]
        read += [item["no"] for item in page["items"]]
        cursor = page["next"]
    return read
