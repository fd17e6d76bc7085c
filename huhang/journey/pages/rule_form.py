"""The form of a watch rule: what people type, and how it becomes the row's fields."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from pydantic import BaseModel, ConfigDict, Field

from huhang.journey.models import WatchRule
from huhang.journey.queries import words
from huhang.journey.rules.codes import Code
from huhang.journey.rules.watch import FLAGS, HERE, OPEN_CODES, THERE, Addressed, Link, RuleKind
from huhang.kit.errors import BadInput
from huhang.network.models import product_code, product_name

_ARROW = re.compile(r"\s*(?:→|->|—|-|，|,|\s)\s*")
_COMMAS = re.compile(r"[,，、;；\n]+")
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Chips:
    """A field whose values are pressed like buttons; `among` says which."""

    field: str
    legend: Any
    among: str = "stages"
    needs_some: bool = False


_KINDS_OF_NODE = Chips("node_kinds", _lazy("只看哪类单位（不选 = 都看）"), "node_kinds")

# What each kind of rule asks for, in this order …
CHIPS: dict[RuleKind, tuple[Chips, ...]] = {
    RuleKind.EXPECT: (
        Chips("after", _lazy("在哪些扫描之后"), needs_some=True),
        Chips("expects", _lazy("应出现哪些后续（签收总是算数；不选 = 任一后续环节）")),
        _KINDS_OF_NODE,
    ),
    RuleKind.FORBIDDEN: (
        Chips("scans", _lazy("哪些扫描"), "codes", needs_some=True),
        Chips("needs", _lazy("之前必须已有其中之一"), "needs", needs_some=True),
        _KINDS_OF_NODE,
    ),
    RuleKind.TWICE: (_KINDS_OF_NODE,),
    RuleKind.TWO_PLACES: (_KINDS_OF_NODE,),
    RuleKind.CONSENT: (
        Chips("scans", _lazy("哪些扫描须先有收件人同意"), "codes", needs_some=True),
        _KINDS_OF_NODE,
    ),
    RuleKind.PROMISE: (Chips("expects", _lazy("已到哪些环节就不再预警")),),
    RuleKind.SKIPPED: (
        Chips("scans", _lazy("在另一处出现哪些扫描"), needs_some=True),
        Chips("after", _lazy("而之前停在哪些扫描"), needs_some=True),
        Chips("expects", _lazy("说明漏了哪个扫描（补扫后解除）"), "codes", needs_some=True),
        _KINDS_OF_NODE,
    ),
    RuleKind.MISROUTED: (),
    RuleKind.LOOP: (),
    RuleKind.RESCANNED: (
        Chips("scans", _lazy("签收后不该再有哪些扫描"), "codes", needs_some=True),
        _KINDS_OF_NODE,
    ),
    RuleKind.ODD_HOUR: (
        Chips("scans", _lazy("看哪些扫描的钟点"), "codes", needs_some=True),
        _KINDS_OF_NODE,
    ),
}
LISTS = {"after", "expects", "scans", "needs", "node_kinds", "flags"}
# … and what it asks for besides.
EXTRAS: dict[RuleKind, tuple[str, ...]] = {
    RuleKind.EXPECT: ("limit",),
    RuleKind.TWICE: ("minutes",),
    RuleKind.TWO_PLACES: ("minutes",),
    RuleKind.PROMISE: ("margin",),
    RuleKind.SKIPPED: ("charged",),
    RuleKind.MISROUTED: ("charged",),
    RuleKind.LOOP: ("charged",),
    RuleKind.RESCANNED: ("delay", "charged"),
}


class RuleForm(BaseModel):
    """Every field that some kind of rule has; `changes` keeps those of this kind."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int = 0
    kind: str = ""
    slug: str = ""
    reason: str = Field("", max_length=300)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(max_length=120)
    addressed: Addressed
    link: Link
    opens_ticket: bool = False
    is_enabled: bool = False
    source: str = Field("", max_length=200)
    after: list[str] = []
    expects: list[str] = []
    scans: list[str] = []
    needs: list[str] = []
    node_kinds: list[str] = []
    flags: list[str] = []
    charged: str = HERE
    limit: str = "within"
    hours: str = ""
    by_time: str = ""
    days: str = ""
    minutes: str = ""
    margin_hours: str = ""
    products: str = ""
    except_products: str = ""
    routes: str = ""
    except_routes: str = ""

    def changes(self, kind: str, *, is_draft: bool = False) -> dict[str, Any]:
        """The fields of the row; raises BadInput naming each field that does not fit, in the reader's words.

        A draft that is only tried out needs no name yet.
        """
        errors: list[dict[str, Any]] = []
        if is_draft:
            self.name_zh, self.name_en = self.name_zh or "—", self.name_en or "draft"
        fields = self._common(errors) | self._of_kind(RuleKind(kind), errors)
        if errors:
            raise BadInput(errors=errors)
        return fields

    def _common(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        unnamed = [field for field in ("name_zh", "name_en") if not getattr(self, field)]
        errors += [{"field": field, "reason": _("请写名称。")} for field in unnamed]
        return {
            "name_zh": self.name_zh, "name_en": self.name_en, "addressed": self.addressed, "link": self.link,
            "opens_ticket": self.opens_ticket, "is_enabled": self.is_enabled, "source": self.source,
            "flags": _known(self.flags, FLAGS, "flags", errors),
            "products": _products(self.products), "except_products": _products(self.except_products),
            "routes": _routes(self.routes, "routes", errors),
            "except_routes": _routes(self.except_routes, "except_routes", errors),
        }  # fmt: skip

    def _of_kind(self, kind: RuleKind, errors: list[dict[str, Any]]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for chips in CHIPS[kind]:
            value: list[str] = getattr(self, chips.field)
            fields[chips.field] = _some(value, chips.field, errors) if chips.needs_some else value
        for extra in EXTRAS.get(kind, ()):
            fields |= _READ[extra](self, errors)
        return fields

    def _charged(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        if self.charged not in (HERE, THERE):
            errors.append({"field": "charged", "reason": _("请选择算谁的。")})
        return {"charged": self.charged}

    def _minutes(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        return {"minutes": round(_number(self.minutes, "minutes", errors, at_least=1))}

    def _delay(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        """The same, where none is fine too."""
        return {"minutes": round(_number(self.minutes or "0", "minutes", errors, at_least=0))}

    def _margin(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        hours = _number(self.margin_hours or "0", "margin_hours", errors, at_least=0)
        return {"margin_minutes": round(hours * 60)}

    def _limit(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        """Either so many hours after the scan, or by a time of day."""
        if self.limit == "within":
            hours = _number(self.hours, "hours", errors, at_least=1 / 60)
            return {"within_minutes": round(hours * 60), "by_time": None, "days": 0}
        days = round(_number(self.days or "0", "days", errors, at_least=0))
        return {"within_minutes": None, "by_time": _clock(self.by_time, errors), "days": days}


_READ: dict[str, Callable[[RuleForm, list[dict[str, Any]]], dict[str, Any]]] = {
    "limit": RuleForm._limit,
    "minutes": RuleForm._minutes,
    "delay": RuleForm._delay,
    "margin": RuleForm._margin,
    "charged": RuleForm._charged,
}


def _known(values: list[str], known: Iterable[str], field: str, errors: list[dict[str, Any]]) -> list[str]:
    if set(values) - set(known):
        errors.append({"field": field, "reason": _("请从列出的选项中选。")})
    return values


def _some(values: list[str], field: str, errors: list[dict[str, Any]]) -> list[str]:
    if not values:
        errors.append({"field": field, "reason": _("请至少选一项。")})
    return values


def _number(text: str, field: str, errors: list[dict[str, Any]], *, at_least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not at_least <= value <= MINUTES_A_DAY * 365:
        errors.append(
            {"field": field, "reason": _("请填写大于零的数字。") if at_least else _("请填写数字。")}
        )
        return 0.0
    return value


def _clock(text: str, errors: list[dict[str, Any]]) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        errors.append({"field": "by_time", "reason": _("请填写钟点，例如 21:00。")})
        return None


def _products(text: str) -> list[str]:
    return [product_code(word.strip()) for word in _COMMAS.split(text) if word.strip()]


def _routes(text: str, field: str, errors: list[dict[str, Any]]) -> list[list[str]]:
    routes = []
    for number, line in enumerate(text.splitlines(), start=1):
        ends = [end for end in _ARROW.split(line.strip()) if end]
        if len(ends) == 2:
            routes.append(ends)
        elif ends:
            reason = _("第 %(n)s 行应为“始发省 → 目的省”，任意省写 *。") % {"n": number}
            errors.append({"field": field, "reason": reason})
    return routes


def filled_in(row: WatchRule) -> dict[str, Any]:
    """The row as the form shows it."""
    plain = {name: getattr(row, name) for name in RuleForm.model_fields if hasattr(row, name)}
    return plain | {
        "limit": "by" if row.by_time else "within",
        "minutes": row.minutes or "",
        "hours": _short((row.within_minutes or 0) / 60) if row.within_minutes else "",
        "margin_hours": _short(row.margin_minutes / 60),
        "by_time": row.by_time.isoformat("minutes") if row.by_time else "",
        "products": "、".join(map(product_name, row.products)),
        "except_products": "、".join(map(product_name, row.except_products)),
        "routes": "\n".join(" → ".join(pair) for pair in row.routes),
        "except_routes": "\n".join(" → ".join(pair) for pair in row.except_routes),
    }


def options(chips: Chips) -> list[tuple[str, Any]]:
    """What can be pressed, by its stored name."""
    codes = [(code, text) for code, text in words.CODES.items() if 0 < code < Code.REGISTERED]
    if chips.among == "stages":
        return [(code.name, text) for code, text in codes if code in OPEN_CODES]
    if chips.among == "node_kinds":
        return list(words.NODE_KINDS.items())
    arrived = [("ARRIVED_AT_OUTLET", _("到达派件网点"))] if chips.among == "needs" else []
    return [*arrived, *((code.name, text) for code, text in codes)]


def blank(kind: RuleKind) -> dict[str, Any]:
    """An empty form: a new rule rests until somebody has seen what it would raise."""
    empty = RuleForm(name_zh="", name_en="", addressed=Addressed.OUTLET, link=Link.DELIVERY)
    return empty.model_dump() | {"kind": kind, "days": "0"}


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
