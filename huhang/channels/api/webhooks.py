"""Addresses of other systems over the API: what they are told, how it went, and telling them again."""

from datetime import datetime
from typing import Any

from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from huhang.channels.actions import webhooks as verbs
from huhang.channels.models import Delivery, Webhook
from huhang.channels.queries import webhooks as queries
from huhang.channels.rules.webhooks import State
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.programs import Asked, Done, Strict, written, wrote
from huhang.kit.reveal import address_of
from huhang.network.queries.units import UnknownUnit

router = Router(tags=["webhooks"])
PERMISSION = "kit.api"


class WebhookIn(Strict):
    name: str = Field(min_length=1, max_length=80, examples=["商城"])
    url: str = Field(min_length=8, max_length=500, examples=["https://shop.example.com/huhang"])
    events: list[str] = Field(
        default_factory=list, max_length=20, description="Such as ticket.opened or ticket.*; empty is all.",
        examples=[["ticket.*"]],
    )  # fmt: skip


class NewWebhook(WebhookIn):
    unit: str = Field(min_length=1, max_length=32, description="Told of what happens below.", examples=["HQ"])


class WebhookChange(WebhookIn):
    is_active: bool = True


class WebhookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    url: str
    path: str
    events: list[str]
    is_active: bool
    failing_since: datetime | None
    created_at: datetime


class WebhookPage(BaseModel):
    items: list[WebhookOut]
    next: str | None


class SecretOut(BaseModel):
    secret: str = Field(description="Base64 after whsec_, as Standard Webhooks has it.")


class AttemptOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    at: datetime
    took_ms: int
    status: int = Field(description="0 when nobody answered; then `words` says why.")
    words: str


class DeliveryOut(BaseModel):
    id: int
    message: str = Field(description="The webhook-id that a receiver knows a repeat by.")
    event: str = Field(description="As it is told.")
    event_name: str = Field(description="As people read it.")
    state: State
    queued_at: datetime
    next_at: datetime | None
    tries: list[AttemptOut]


class DeliveryPage(BaseModel):
    items: list[DeliveryOut]
    next: str | None


class DeliveryQuery(Asked):
    state: State | None = None


class Since(Strict):
    since: AwareDatetime = Field(examples=["2026-11-20T00:00:00Z"])


class Replayed(BaseModel):
    count: int


@router.get("/webhooks", response=WebhookPage, summary="Addresses that are told")
@may_api(PERMISSION)
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(
        queries.kept(request.person, now=request.now), cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [WebhookOut.model_validate(row) for row in rows], "next": following}


@router.post("/webhooks", response={201: WebhookOut}, summary="Tell an address")
@may_api(PERMISSION)
def add(request: StaffRequest, payload: NewWebhook) -> Any:
    unit = next((unit for unit in queries.units(request.person) if unit.code == payload.unit), None)
    if unit is None:
        raise UnknownUnit(payload.unit)
    return wrote(
        request,
        lambda: WebhookOut.model_validate(
            verbs.add(
                name=payload.name,
                url=payload.url,
                unit=unit,
                events=payload.events,
                by=request.person,
                now=request.now,
                address=address_of(request),
            )
        ),
        status=201,
    )


@router.get("/webhooks/{webhook_id}", response=WebhookOut, summary="One address")
@may_api(PERMISSION)
def one(request: StaffRequest, webhook_id: int) -> Any:
    return WebhookOut.model_validate(_own(request, webhook_id))


@router.put("/webhooks/{webhook_id}", response=WebhookOut, summary="Change an address")
@may_api(PERMISSION)
def change(request: StaffRequest, webhook_id: int, payload: WebhookChange) -> Any:
    """Switched on again, it starts afresh with what happens from now on."""
    _own(request, webhook_id)
    return wrote(
        request,
        lambda: WebhookOut.model_validate(
            verbs.change(
                webhook_id=webhook_id,
                name=payload.name,
                url=payload.url,
                events=payload.events,
                is_active=payload.is_active,
                by=request.person,
                now=request.now,
                address=address_of(request),
            )
        ),
    )


@router.delete("/webhooks/{webhook_id}", response=Done, summary="Tell an address no more")
@may_api(PERMISSION)
def remove(request: StaffRequest, webhook_id: int) -> Any:
    def do() -> Done:
        verbs.remove(webhook_id=webhook_id, by=request.person, now=request.now, address=address_of(request))
        return Done()

    return wrote(request, do)


@router.post("/webhooks/{webhook_id}/secret", response=SecretOut, summary="Show the secret that signs")
@may_api(PERMISSION)
def secret(request: StaffRequest, webhook_id: int) -> Any:
    """That it was shown is on record."""
    _own(request, webhook_id)
    return _told_once(verbs.show_secret(webhook_id=webhook_id, by=request.person, now=request.now))


@router.post("/webhooks/{webhook_id}/rotate", response=SecretOut, summary="A new secret")
@may_api(PERMISSION)
def rotate(request: StaffRequest, webhook_id: int) -> Any:
    """For a day the old one signs as well. With an Idempotency-Key it changes once; the secret is stored nowhere."""
    _own(request, webhook_id)

    def do() -> tuple[int, None]:
        verbs.rotate(webhook_id=webhook_id, by=request.person, now=request.now, address=address_of(request))
        return 200, None

    written(request, do)
    return _told_once(verbs.secrets_of(_own(request, webhook_id), now=request.now)[0])


def _told_once(shown: str) -> Any:
    answer = json_answer({"secret": shown})
    answer["Cache-Control"] = "no-store"
    return answer


@router.post("/webhooks/{webhook_id}/test", response=Done, summary="Send a message that means nothing")
@may_api(PERMISSION)
def test(request: StaffRequest, webhook_id: int) -> Any:
    def do() -> Done:
        verbs.test(webhook_id=webhook_id, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)


@router.get("/webhooks/{webhook_id}/deliveries", response=DeliveryPage, summary="How each telling went")
@may_api(PERMISSION)
def deliveries(request: StaffRequest, webhook_id: int, asked: Query[DeliveryQuery]) -> Any:
    rows = queries.deliveries(_own(request, webhook_id), state=asked.state or "")
    page, following = paging.newest_first(rows, by="queued_at", cursor=asked.cursor, limit=asked.limit)
    return {"items": [_delivery(row) for row in page], "next": following}


def _delivery(row: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=row.pk, message=row.message_id, event=row.message.event,
        event_name=verbs.name_of(row.message.event), state=State(row.state), queued_at=row.queued_at,
        next_at=row.next_at,
        tries=[AttemptOut.model_validate(one) for one in row.tries.all()],
    )  # fmt: skip


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}", response=Done, summary="Post one message again"
)
@may_api(PERMISSION)
def again(request: StaffRequest, webhook_id: int, delivery_id: int) -> Any:
    def do() -> Done:
        verbs.again(webhook_id=webhook_id, delivery_id=delivery_id, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)


@router.post("/webhooks/{webhook_id}/replay", response=Replayed, summary="Post again what failed")
@may_api(PERMISSION)
def replay(request: StaffRequest, webhook_id: int, payload: Since) -> Any:
    return wrote(
        request,
        lambda: Replayed(
            count=verbs.replay(webhook_id=webhook_id, since=payload.since, by=request.person, now=request.now)
        ),
    )


def _own(request: StaffRequest, webhook_id: int) -> Webhook:
    return queries.one(request.person, webhook_id, now=request.now)
