"""The life of one parcel, scan by scan: collected by day, hubs by night, at the door the next day or the one after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from huhang.config.demo.ground import Ground, hub_of, hubs_between, line_hours
from huhang.config.demo.parcels import CST, Scan, Trouble, other_outlet
from huhang.journey.rules.codes import Code, Reason

HANDLING = timedelta(hours=2)  # a hub needs this long from the ramp to the next ramp
# Lorries from the hub reach an outlet at about these hours.
WAVES = (6.25, 14.0, 20.75)
SAYS = {
    Code.ORDER_CREATED: "{city}：您的订单已受理，等待揽收",
    Code.PICKED_UP: "【{city}】{place} 已揽收，揽投员：{who}",
    Code.DEPARTED: "【{city}】快件已从{place}发出，下一站：{next}",
    Code.ARRIVED: "【{city}】快件已到达{place}",
    Code.OUT_FOR_DELIVERY: "【{city}】{place} 派件员{who}正在为您派件",
    Code.SIGNED: "【{city}】快件已签收，签收人：本人。感谢使用顺翔快运",
    Code.SIGNED_BY_PROXY: "【{city}】快件已由家人代签收",
    Code.SIGNED_AFTER_EXCEPTION: "【{city}】快件已签收，签收人：本人。感谢使用顺翔快运",
    Code.AT_AGENT: "【{city}】快件已存放至{place}，请凭取件码取件",
    Code.SIGNED_AT_AGENT: "【{city}】已从{place}取件",
    Code.HELD: "【{city}】{place} 快件留仓：{why}",
    Code.DELIVERY_FAILED: "【{city}】{place} 派件未成功：{why}",
    Code.PROBLEM: "【{city}】{place} 登记问题件：{why}",
    Code.FORWARDED: "【{city}】{place} 已改派，转往{next}",
    Code.RETURNING: "【{city}】{place} 应客户要求退回寄件人",
    Code.RETURN_SIGNED: "【{city}】退件已由寄件人签收",
}
WHY = {
    Reason.NONE: "",
    Reason.UNREACHABLE: "电话暂时无法接通",
    Reason.ADDRESS_UNCLEAR: "地址不详，正在核实",
    Reason.CUSTOMER_RESCHEDULED: "客户改约时间",
    Reason.CLOSED: "单位休息",
    Reason.WEATHER: "受恶劣天气影响",
    Reason.REFUSED: "客户拒收",
    Reason.MISSORTED: "错分，正在转回",
    Reason.DAMAGED: "外包装破损",
}


@dataclass(slots=True)
class Way:
    """A parcel on its way: what was decided before, and the scans so far."""

    dice: Random
    ground: Ground
    origin: str
    dest: str
    trouble: Trouble
    late_by: timedelta = timedelta()
    storm_on: date | None = None
    to_agent: bool = False
    scans: list[Scan] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.scans[-1].at

    def add(
        self,
        at: datetime,
        code: Code,
        node: str,
        operator: str = "",
        *,
        to: str = "",
        reason: Reason = Reason.NONE,
    ) -> None:
        units = self.ground.unit
        home = units[node].parent if units[node].level == 5 else node
        city = units[units[home].parent].name
        rider = next((r.name for r in self.ground.riders_of.get(home, ()) if r.code == operator), "")
        words = {
            "city": city, "place": units[node].name, "who": rider,
            "next": units[to].name if to else "", "why": WHY[reason],
        }  # fmt: skip
        self.scans.append(Scan(at, code, node, operator, SAYS[code].format(**words), reason))

    def rider(self, outlet: str) -> str:
        return self.dice.choice(self.ground.riders_of[outlet]).code

    def minutes(self, low: float, high: float) -> timedelta:
        return timedelta(seconds=round(60 * self.dice.uniform(low, high)))

    def morning(self, at: datetime) -> datetime:
        """When couriers leave next after this moment: in the morning, or in the afternoon if it is early enough."""
        day = at.date()
        first = self._leave(day, 7.1, 8.9)
        if at + timedelta(minutes=20) <= first:
            return first
        second = self._leave(day, 15.0, 15.9)
        if at + timedelta(minutes=20) <= second and self.dice.random() < 0.6:
            return second
        return self._leave(day + timedelta(days=1), 7.1, 8.9)

    def tomorrow(self, at: datetime) -> datetime:
        return self._leave(at.date() + timedelta(days=1), 7.1, 8.9)

    def _leave(self, day: date, low: float, high: float) -> datetime:
        return clock(day, self.dice.uniform(low, high))

    def door(self, out_at: datetime) -> datetime:
        """When the bell rings after the courier left."""
        start = max(9.6, hour(out_at) + 0.7)
        return clock(out_at.date(), min(20.2, self.dice.triangular(start, 20.2, start + 2.5)))


def live(way: Way, ordered_at: datetime, picked_at: datetime) -> tuple[Scan, ...]:
    """All scans of the parcel's life, sorted by their times."""
    way.add(ordered_at, Code.ORDER_CREATED, way.origin)
    way.add(picked_at, Code.PICKED_UP, way.origin, way.rider(way.origin))
    if way.trouble == Trouble.DOUBLE_PICKUP:
        wrong = other_outlet(way.dice, way.ground, way.origin, same_hub=False)
        way.add(picked_at + way.minutes(75, 200), Code.PICKED_UP, wrong, way.rider(wrong))
    if _travel(way, picked_at):
        _DELIVERIES.get(way.trouble, _deliver)(way)
    return tuple(sorted(way.scans, key=lambda scan: scan.at))


def _travel(way: Way, picked_at: datetime) -> bool:
    """From the origin outlet to the destination outlet; False when it gets lost on the way."""
    origin_city, dest_city = way.ground.city(way.origin), way.ground.city(way.dest)
    hubs = hubs_between(origin_city, dest_city)
    leaves = _lorry(way, picked_at)
    way.add(leaves, Code.DEPARTED, way.origin, to=hubs[0])
    way.add(leaves + _road(way, hub_of(origin_city)[1]), Code.ARRIVED, hubs[0])
    for here, there in pairwise(hubs):
        way.add(way.at + HANDLING + way.minutes(0, 60), Code.DEPARTED, here, to=there)
        way.add(way.at + _road(way, line_hours(here, there)) + way.late_by, Code.ARRIVED, there)
    if way.trouble == Trouble.LOST:
        return False
    if way.trouble == Trouble.DAMAGED:
        way.add(way.at + way.minutes(20, 60), Code.PROBLEM, hubs[-1], reason=Reason.DAMAGED)
    if way.trouble == Trouble.MISSORTED:
        _wrong_lane(way, hubs[-1])
    _to_outlet(way, hubs[-1], way.dest)
    return True


def _lorry(way: Way, picked_at: datetime) -> datetime:
    """When the parcel leaves the outlet: with the evening lorry, or already at noon; a forgotten one a day later."""
    if way.trouble == Trouble.NOT_SENT:
        return clock(picked_at.date() + timedelta(days=1), way.dice.uniform(18.8, 20.3))
    if hour(picked_at) < 12.2 and way.dice.random() < 0.55:
        return clock(picked_at.date(), way.dice.uniform(12.6, 13.9))
    return max(clock(picked_at.date(), way.dice.uniform(18.8, 20.3)), picked_at + way.minutes(10, 30))


def _to_outlet(way: Way, hub: str, outlet: str) -> None:
    """With the next lorry that can be caught."""
    hours = hub_of(way.ground.city(outlet))[1]
    ready = way.at + HANDLING
    day = ready.date()
    arrivals = [clock(day + timedelta(days=n), wave) for n in range(3) for wave in WAVES]
    wave = next(a for a in arrivals if a - timedelta(hours=hours) >= ready)
    if way.storm_on == wave.date() and way.ground.province(outlet) == "HB":
        wave += timedelta(days=1)
    leaves = wave - timedelta(hours=hours) - way.minutes(0, 15)
    way.add(leaves, Code.DEPARTED, hub, to=outlet)
    way.add(leaves + _road(way, hours), Code.ARRIVED, outlet)


def _wrong_lane(way: Way, hub: str) -> None:
    wrong = other_outlet(way.dice, way.ground, way.dest, same_hub=True)
    _to_outlet(way, hub, wrong)
    way.add(way.at + way.minutes(40, 120), Code.PROBLEM, wrong, reason=Reason.MISSORTED)
    way.add(way.at + way.minutes(20, 90), Code.FORWARDED, wrong, to=way.dest)
    way.add(max(way.at, clock(way.at.date(), 17.5)) + way.minutes(5, 60), Code.DEPARTED, wrong, to=hub)
    way.add(way.at + _road(way, hub_of(way.ground.city(wrong))[1]), Code.ARRIVED, hub)


def _road(way: Way, hours: float) -> timedelta:
    return timedelta(seconds=round(hours * 3600 * way.dice.uniform(0.9, 1.2)))


def _deliver(way: Way) -> None:
    """As it should be: out in the morning, signed by day; or left at a station, as agreed."""
    rider = way.rider(way.dest)
    out_at = _calm_day(way, way.morning(way.at))
    way.add(out_at, Code.OUT_FOR_DELIVERY, way.dest, rider)
    if way.to_agent:
        _leave_at_agent(way, rider)
    else:
        code = Code.SIGNED_BY_PROXY if way.dice.random() < 0.06 else Code.SIGNED
        way.add(way.door(out_at), code, way.dest, rider)


def _calm_day(way: Way, out_at: datetime) -> datetime:
    """On the day of the storm nobody goes out; parcels are held and go the day after."""
    if way.storm_on != out_at.date() or way.ground.province(way.dest) != "HB":
        return out_at
    way.add(
        max(way.at, clock(out_at.date(), 8.5)) + way.minutes(5, 60),
        Code.HELD,
        way.dest,
        reason=Reason.WEATHER,
    )
    return way.tomorrow(out_at)


def _leave_at_agent(way: Way, rider: str) -> None:
    station = way.ground.station(way.dest) or way.dest
    way.add(way.door(way.at), Code.AT_AGENT, station, rider)
    wait = way.minutes(40, 60 * 11) if way.dice.random() < 0.992 else way.minutes(60 * 50, 60 * 80)
    taken = way.at + wait
    if not 8 <= hour(taken) <= 21:
        taken = clock(taken.date() + timedelta(days=1 if hour(taken) > 21 else 0), way.dice.uniform(8, 11))
    way.add(taken, Code.SIGNED_AT_AGENT, station)


def _stalled(way: Way) -> None:
    way.add(way.at + way.minutes(60 * 20.5, 60 * 30), Code.OUT_FOR_DELIVERY, way.dest, way.rider(way.dest))
    way.add(way.door(_by_day(way.at)), Code.SIGNED, way.dest, way.scans[-1].operator)


def _by_day(at: datetime) -> datetime:
    return at if hour(at) < 19 else clock(at.date() + timedelta(days=1), 8.0)


def _missed_out(way: Way) -> None:
    way.add(way.door(way.morning(way.at)), Code.SIGNED, way.dest, way.rider(way.dest))


def _missed_sign(way: Way) -> None:
    rider = way.rider(way.dest)
    way.add(way.morning(way.at), Code.OUT_FOR_DELIVERY, way.dest, rider)
    way.add(clock(way.at.date() + timedelta(days=1), way.dice.uniform(8.2, 11)), Code.SIGNED, way.dest, rider)


def _early_sign(way: Way) -> None:
    """Signed on paper while the parcel is still on the lorry."""
    arrival = way.scans.pop()
    way.add(arrival.at - way.minutes(30, 90), Code.SIGNED, way.dest, way.rider(way.dest))
    way.scans.append(arrival)


def _tried_again(code: Code, reasons: tuple[Reason, ...], nights: tuple[int, ...]) -> Callable[[Way], None]:
    """Out, no luck, out again after so many nights, signed."""

    def deliver(way: Way) -> None:
        rider = way.rider(way.dest)
        way.add(way.morning(way.at), Code.OUT_FOR_DELIVERY, way.dest, rider)
        way.add(way.door(way.at), code, way.dest, rider, reason=way.dice.choice(reasons))
        again = way.at + timedelta(days=way.dice.choice(nights) - 1)
        way.add(way.tomorrow(again), Code.OUT_FOR_DELIVERY, way.dest, rider)
        way.add(way.door(way.at), Code.SIGNED, way.dest, rider)

    return deliver


def _no_consent(way: Way) -> None:
    rider = way.rider(way.dest)
    way.add(way.morning(way.at), Code.OUT_FOR_DELIVERY, way.dest, rider)
    _leave_at_agent(way, rider)


def _refused(way: Way) -> None:
    """Back the way it came."""
    rider = way.rider(way.dest)
    way.add(way.morning(way.at), Code.OUT_FOR_DELIVERY, way.dest, rider)
    way.add(way.door(way.at), Code.DELIVERY_FAILED, way.dest, rider, reason=Reason.REFUSED)
    way.add(way.at + way.minutes(60, 180), Code.RETURNING, way.dest)
    hub, hours = hub_of(way.ground.city(way.dest))
    way.add(
        clock(way.at.date() + timedelta(days=1), way.dice.uniform(18.8, 20.3)),
        Code.DEPARTED,
        way.dest,
        to=hub,
    )
    way.add(way.at + _road(way, hours), Code.ARRIVED, hub)
    _to_outlet(way, hub, way.origin)
    out_at = way.morning(way.at)
    way.add(out_at, Code.OUT_FOR_DELIVERY, way.origin, way.rider(way.origin))
    way.add(way.door(out_at), Code.RETURN_SIGNED, way.origin, way.scans[-1].operator)


_AWAY = (Reason.CUSTOMER_RESCHEDULED, Reason.CLOSED)
_NOT_MET = (Reason.UNREACHABLE, Reason.UNREACHABLE, Reason.ADDRESS_UNCLEAR)
_DELIVERIES: dict[Trouble, Callable[[Way], None]] = {
    Trouble.STALLED: _stalled,
    Trouble.MISSED_OUT: _missed_out,
    Trouble.MISSED_SIGN: _missed_sign,
    Trouble.EARLY_SIGN: _early_sign,
    Trouble.HELD: _tried_again(Code.HELD, _AWAY, (1,)),
    Trouble.HELD_LONG: _tried_again(Code.HELD, _AWAY, (2, 3)),
    Trouble.FAILED: _tried_again(Code.DELIVERY_FAILED, _NOT_MET, (1,)),
    Trouble.FAILED_LONG: _tried_again(Code.DELIVERY_FAILED, _NOT_MET, (2, 3)),
    Trouble.NO_CONSENT: _no_consent,
    Trouble.REFUSED: _refused,
}


def clock(day: date, hours: float) -> datetime:
    """A moment of that day, by the hour with its fraction."""
    return datetime.combine(day, time(), CST) + timedelta(seconds=round(hours * 3600))


def hour(at: datetime) -> float:
    return at.hour + at.minute / 60
