"""What a parcel and its scans are, before anything has happened to them. Times are Asia/Shanghai."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from random import Random

from huhang.config.demo.ground import Ground, hub_of
from huhang.journey.rules.codes import Code, Reason

CST = timezone(timedelta(hours=8), "Asia/Shanghai")


class Trouble(StrEnum):
    """What goes wrong with a parcel on its way."""

    NONE = ""
    NOT_SENT = "not_sent"
    DOUBLE_PICKUP = "double_pickup"
    LATE_LINE = "late_line"
    LOST = "lost"
    DAMAGED = "damaged"
    MISSORTED = "missorted"
    STALLED = "stalled"
    MISSED_OUT = "missed_out"
    MISSED_SIGN = "missed_sign"
    EARLY_SIGN = "early_sign"
    HELD = "held"
    HELD_LONG = "held_long"
    FAILED = "failed"
    FAILED_LONG = "failed_long"
    NO_CONSENT = "no_consent"
    REFUSED = "refused"
    OVERDUE = "overdue"


# Per parcel; the rest arrives as it should.
RATES: dict[Trouble, float] = {
    Trouble.NOT_SENT: 0.0012,
    Trouble.DOUBLE_PICKUP: 0.0006,
    Trouble.LOST: 0.0006,
    Trouble.DAMAGED: 0.0012,
    Trouble.MISSORTED: 0.0025,
    Trouble.STALLED: 0.0012,
    Trouble.MISSED_OUT: 0.004,
    Trouble.MISSED_SIGN: 0.002,
    Trouble.EARLY_SIGN: 0.0008,
    Trouble.HELD: 0.005,
    Trouble.HELD_LONG: 0.0008,
    Trouble.FAILED: 0.013,
    Trouble.FAILED_LONG: 0.001,
    Trouble.NO_CONSENT: 0.001,
    Trouble.REFUSED: 0.0015,
}


@dataclass(frozen=True, slots=True)
class Scan:
    at: datetime
    code: Code
    node: str
    operator: str
    text: str
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A waybill and all its scans, past and planned, in the order of their times."""

    no: str
    product: str
    client: str
    goods: str
    sender: Party
    receiver: Party
    origin: str
    dest: str
    ordered_at: datetime
    promised_at: datetime
    has_consent: bool
    cod: int
    insured: int
    freight_collect: bool
    trouble: Trouble
    scans: tuple[Scan, ...]

    def seen(self, now: datetime) -> tuple[Scan, ...]:
        """The scans that exist by now."""
        return tuple(scan for scan in self.scans if scan.at <= now)

    def last(self, now: datetime) -> Scan | None:
        return next((scan for scan in reversed(self.scans) if scan.at <= now), None)

    def first(self, *codes: Code, node: str | None = None) -> Scan | None:
        return next((s for s in self.scans if s.code in codes and node in (None, s.node)), None)

    @property
    def courier(self) -> str:
        """The code of whoever takes it to the door; '' before that is known."""
        out = self.first(Code.OUT_FOR_DELIVERY)
        return out.operator if out else ""


def choose_trouble(dice: Random) -> Trouble:
    point = dice.random()
    for trouble, rate in RATES.items():
        if point < rate:
            return trouble
        point -= rate
    return Trouble.NONE


def other_outlet(dice: Random, ground: Ground, not_here: str, *, same_hub: bool) -> str:
    """An outlet in another city; of the same hub, when the parcel was sorted into the wrong lane."""
    city = ground.city(not_here)
    hub = hub_of(city)[0]
    lanes = [o for o in ground.outlets if o != not_here and hub_of(ground.city(o))[0] == hub]
    elsewhere = [o for o in ground.outlets if ground.city(o) != city]
    return dice.choice(lanes if same_hub else elsewhere)
