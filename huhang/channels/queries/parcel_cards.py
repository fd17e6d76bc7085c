"""A parcel's card in the words of whoever reads it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from huhang.kit.languages import shown


def lines(data: Mapping[str, Any]) -> list[str]:
    """Below the number and its status: where and since when, what was promised, when it is expected."""
    stands = " ".join(filter(None, [data.get("place", ""), _moment(data.get("since"))]))
    found = [stands] if stands else []
    if promised := _moment(data.get("promised_at")):
        found.append(_("承诺 %s 前送达") % promised)
    if likely := _moment(data.get("likely_at")):
        found.append(_("预计 %s 前后送达") % likely)
    return found


def as_text(data: Mapping[str, Any]) -> str:
    """The same where no card can be drawn."""
    return "\n".join([f"{data['waybill_no']} {shown(data['status'])}", *lines(data)])


def for_page(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the customer's page draws."""
    return {
        "card": data["card"], "waybill_no": data["waybill_no"], "status": shown(data["status"]), "lines": lines(data),
    }  # fmt: skip


def _moment(stored: str | None) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(stored)):%m-%d %H:%M}" if stored else ""
