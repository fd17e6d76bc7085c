"""What is asked of a desk: every list, view, search and page, by people of every level."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from bench.casewords import COMMON, PHRASE, SAID, SAID_OFTEN, WORD

API, LIST = "/api/v1/tickets", "/desk/tickets/"
PAGE = 50
CUSTOMER = "customer"
PLACES = {"lin": "HQ", "sheng": "province", "shi": "city", "gao": "outlet"}
FOUND = {"3 characters": PHRASE, "2 characters": WORD, "a word of most": COMMON, "what was said": SAID}
TAIL = "1234"


@dataclass(frozen=True)
class Shape:
    """One sort of request; `finds` are words that every row found must really hold, `rows` how many come back.

    A path with `{link}` is a customer's own, of whom many ask.
    """

    what: str
    who: str
    path: str
    rows: int | None = None
    finds: str = ""
    has_bare: bool = False
    is_write: bool = False

    @property
    def is_json(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def may_find_fewer(self) -> bool:
        """Does a small desk perhaps have fewer cases to show, and can as few be asked for?"""
        return self.is_json and bool(self.finds)


def shapes(cases: int) -> list[Shape]:
    """All that is asked of a desk of this size, in the same order whatever its size."""
    middle = f"T{cases // 2 // 5 * 5:08d}"
    return [
        Shape("nothing (healthz)", "lin", "/healthz"),
        Shape("create, JSON", "lin", API, is_write=True, has_bare=True),
        Shape("open a case, JSON", "lin", f"{API}/{middle}", has_bare=True),
        Shape("open a case, HTML", "lin", f"/desk/t/{middle}/", has_bare=True),
        *_lists(cases),
        *_finds(cases),
        *_boxes(cases),
        Shape("do-it-now window of an outlet, HTML", "gao", "/desk/"),
        Shape("today of an outlet, HTML", "gao", "/desk/?tab=report"),
        Shape("today of HQ, HTML", "hua", "/desk/?tab=report"),
        Shape("SOS wall of a province, HTML", "sheng", "/desk/wall/"),
        Shape("SOS wall of HQ, HTML", "hua", "/desk/wall/"),
        Shape("departments of HQ, HTML", "hua", "/desk/departments/"),
        Shape("steps behind a figure, HTML", "hua", "/desk/departments/steps/?unit=P10C1O01&outcome=missed"),
        Shape("progress page, HTML", CUSTOMER, "/p/{link}"),
    ]


def _lists(cases: int) -> list[Shape]:
    first, last = (f"{datetime.now(UTC) - timedelta(days=days):%F}" for days in (21, 20))
    claimed = f"claimed_from={first}&claimed_to={last}"
    return [
        *(
            shape
            for who, place in PLACES.items()
            for shape in (
                Shape(f"list of 50 open, {place}, JSON", who, f"{API}?live=true", PAGE, has_bare=True),
                Shape(f"list of 50 open, {place}, HTML", who, LIST, PAGE),
            )
        ),
        Shape("my list, HTML", "lin", f"{LIST}?owner=me", PAGE),
        Shape("list of late, HTML", "lin", f"{LIST}?late=1", PAGE),
        Shape("list of a kind in a city, HTML", "lin", f"{LIST}?kind=claim,urge&unit=P10C1", _full(cases)),
        Shape("list of ended, HTML", "sheng", f"{LIST}?state=over", PAGE),
        Shape("list of a kind that nothing open is, HTML", "lin", f"{LIST}?kind=trace", 0),
        Shape("list of a language never spoken, HTML", "lin", f"{LIST}?state=all&language=en", 0),
        Shape("list of all claimed in two days, HTML", "lin", f"{LIST}?state=all&{claimed}", PAGE),
    ]


def _finds(cases: int) -> list[Shape]:
    waybill, tails = _waybill(cases), min(PAGE, cases // 10_000) or None
    return [
        *(
            Shape(f"find {name}, {place}, JSON", who, _asking(API, word), _rows(name, who, cases), finds=word)
            for name, word in FOUND.items()
            for who, place in PLACES.items()
        ),
        Shape(
            "find 3 characters, HQ, HTML",
            "lin",
            f"{_asking(LIST, PHRASE)}&state=all",
            _full(cases),
            finds=PHRASE,
        ),
        Shape("find the last 4 of a phone, JSON", "lin", _asking(API, TAIL), tails, finds=TAIL),
        Shape("find a waybill, JSON", "lin", _asking(API, waybill), 1, finds=waybill),
        Shape("find a common word among the open, HTML", "lin", _asking(LIST, COMMON), PAGE, finds=COMMON),
    ]


def _boxes(cases: int) -> list[Shape]:
    asked = {**FOUND, "said often": SAID_OFTEN, "last 4 of a phone": TAIL, "a waybill": _waybill(cases)}
    return [
        Shape(f"find box, {name}, {PLACES[who]}, HTML", who, _asking("/search/", word))
        for name, word in asked.items()
        for who in ("lin", "gao")
    ]


def _asking(path: str, word: str) -> str:
    return f"{path}?q={quote(word)}"


def _waybill(cases: int) -> str:
    return f"SX77{cases // 2:011d}"


def _full(cases: int) -> int | None:
    """A full page where there are enough cases for one."""
    return PAGE if cases >= 10_000 else None


def _rows(name: str, who: str, cases: int) -> int | None:
    """A full page where the words are common enough for one."""
    return _full(cases) if who == "lin" or name in ("a word of most", "what was said") else None
