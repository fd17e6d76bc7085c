"""Everything that happens to the simulated carrier, from a seed and the present: pure, and the same every time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random

from huhang.config.demo import ground as grounds
from huhang.config.demo import names
from huhang.config.demo.ground import Client, Ground, hubs_between, promised_hours
from huhang.config.demo.journeys import Way, clock, live
from huhang.config.demo.parcels import CST, Parcel, Party, Trouble, choose_trouble
from huhang.journey.rules.codes import Code

SEED = 20261121
DAYS = 30
# Where the outlet owner works whose log-in is printed: some of today's trouble is there.
WELCOME_OUTLET = "SZ-WZ"
PARCELS_A_DAY = 420
WEEKDAYS = (1.08, 1.04, 1.0, 1.0, 1.03, 0.86, 0.62)
# Days of great sales, with the day after.
SALES = {(6, 18): 1.5, (6, 19): 1.3, (11, 11): 1.7, (11, 12): 1.45, (12, 12): 1.4}
HOLIDAYS = {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}
STORM_DAYS_AGO = 11
LATE_LINES_A_MONTH = 5
BUSY = {"JS-SZ": 1.5, "ZJ-HZ": 1.4, "ZJ-JH": 1.4, "JS-NJ": 1.2, "HB-WH": 1.1, "HB-YC": 0.5, "HB-XY": 0.5}


@dataclass(frozen=True)
class Plan:
    """The ground and a month of parcels, with scans before and after `now`."""

    seed: int
    now: datetime
    ground: Ground
    parcels: tuple[Parcel, ...]

    @cached_property
    def by_no(self) -> dict[str, Parcel]:
        return {parcel.no: parcel for parcel in self.parcels}


def draw(*, seed: int = SEED, now: datetime, days: int = DAYS, per_day: int = PARCELS_A_DAY) -> Plan:
    """Plan the days up to and including today."""
    now = now.astimezone(CST).replace(microsecond=0)
    ground = grounds.survey(seed)
    first = now.date() - timedelta(days=days - 1)
    parcels = [
        p for n in range(days) for p in parcels_of(first + timedelta(days=n), seed, now, ground, per_day)
    ]
    return Plan(seed, now, ground, tuple(_troubled_now(Random(f"{seed}:now"), parcels, now)))


def parcels_of(day: date, seed: int, now: datetime, ground: Ground, per_day: int) -> Iterator[Parcel]:
    """The parcels collected on a day. Depends on the seed and the day; `now` only places the storm."""
    dice = Random(f"{seed}:{day.isoformat()}")
    storm = now.astimezone(CST).date() - timedelta(days=STORM_DAYS_AGO)
    late = _late_line(dice, ground)
    weights = [BUSY.get(ground.city(o), 1.0) for o in ground.outlets]
    for serial in range(volume(day, per_day)):
        origin, dest = dice.choices(ground.outlets, weights)[0], dice.choices(ground.outlets, weights)[0]
        yield _parcel(dice, ground, day, serial, origin, dest, late, storm)


def volume(day: date, per_day: int) -> int:
    """How many parcels a day brings: less on Sundays and holidays, more on the days of great sales."""
    calm = 0.5 if (day.month, day.day) in HOLIDAYS else WEEKDAYS[day.weekday()]
    return max(1, round(per_day * calm * SALES.get((day.month, day.day), 1.0)))


def _late_line(dice: Random, ground: Ground) -> tuple[tuple[str, ...], timedelta]:
    """The hubs between which tonight's lorry breaks down, if one does, and for how long it stands."""
    if dice.random() > LATE_LINES_A_MONTH / 30:
        return (), timedelta()
    line = dice.choice(list(grounds.LINES))
    return line, timedelta(minutes=dice.randint(1200, 2640))


def _parcel(
    dice: Random, ground: Ground, day: date, serial: int, origin: str, dest: str,
    late: tuple[tuple[str, ...], timedelta], storm: date,
) -> Parcel:  # fmt: skip
    client, sender = _sender(dice, ground, origin)
    picked_at = clock(day, dice.choice((dice.triangular(9, 18, 10.5), dice.triangular(9, 18.4, 17))))
    ordered_at = picked_at - timedelta(minutes=dice.randint(25, 300 if dice.random() < 0.8 else 900))
    hours = promised_hours(ground.city(origin), ground.city(dest))
    trouble = choose_trouble(dice)
    is_late = set(late[0]) == set(hubs_between(ground.city(origin), ground.city(dest)))
    way = Way(
        dice, ground, origin, dest, trouble,
        late_by=late[1] if is_late else timedelta(),
        storm_on=storm,
        to_agent=dice.random() < (0.3 if ground.station(dest) else 0.12),
    )  # fmt: skip
    product = _product(dice, ground, origin, dest)
    scans = live(way, ordered_at, picked_at)
    at_agent = any(s.code in (Code.AT_AGENT, Code.SIGNED_BY_PROXY) for s in scans)
    return Parcel(
        no=f"SX{day:%y%m%d}{serial * 7919 % 10_000:04d}{dice.randint(0, 99):02d}",
        product=product, client=client.code, goods=dice.choice(names.GOODS), sender=sender,
        receiver=Party(names.person(dice), names.phone(dice.randint(100_000, 999_999)), ground.address(dice, dest)),
        origin=origin, dest=dest, ordered_at=ordered_at,
        promised_at=picked_at + timedelta(hours=hours + (24 if product == "economy" else 0)),
        has_consent=trouble != Trouble.NO_CONSENT and (at_agent or dice.random() < 0.3),
        cod=dice.randint(5, 80) * 10 if dice.random() < 0.05 else 0,
        insured=dice.randint(3, 60) * 100 if dice.random() < 0.05 else 0,
        freight_collect=dice.random() < 0.03,
        trouble=Trouble.LATE_LINE if is_late and trouble == Trouble.NONE else trouble,
        scans=scans,
    )  # fmt: skip


def _sender(dice: Random, ground: Ground, origin: str) -> tuple[Client, Party]:
    """Shops with a contract send most of it."""
    clients = ground.clients_of[origin]
    client = dice.choices(clients, [8 if c.kind == "contract" else 1 for c in clients])[0]
    return client, Party(client.name, client.phone, ground.address(Random(client.code), origin))


def _product(dice: Random, ground: Ground, origin: str, dest: str) -> str:
    if ground.city(origin) == ground.city(dest):
        return "same_city"
    return "economy" if dice.random() < 0.12 else "standard"


# How long a parcel may lie at an outlet before the watch speaks (rule outlet_not_out of the pack).
OUTLET_LIMIT = timedelta(minutes=1200)
# Trouble that speaks at these minutes from now: some just has, some is about to.
SPEAK_AT = (-13, -11.5, -9, -7, -5.5, -4, -2.5, -1, 2, 4, 7, 9, 13, 18, 24, 31, 39, 48, 57, 70, 85, 100)


def _troubled_now(dice: Random, parcels: list[Parcel], now: datetime) -> list[Parcel]:
    """Let some of the parcels under way run into trouble in these very minutes, so that there is work on the wall."""
    changed = {p.no: p for p in parcels}
    lying = _nearest(parcels, now - OUTLET_LIMIT)
    waiting = [p for p in parcels if _is_under_way(p, now) and p.promised_at > now]
    waiting.sort(key=lambda p: (p.ordered_at, p.no))
    for place, minutes in enumerate(SPEAK_AT):
        speaks_at = now + timedelta(minutes=minutes, seconds=dice.randint(0, 50))
        if place % 2 and lying:
            home = [p for p in lying if p.dest == WELCOME_OUTLET] if place % 6 == 1 else []
            parcel = (home or lying)[0]
            lying.remove(parcel)
            changed[parcel.no] = _left_lying(parcel, speaks_at - OUTLET_LIMIT, now)
        elif waiting:
            parcel = waiting.pop(0)
            if changed[parcel.no] is parcel:
                changed[parcel.no] = _overdue(parcel, speaks_at, now)
    return list(changed.values())


def _nearest(parcels: list[Parcel], moment: datetime) -> list[Parcel]:
    """Untroubled parcels that came to their last outlet at about this moment, the nearest first."""
    found = []
    for parcel in parcels:
        arrival = parcel.first(Code.ARRIVED, node=parcel.dest)
        if parcel.trouble == Trouble.NONE and arrival and abs(arrival.at - moment) < timedelta(hours=9):
            found.append((abs(arrival.at - moment), parcel.no, parcel))
    return [parcel for _, _, parcel in sorted(found, key=lambda row: row[:2])]


def _is_under_way(parcel: Parcel, now: datetime) -> bool:
    last = parcel.last(now)
    moving = {Code.DEPARTED, Code.ARRIVED, Code.OUT_FOR_DELIVERY, Code.HELD, Code.DELIVERY_FAILED}
    return parcel.trouble == Trouble.NONE and last is not None and last.code in moving


def _left_lying(parcel: Parcel, arrives_at: datetime, now: datetime) -> Parcel:
    """It came to the outlet and nobody took it out; it will move a good while after the watch has spoken."""
    before = [s for s in parcel.scans if s.at < min(arrives_at, _arrival(parcel))]
    arrival = next(s for s in parcel.scans if s.at == _arrival(parcel))
    after = [s for s in parcel.scans if s.at > _arrival(parcel)]
    shift = max(now, arrives_at + OUTLET_LIMIT) + timedelta(minutes=75) - after[0].at
    scans = (*before, replace(arrival, at=arrives_at), *(replace(s, at=s.at + shift) for s in after))
    return replace(parcel, trouble=Trouble.STALLED, scans=scans)


def _arrival(parcel: Parcel) -> datetime:
    arrival = parcel.first(Code.ARRIVED, node=parcel.dest)
    assert arrival is not None
    return arrival.at


def _overdue(parcel: Parcel, promised_at: datetime, now: datetime) -> Parcel:
    """The promise runs out while it is still under way; the rest of its life comes later than it should."""
    past = parcel.seen(now)
    ahead = [s for s in parcel.scans if s.at > now]
    shift = (
        max(timedelta(), max(now, promised_at) + timedelta(minutes=50) - ahead[0].at)
        if ahead
        else timedelta()
    )
    scans = (*past, *(replace(s, at=s.at + shift) for s in ahead))
    return replace(parcel, promised_at=promised_at, trouble=Trouble.OVERDUE, scans=scans)
