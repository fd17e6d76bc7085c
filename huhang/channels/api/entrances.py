"""The generic inbound door: whatever system holds a customer's words hands them in here, once."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import AwareDatetime, Field

from huhang.channels.actions import inbox
from huhang.channels.queries import entrances as queries
from huhang.channels.rules.incoming import Incoming
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.programs import Strict

router = Router(tags=["entrances"])
HEAR = "channels.hear"


class EntranceIsClosed(BadInput):
    """这个入口没有启用，消息没有收下；请先在“入口”里启用它。"""


class MessageIn(Strict):
    """One message as the other system knows it."""

    id: str = Field(
        min_length=1,
        max_length=180,
        description="Their name for it; sent again, it is kept once.",
        examples=["m-1"],
    )
    sender: str = Field(
        min_length=1, max_length=200, alias="from", description="Who, in their words.", examples=["u-1001"]
    )
    text: str = Field("", max_length=4000, examples=["我的快递三天没动了"])
    name: str = Field("", max_length=80)
    at: AwareDatetime | None = Field(None, description="When it was said; left out, now.")
    subject: str = Field("", max_length=200)
    waybill_no: str = Field("", max_length=40)


class Kept(Strict):
    kept: int = Field(description="How many of them were news.")
    known: int = Field(description="How many had been handed in before.")


@router.post("/entrances/{key}/messages", response={202: Kept}, summary="Hand in what customers wrote")
@may_api(HEAR)
def hear(request: StaffRequest, key: str, payload: MessageIn | list[MessageIn]) -> Any:
    """Kept when this answers; a conversation a moment later. A repeat changes nothing."""
    entrance = queries.reachable(request.person, key, HEAR)
    if entrance is None:
        raise NotFound(entrance=key)
    if not entrance.is_active or entrance.account is None:
        raise EntranceIsClosed(entrance=key)
    given = payload if isinstance(payload, list) else [payload]
    kept = inbox.keep(
        entrance.account, [_fact(one, entrance.door, request.now) for one in given], now=request.now
    )
    return json_answer({"kept": kept, "known": len({one.id for one in given}) - kept}, status=202)


def _fact(one: MessageIn, door: str, now: datetime) -> Incoming:
    extra = {"waybill_no": one.waybill_no} if one.waybill_no else {}
    return Incoming(
        one.id,
        one.sender,
        one.at or now,
        text=one.text,
        name=one.name,
        door=door,
        subject=one.subject,
        extra=extra,
    )
