"""The form of a storm: what people type, and how it becomes a storm."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from huhang.journey.models import Storm
from huhang.journey.queries.storms import READY_REASONS
from huhang.kit.errors import BadInput
from huhang.network.models import OrgUnit

USUAL_HOURS = 24
USUAL_LENGTH = timedelta(days=2)
SHOWN = "%Y-%m-%dT%H:%M"  # as a browser's field for a moment takes it
OWN_WORDS = "other"


class StormForm(BaseModel):
    """As it is posted: moments in our zone, the extra time in hours, the reason ready or in own words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int = 0
    storm: int = 0
    unit: str = Field("", max_length=32)
    starts_at: str = Field("", max_length=32)
    ends_at: str = Field("", max_length=32)
    extra_hours: str = Field("", max_length=12)
    ready: str = Field("", max_length=200)
    reason_zh: str = Field("", max_length=200)
    reason_en: str = Field("", max_length=200)

    def chosen(self, units: Iterable[OrgUnit]) -> OrgUnit:
        """The unit, among those one may declare a storm for."""
        unit = next((unit for unit in units if unit.code == self.unit), None)
        if unit is None:
            raise BadInput(errors=[{"field": "unit", "reason": _("请选择区域。")}])
        return unit

    def facts(self) -> dict[str, Any]:
        """What makes the storm; raises BadInput naming each field that cannot be read."""
        errors: list[dict[str, Any]] = []
        zh, en = self._reason()
        facts = {
            "starts_at": _moment(self.starts_at, "starts_at", errors),
            "ends_at": _moment(self.ends_at, "ends_at", errors),
            "extra_minutes": _minutes(self.extra_hours, errors),
            "reason_zh": zh,
            "reason_en": en,
        }
        if errors:
            raise BadInput(errors=errors)
        return facts

    def _reason(self) -> tuple[str, str]:
        return next(
            (pair for pair in READY_REASONS if pair[0] == self.ready), (self.reason_zh, self.reason_en)
        )


def _moment(text: str, field: str, errors: list[dict[str, Any]]) -> datetime:
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        errors.append({"field": field, "reason": _("请填写日期和时间。")})
        return timezone.now()


def _minutes(text: str, errors: list[dict[str, Any]]) -> int:
    try:
        return round(float(text) * 60)
    except (ValueError, OverflowError):
        errors.append({"field": "extra_minutes", "reason": _("请填写数字。")})
        return 0


def fresh(*, now: datetime) -> dict[str, Any]:
    """A form for a storm that begins now and holds for two days."""
    start = timezone.localtime(now)
    return {
        "version": 0, "unit": "", "starts_at": f"{start:{SHOWN}}", "ends_at": f"{start + USUAL_LENGTH:{SHOWN}}",
        "extra_hours": str(USUAL_HOURS), "ready": READY_REASONS[0][0], "reason_zh": "", "reason_en": "",
    }  # fmt: skip


def filled_in(storm: Storm) -> dict[str, Any]:
    """The storm as the form shows it."""
    is_ready = any(zh == storm.reason_zh for zh, _en in READY_REASONS)
    hours = storm.extra_minutes / 60
    return {
        "version": storm.version, "unit": storm.unit.code,
        "starts_at": f"{timezone.localtime(storm.starts_at):{SHOWN}}",
        "ends_at": f"{timezone.localtime(storm.ends_at):{SHOWN}}",
        "extra_hours": f"{hours:.2f}".rstrip("0").rstrip("."),
        "ready": storm.reason_zh if is_ready else OWN_WORDS,
        "reason_zh": "" if is_ready else storm.reason_zh, "reason_en": "" if is_ready else storm.reason_en,
    }  # fmt: skip
