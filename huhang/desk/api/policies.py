"""How long obligations may take, and why counting may stop."""

from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import policies as verbs
from huhang.desk.actions import reasons as reason_verbs
from huhang.desk.actions import weighing
from huhang.desk.models import ClockPolicy, PauseReason
from huhang.desk.rules.kinds import Kind, Level, Obligation, Priority
from huhang.desk.rules.starting import CountsFrom
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, Done, Strict, wrote
from huhang.kit.reveal import address_of

router = Router(tags=["policies"])
EDIT = "desk.policies.edit"
YEAR_OF_MINUTES = 366 * 24 * 60


class Rung(Strict):
    """Whom to call: at a share of the time, or minutes after it ran out."""

    level: Level = Field(examples=["owner"])
    percent: int | None = Field(None, ge=1, le=100, examples=[50])
    after: int | None = Field(None, ge=0, le=YEAR_OF_MINUTES, examples=[None])


class PolicyIn(Strict):
    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES, examples=[240])
    ladder: list[Rung] = Field(default_factory=list, max_length=len(Level))
    calendar: str = Field("always", max_length=40)
    counts_from: CountsFrom = Field(
        CountsFrom.OPENING,
        description="opening; received: when the complaint reached us; handed_in: when the sender handed the parcel"
        " in; transferred: when the regulator passed it on. Not known, it is the opening.",
    )
    source: str = Field("", max_length=200, description="The law, the article or the contract.")
    is_confirmed: bool = False
    reaches_running: bool = Field(
        False, description="Also the cases at hand, each on record, in the background."
    )

    @property
    def values(self) -> dict[str, Any]:
        ladder = [rung.model_dump(mode="json", exclude_none=True) for rung in self.ladder]
        named = {"minutes", "calendar", "counts_from", "source", "is_confirmed"}
        return self.model_dump(mode="json", include=named) | {"ladder": ladder}


class NewPolicy(PolicyIn):
    """What the row names; left out is any."""

    obligation: Obligation = Field(examples=["close"])
    kind: Kind | None = Field(None, examples=["complaint"])
    product: str = Field("", max_length=32)
    customer_class: str = Field("", max_length=16)
    priority: Priority | None = Field(None, examples=["urgent"])
    entrance: str = Field("", max_length=40, pattern=r"^[A-Za-z0-9_-]*$")

    @property
    def named(self) -> dict[str, str]:
        return {
            "obligation": self.obligation, "kind": self.kind or "", "product": self.product,
            "customer_class": self.customer_class, "priority": self.priority or "", "entrance": self.entrance,
        }  # fmt: skip


class PolicyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    obligation: str
    kind: str
    product: str
    customer_class: str
    priority: str
    entrance: str
    minutes: int
    ladder: list[dict[str, Any]]
    calendar: str
    counts_from: str
    source: str
    is_confirmed: bool


class PolicyPage(BaseModel):
    items: list[PolicyOut]
    next: str | None


class ReasonIn(Strict):
    name: str = Field(min_length=2, max_length=80, examples=["等客户补充照片"])
    name_en: str = Field("", max_length=120)
    limit_minutes: int = Field(ge=1, le=YEAR_OF_MINUTES, examples=[1440])
    until_heard: bool = Field(False, description="Counting goes on as soon as the customer writes.")
    is_active: bool = True


class NewReason(ReasonIn):
    code: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", examples=["customer-photo"])


class ReasonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    name_en: str
    limit_minutes: int
    until_heard: bool
    is_active: bool


class ReasonPage(BaseModel):
    items: list[ReasonOut]
    next: str | None


@router.get("/policies", response=PolicyPage, summary="How long obligations may take")
@may_api(EDIT)
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(ClockPolicy.objects.all(), cursor=asked.cursor, limit=asked.limit)
    return {"items": [PolicyOut.model_validate(row) for row in rows], "next": following}


@router.post("/policies", response={201: PolicyOut}, summary="Add a policy")
@may_api(EDIT)
def add(request: StaffRequest, payload: NewPolicy) -> Any:
    def do() -> PolicyOut:
        row = verbs.add_policy(
            named=payload.named, values=payload.values, by=request.person, now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return _reached(request, row, payload)

    return wrote(request, do, status=201)


@router.put("/policies/{policy_id}", response=PolicyOut, summary="Set a policy")
@may_api(EDIT)
def change(request: StaffRequest, policy_id: int, payload: PolicyIn) -> Any:
    """Clocks that run already keep what they were started with, unless `reaches_running`."""

    def do() -> PolicyOut:
        row = verbs.set_policy(
            policy_id=policy_id, **payload.values, by=request.person, now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return _reached(request, row, payload)

    return wrote(request, do)


def _reached(request: StaffRequest, row: ClockPolicy, payload: PolicyIn) -> PolicyOut:
    if payload.reaches_running:
        weighing.ask_to_reach(policy=row, by=request.person, now=request.now)
    return PolicyOut.model_validate(row)


@router.delete("/policies/{policy_id}", response=Done, summary="Take a policy out")
@may_api(EDIT)
def remove(request: StaffRequest, policy_id: int) -> Any:
    """Never the last one that gives every case what every case is owed."""

    def do() -> Done:
        verbs.remove_policy(
            policy_id=policy_id, by=request.person, now=request.now, address=address_of(request)
        )
        return Done()

    return wrote(request, do)


@router.get("/pause_reasons", response=ReasonPage, summary="Why counting may stop")
@may_api("desk.see")
def reasons(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(PauseReason.objects.all(), cursor=asked.cursor, limit=asked.limit)
    return {"items": [ReasonOut.model_validate(row) for row in rows], "next": following}


@router.post("/pause_reasons", response={201: ReasonOut}, summary="Add a pause reason")
@may_api(EDIT)
def add_reason(request: StaffRequest, payload: NewReason) -> Any:
    return wrote(
        request,
        lambda: ReasonOut.model_validate(
            reason_verbs.add(
                PauseReason,
                code=payload.code,
                values=payload.model_dump(exclude={"code"}),
                by=request.person,
                now=request.now,
                address=address_of(request),
            )
        ),
        status=201,
    )


@router.put("/pause_reasons/{code}", response=ReasonOut, summary="Set a pause reason")
@may_api(EDIT)
def set_reason(request: StaffRequest, code: str, payload: ReasonIn) -> Any:
    """Pauses that last keep the limit they were given."""
    return wrote(
        request,
        lambda: ReasonOut.model_validate(
            reason_verbs.change(
                PauseReason,
                code=code,
                values=payload.model_dump(),
                by=request.person,
                now=request.now,
                address=address_of(request),
            )
        ),
    )
