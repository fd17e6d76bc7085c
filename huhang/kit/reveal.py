"""Showing what is masked: for one look, to one person, for a stated purpose, and on the record.

A room offers a page of its own that calls `show`; kit brings the dialog. GET asks for the purpose, POST records
and shows. Nothing is kept in the browser: closing the dialog hides the values again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from huhang.kit import audit
from huhang.kit.doors import part, read
from huhang.kit.errors import BadInput, NotAllowed

PURPOSES: dict[str, Any] = {
    "contact": _("联系客户处理本件"),
    "verify": _("核对身份或地址"),
    "claim": _("理赔取证"),
    "other": _("其他（请写明）"),
}


class WhyNotSaid(BadInput):
    """请写明用途，再查看完整信息。"""


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    purpose: Literal["contact", "verify", "claim", "other"]
    note: str = Field("", max_length=200)


def show(
    request: Any, *, subject: str, about: str, path: str | None, values: Callable[[], Mapping[Any, str]]
) -> HttpResponse:
    """Ask why, then record and show `values()` ({label: text}). `about` names the thing in the dialog."""
    _allowed(request.person, path)
    if request.method != "POST":
        return part(request, "kit/_reveal.html", about=about, purposes=PURPOSES.items(), path=request.path)
    asked = read(Asked, request)
    shown = values()
    record(
        person=request.person, subject=subject, path=path, purpose=asked.purpose, note=asked.note,
        fields=[str(label) for label in shown], now=request.now, address=address_of(request),
    )  # fmt: skip
    response = part(request, "kit/_revealed.html", about=about, values=shown.items())
    response["Cache-Control"] = "no-store"
    return response


def record(
    *,
    person: Any,
    subject: str,
    path: str | None,
    purpose: str,
    note: str,
    fields: list[str],
    now: datetime,
    address: str,
) -> None:
    """Put on record who reads what and why; whoever may not, or does not say why, is refused."""
    _allowed(person, path)
    if purpose == "other" and not note:
        raise WhyNotSaid
    audit.record(
        actor=person.get_username(), verb="kit.reveal", subject=subject, now=now,
        reason=f"{purpose} {note}".strip(), after={"fields": fields}, address=address,
    )  # fmt: skip


def _allowed(person: Any, path: str | None) -> None:
    if not person.may("kit.reveal", path):
        raise NotAllowed(permission="kit.reveal")


def address_of(request: HttpRequest) -> str:
    """Where the request came from, for the record."""
    return str(request.META.get("REMOTE_ADDR", ""))
