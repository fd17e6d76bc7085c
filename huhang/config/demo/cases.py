"""Which customers get in touch, about what, and how people deal with it: a script, still without any desk."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from huhang.config.demo.asking import REGULATOR, Known, entrance, known
from huhang.config.demo.journeys import clock, hour
from huhang.config.demo.parcels import Parcel, Trouble
from huhang.config.demo.plan import WELCOME_OUTLET, Plan
from huhang.config.demo.wording import ANSWERS, ASKS, RESULTS, VERDICTS
from huhang.desk.rules.kinds import Kind
from huhang.journey.rules.codes import FINAL_CODES

# The service campaign: what share of the first day's unhappiness is left on the last.
CAMPAIGN_LEAVES = 0.15
RESPONDS_LATE = 0.028
STEP_LATE = 0.09
HANDED_OVER = 0.07
RATES_IT = 0.45
# Per parcel of a trouble: how likely its customer gets in touch, and as what.
CONTACTS: dict[Trouble, tuple[tuple[Kind, float], ...]] = {
    Trouble.NONE: ((Kind.INQUIRY, 0.0042), (Kind.URGE, 0.0026), (Kind.COMPLAINT, 0.0003)),
    Trouble.LATE_LINE: ((Kind.URGE, 0.22), (Kind.COMPLAINT, 0.03)),
    Trouble.NOT_SENT: ((Kind.URGE, 0.3), (Kind.COMPLAINT, 0.05)),
    Trouble.STALLED: ((Kind.URGE, 0.3), (Kind.COMPLAINT, 0.08)),
    Trouble.MISSORTED: ((Kind.URGE, 0.25), (Kind.COMPLAINT, 0.04)),
    Trouble.LOST: ((Kind.CLAIM, 0.7), (Kind.URGE, 0.3)),
    Trouble.DAMAGED: ((Kind.CLAIM, 0.35), (Kind.COMPLAINT, 0.05)),
    Trouble.EARLY_SIGN: ((Kind.COMPLAINT, 0.5),),
    Trouble.MISSED_OUT: ((Kind.INQUIRY, 0.08),),
    Trouble.MISSED_SIGN: ((Kind.INQUIRY, 0.1),),
    Trouble.NO_CONSENT: ((Kind.COMPLAINT, 0.35),),
    Trouble.HELD: ((Kind.INQUIRY, 0.12), (Kind.URGE, 0.05)),
    Trouble.HELD_LONG: ((Kind.URGE, 0.4), (Kind.COMPLAINT, 0.06)),
    Trouble.FAILED: ((Kind.INQUIRY, 0.1), (Kind.URGE, 0.08), (Kind.COMPLAINT, 0.012)),
    Trouble.FAILED_LONG: ((Kind.URGE, 0.4), (Kind.COMPLAINT, 0.1)),
    Trouble.REFUSED: ((Kind.INQUIRY, 0.2),),
    Trouble.DOUBLE_PICKUP: ((Kind.INQUIRY, 0.3),),
}
USUAL = ("hotline", "hotline", "wechat", "wechat", "web", "outlet")
ENTRANCES = (*USUAL, REGULATOR)
# Minutes for each step, as people usually need them; beyond the step's clock when it goes badly. A claim's last
# stretch is its owner's, who closes it.
PACE: dict[Kind, tuple[tuple[float, float], ...]] = {
    Kind.INQUIRY: ((7, 26),),
    Kind.URGE: ((14, 54),),
    Kind.PREVENTION: ((9, 50),),
    Kind.COMPLAINT: ((18, 55), (25, 110)),
    Kind.CLAIM: ((30, 110), (20, 110), (60, 420), (120, 900), (4, 40)),
}
SLOW = 1.9


@dataclass(frozen=True, slots=True)
class Handling:
    """What people do with a case; spans count from its opening, those of `steps` each from the step before."""

    claim: timedelta
    answer: timedelta
    answer_text: str
    steps: tuple[timedelta, ...]
    result_text: str
    hand_over: timedelta | None = None
    score: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A customer gets in touch; `handling` is None while nobody has looked at it yet."""

    at: datetime
    kind: Kind
    title: str
    body: str
    waybill_no: str
    unit: str
    entrance: str
    known: Known
    handling: Handling | None

    @property
    def ref(self) -> str:
        return f"{self.waybill_no}:{self.kind}"


def cases(plan: Plan) -> list[Case]:
    """The month's cases up to now, in the order of their opening, ending with some of these very minutes."""
    dice = Random(f"{plan.seed}:cases")
    start = min(parcel.ordered_at for parcel in plan.parcels)
    span = max(plan.now - start, timedelta(days=1))
    found = []
    for parcel in plan.parcels:
        calm = 1 - (1 - CAMPAIGN_LEAVES) * ((parcel.ordered_at - start) / span)
        if case := _contact(dice, plan, parcel, calm):
            found.append(case)
    found += _fresh(dice, plan, {case.waybill_no for case in found})
    return sorted(found, key=lambda case: (case.at, case.ref))


def _contact(dice: Random, plan: Plan, parcel: Parcel, calm: float) -> Case | None:
    point = dice.random()
    for kind, rate in CONTACTS.get(parcel.trouble, ()):
        share = rate * (calm if kind in (Kind.COMPLAINT, Kind.CLAIM) else 1)
        if point < share:
            at = _awake(dice, _cause(dice, parcel, kind))
            return _case(dice, parcel, kind, at) if at < plan.now - timedelta(minutes=45) else None
        point -= share
    return None


def _cause(dice: Random, parcel: Parcel, kind: Kind) -> datetime:
    """When the customer begins to wonder: some hours after the last thing that happened before the end."""
    if parcel.trouble in (Trouble.LOST, Trouble.LATE_LINE):
        return parcel.promised_at + timedelta(minutes=dice.randint(-300, 600))
    last = parcel.scans[-1].at
    if kind in (Kind.COMPLAINT, Kind.CLAIM) or parcel.trouble in (Trouble.MISSED_OUT, Trouble.MISSED_SIGN):
        return last + timedelta(minutes=dice.randint(20, 500))
    middle = parcel.scans[len(parcel.scans) * 2 // 3].at
    return middle + (last - middle) * dice.random()


def _awake(dice: Random, at: datetime) -> datetime:
    """People call between eight and ten, most of them in the two peaks."""
    if 8 <= hour(at) < 22 and dice.random() < 0.6:
        return at
    day = at.date() + timedelta(days=1 if hour(at) >= 22 else 0)
    peak = dice.choice((dice.triangular(8.2, 12.5, 10), dice.triangular(13, 21.5, 17.5)))
    later = clock(day, peak)
    return later if later > at else at + timedelta(minutes=dice.randint(5, 90))


def _case(dice: Random, parcel: Parcel, kind: Kind, at: datetime) -> Case:
    title, body = _words(dice, parcel, kind)
    door = entrance(parcel, kind, dice.choice(USUAL))
    return Case(
        at=at.replace(microsecond=0), kind=kind, title=title, body=body, waybill_no=parcel.no, unit=parcel.dest,
        entrance=door, known=known(parcel, kind, title, door), handling=handling(dice, kind, at),
    )  # fmt: skip


def _words(dice: Random, parcel: Parcel, kind: Kind) -> tuple[str, str]:
    asks = ASKS.get((kind, parcel.trouble)) or ASKS[kind, Trouble.NONE]
    title, body = dice.choice(asks)
    return title, body.format(goods=parcel.goods, shop=parcel.sender.name)


def handling(dice: Random, kind: Kind, at: datetime) -> Handling:
    """How a case of this kind usually goes, with its share of late and long ones."""
    answer = dice.triangular(1.5, 14, 4.5) if dice.random() > RESPONDS_LATE else dice.uniform(16.5, 42)
    claim = answer * dice.uniform(0.2, 0.8)
    is_slow = dice.random() < STEP_LATE
    first = max(answer + 3, _pace(dice, PACE[kind][0], is_slow))
    rest = [_office(at, _pace(dice, pace, is_slow), kind) for pace in PACE[kind][1:]]
    does_rate = kind != Kind.PREVENTION and dice.random() < RATES_IT
    score = dice.choice((1, 2, 2, 3, 4)) if is_slow or answer > 15 else dice.choice((3, 4, 5, 5, 5, 5, 5, 5))
    return Handling(
        claim=timedelta(minutes=claim),
        answer=timedelta(minutes=answer),
        answer_text=dice.choice(ANSWERS[kind]),
        steps=(timedelta(minutes=first), *rest),
        result_text=dice.choice(RESULTS[kind]),
        hand_over=timedelta(minutes=answer + 1) if dice.random() < HANDED_OVER else None,
        score=score if does_rate else None,
        words=dice.choice(VERDICTS[score > 3]) if does_rate and dice.random() < 0.6 else "",
    )


def _pace(dice: Random, pace: tuple[float, float], is_slow: bool) -> float:
    return pace[1] * dice.uniform(1.1, SLOW) if is_slow else dice.uniform(*pace)


def _office(at: datetime, minutes: float, kind: Kind) -> timedelta:
    """Back offices decide claims on working days; nights and weekends pass first."""
    done = at + timedelta(minutes=minutes)
    if kind == Kind.CLAIM and not 9 <= hour(done) < 18:
        done += timedelta(hours=15)
    if kind == Kind.CLAIM and done.weekday() > 4:
        done += timedelta(days=7 - done.weekday())
    return done - at


# Minutes ago at which customers of these very minutes wrote, and whether somebody has looked at it since.
FRESH = (
    (1, Kind.URGE, False), (2.5, Kind.INQUIRY, False), (4, Kind.URGE, False), (5, Kind.COMPLAINT, False),
    (6.5, Kind.INQUIRY, True), (8, Kind.URGE, False), (9.5, Kind.URGE, True), (11, Kind.INQUIRY, False),
    (13, Kind.URGE, False), (17, Kind.URGE, False), (26, Kind.CLAIM, True), (34, Kind.URGE, True),
    (38, Kind.INQUIRY, True), (52, Kind.URGE, True), (66, Kind.INQUIRY, True), (79, Kind.URGE, True),
    (95, Kind.URGE, True), (112, Kind.INQUIRY, True), (131, Kind.URGE, True), (150, Kind.INQUIRY, True),
    (166, Kind.URGE, True), (189, Kind.URGE, True), (205, Kind.INQUIRY, True), (228, Kind.URGE, True),
)  # fmt: skip


def _fresh(dice: Random, plan: Plan, taken: set[str]) -> Iterator[Case]:
    """Cases of the last hour, so that the wall counts down; every third is the welcome outlet's."""
    free = [p for p in plan.parcels if p.no not in taken and _is_recent(p, plan.now)]
    for place, (minutes, kind, is_seen) in enumerate(FRESH):
        is_over = kind in (Kind.COMPLAINT, Kind.CLAIM)
        fitting = [p for p in free if _is_signed(p, plan.now) == is_over]
        home = [p for p in fitting if p.dest == WELCOME_OUTLET]
        if not fitting:
            continue
        parcel = dice.choice(home if place % 3 == 0 and home else fitting)
        free.remove(parcel)
        case = _case(dice, parcel, kind, plan.now - timedelta(minutes=minutes))
        yield case if is_seen else replace(case, handling=None)


def spontaneous(dice: Random, plan: Plan, now: datetime, taken: set[str]) -> Case | None:
    """A customer who writes at this moment about a parcel on its way."""
    waiting = [p for p in plan.parcels if p.no not in taken and _is_recent(p, now) and not _is_signed(p, now)]
    return _case(dice, dice.choice(waiting), dice.choice((Kind.INQUIRY, Kind.URGE)), now) if waiting else None


def _is_recent(parcel: Parcel, now: datetime) -> bool:
    last = parcel.last(now)
    return last is not None and now - last.at < timedelta(hours=30) and len(parcel.seen(now)) > 4


def _is_signed(parcel: Parcel, now: datetime) -> bool:
    last = parcel.last(now)
    return last is not None and last.code in FINAL_CODES
