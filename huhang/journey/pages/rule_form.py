"""The form of a watch rule: what people type, and how it becomes the row's fields."""

import re
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from huhang.journey.models import WatchRule
from huhang.journey.rules.watch import Addressed, Link, RuleKind
from huhang.kit.errors import BadInput
from huhang.network.models import product_code, product_name

_ARROW = re.compile(r"\s*(?:→|->|—|-|，|,|\s)\s*")
_COMMAS = re.compile(r"[,，、;；\n]+")
MINUTES_A_DAY = 1440


class RuleForm(BaseModel):
    """Every field that some kind of rule has; `changes` keeps those of this kind."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int
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

    def changes(self, kind: str) -> dict[str, Any]:
        """The fields of the row; raises BadInput naming each field that does not fit, in the reader's words."""
        errors: list[dict[str, Any]] = []
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
            "products": _products(self.products), "except_products": _products(self.except_products),
            "routes": _routes(self.routes, "routes", errors),
            "except_routes": _routes(self.except_routes, "except_routes", errors),
        }  # fmt: skip

    def _of_kind(self, kind: RuleKind, errors: list[dict[str, Any]]) -> dict[str, Any]:
        if kind is RuleKind.EXPECT:
            needed = _some(self.after, "after", errors)
            return {"after": needed, "expects": self.expects, "node_kinds": self.node_kinds} | self._limit(
                errors
            )
        if kind is RuleKind.FORBIDDEN:
            scans, needs = _some(self.scans, "scans", errors), _some(self.needs, "needs", errors)
            return {"scans": scans, "needs": needs}
        if kind is RuleKind.CONSENT:
            return {"scans": _some(self.scans, "scans", errors)}
        if kind is RuleKind.PROMISE:
            hours = _number(self.margin_hours or "0", "margin_hours", errors, at_least=0)
            return {"expects": self.expects, "margin_minutes": round(hours * 60)}
        return {"minutes": round(_number(self.minutes, "minutes", errors, at_least=1))}

    def _limit(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        """Either so many hours after the scan, or by a time of day."""
        if self.limit == "within":
            hours = _number(self.hours, "hours", errors, at_least=1 / 60)
            return {"within_minutes": round(hours * 60), "by_time": None, "days": 0}
        days = round(_number(self.days or "0", "days", errors, at_least=0))
        return {"within_minutes": None, "by_time": _clock(self.by_time, errors), "days": days}


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
        "hours": _short((row.within_minutes or 0) / 60) if row.within_minutes else "",
        "margin_hours": _short(row.margin_minutes / 60),
        "by_time": row.by_time.isoformat("minutes") if row.by_time else "",
        "products": "、".join(map(product_name, row.products)),
        "except_products": "、".join(map(product_name, row.except_products)),
        "routes": "\n".join(" → ".join(pair) for pair in row.routes),
        "except_routes": "\n".join(" → ".join(pair) for pair in row.except_routes),
    }


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
