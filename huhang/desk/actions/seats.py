"""Seats open and close, are manned and left, and are put in charge of customers, couriers and units.

Lock order: cases before seats, seats in the order of their numbers. Nothing here changes a case; what happens to the
cases of whoever leaves is said in `actions.assignment`.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import calls, notices
from huhang.desk.actions.story import name_of
from huhang.desk.models import AssignmentPolicy, PortfolioMember, Seat, SeatStatus
from huhang.desk.models.seat import BUSY_REASONS
from huhang.desk.rules.assignment import Status, has_fallen_silent
from huhang.kit import audit, live
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.network.models import Courier, Customer, OrgUnit, Person

KIND = "desk.seat"
Thing = Customer | Courier | OrgUnit


class SeatIsClosed(DomainError):
    """这个席位已经停用。"""


class NoSuchStatus(BadInput):
    """没有这种在席状态。"""


class AlreadyInCharge(DomainError):
    """已有同事负责，请先解除原来的分工。"""


@dataclass(frozen=True, slots=True)
class Ability:
    """What somebody can do at a seat; empty lists are everything."""

    kinds: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    level: int = 1
    # In points, for cases; conversations have a room of their own.
    capacity: int = 20
    chats: int = 5
    takes_by_itself: bool = True


@transaction.atomic
def open_seat(
    *, person: Person, unit: OrgUnit, by: Person | None, now: datetime, ability: Ability | None = None
) -> Seat:
    """Give somebody a seat, or open theirs again; nobody sits there until they say so."""
    seat, is_new = Seat.objects.select_for_update().get_or_create(
        person=person, defaults={"unit": unit, "status_since": now}
    )
    seat.unit, seat.is_active = unit, True
    _set(seat, ability)
    seat.save()
    if is_new:
        SeatStatus.objects.create(seat=seat, status=Status.OFFLINE, since=now, by=name_of(by))
    _changed(seat)
    return seat


@transaction.atomic
def set_ability(*, seat_id: int, ability: Ability, by: Person, now: datetime) -> Seat:
    """Say what somebody can do and how much at once; what they already have stays with them."""
    seat = locked(seat_id)
    before = _told(seat)
    _set(seat, ability)
    seat.save()
    audit.record(
        actor=by.get_username(), verb="desk.seat.edited", subject=f"seat:{seat.person.username}", now=now,
        before=before, after=_told(seat),
    )  # fmt: skip
    _changed(seat)
    return seat


def _told(seat: Seat) -> dict[str, object]:
    return {field.name: getattr(seat, field.name) for field in fields(Ability)}


def _set(seat: Seat, ability: Ability | None) -> None:
    if ability is None:
        return
    seat.kinds, seat.products = sorted(set(ability.kinds)), sorted(set(ability.products))
    seat.skills, seat.languages = sorted(set(ability.skills)), sorted(set(ability.languages))
    seat.level, seat.capacity = ability.level, ability.capacity
    seat.chats, seat.takes_by_itself = ability.chats, ability.takes_by_itself


@transaction.atomic
def close_seat(*, seat_id: int, by: Person | None, now: datetime) -> Seat:
    """Take a seat away: whoever had it is given nothing more, and what they have goes to others."""
    seat = locked(seat_id)
    _become(seat, Status.OFFLINE, by=by, now=now)
    seat.is_active = False
    seat.save()
    _changed(seat)
    return seat


@transaction.atomic
def set_status(*, seat_id: int, status: str, by: Person | None, now: datetime, busy_reason: str = "") -> Seat:
    """Say that somebody is there, busy (and why), away or gone; the same again changes nothing."""
    if status not in set(Status) or busy_reason not in ("", *BUSY_REASONS):
        raise NoSuchStatus(status=status)
    seat = locked(seat_id)
    if not seat.is_active:
        raise SeatIsClosed
    reason = busy_reason if status == Status.BUSY else ""
    if (seat.status, seat.busy_reason) != (status, reason):
        _become(seat, Status(status), by=by, now=now, busy_reason=reason)
    seat.back_to = ""
    # Whoever comes back after the end of a shift works longer: the old end says nothing any more.
    if status != Status.OFFLINE and seat.shift_ends_at and seat.shift_ends_at <= now:
        seat.shift_ends_at = None
    seat.save()
    _changed(seat)
    return seat


@transaction.atomic
def take_off(*, seat_id: int, by: Person, now: datetime) -> Seat:
    """A lead takes somebody off, and they are told."""
    seat = set_status(seat_id=seat_id, status=Status.OFFLINE, by=by, now=now)
    notices.notify(
        key=f"seat:{seat.pk}:off:{now.isoformat()}", kind="desk.seat", person=seat.person, now=now,
        title=_("组长已将您设为离线，待答复的工单会转给同事"), link="/desk/seats/",
    )  # fmt: skip
    return seat


@transaction.atomic
def set_shift(*, seat_id: int, ends_at: datetime | None, by: Person | None, now: datetime) -> Seat:
    """Say until when somebody is there today; None is open-ended."""
    seat = locked(seat_id)
    seat.shift_ends_at = ends_at
    seat.save(update_fields=["shift_ends_at"])
    return seat


def beat(*, person_id: int, now: datetime) -> str | None:
    """A sign of life from a browser: one statement. The status as it is now; None when they have no seat."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE desk_seat SET last_seen_at = %s WHERE person_id = %s AND is_active RETURNING id, status, back_to",
            [now, person_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    seat_id, status, back_to = row
    return _return(seat_id, now) if back_to else str(status)


@transaction.atomic
def _return(seat_id: int, now: datetime) -> str:
    """A browser that fell silent is heard again: whoever sits there did not mean to leave."""
    seat = locked(seat_id)
    if seat.back_to:
        _become(seat, Status(seat.back_to), by=None, now=now)
        seat.back_to = ""
        seat.save()
        _changed(seat)
    return str(seat.status)


@transaction.atomic
def fall_silent(*, seat_id: int, now: datetime) -> bool:
    """Nothing was heard for too long: they count as gone until they are heard again."""
    seat = locked(seat_id)
    if not has_fallen_silent(Status(seat.status), seat.last_seen_at, now=now):
        return False
    back_to = seat.status
    _become(seat, Status.OFFLINE, by=None, now=now)
    seat.back_to = back_to
    seat.save()
    _changed(seat)
    return True


@transaction.atomic
def end_shift(*, seat_id: int, now: datetime) -> bool:
    """The shift is over: they are given nothing more, unless they say that they stay."""
    seat = locked(seat_id)
    if seat.status == Status.OFFLINE or seat.shift_ends_at is None or seat.shift_ends_at > now:
        return False
    _become(seat, Status.OFFLINE, by=None, now=now)
    seat.save()
    _changed(seat)
    return True


@transaction.atomic
def entrust(*, seat_id: int, thing: Thing, by: Person | None, now: datetime) -> PortfolioMember:
    """Put a seat in charge of a customer, a courier or a unit; each has one seat at a time."""
    seat = locked(seat_id)
    if not seat.is_active:
        raise SeatIsClosed
    field = _field(thing)
    type(thing)._default_manager.select_for_update().get(pk=thing.pk)
    present = PortfolioMember.objects.filter(**{field: thing}, until__isnull=True).first()
    if present is not None and present.seat_id != seat.pk:
        raise AlreadyInCharge(seat=present.seat_id)
    if present is not None:
        return present
    member = PortfolioMember.objects.create(seat=seat, since=now, by=name_of(by), **{field: thing})
    _changed(seat)
    return member


@transaction.atomic
def withdraw(*, thing: Thing, by: Person | None, now: datetime) -> bool:
    """Nobody is in charge of it any more; who was stays on record."""
    members = PortfolioMember.objects.filter(**{_field(thing): thing}, until__isnull=True)
    seats = list(Seat.objects.filter(portfolio__in=members))
    ended = members.update(until=now)
    for seat in seats:
        _changed(seat)
    return bool(ended)


def _field(thing: Thing) -> str:
    names = {Customer: "customer", Courier: "courier", OrgUnit: "unit"}
    return names[type(thing)]


@transaction.atomic
def set_policy(
    *,
    policy_id: int,
    points: int,
    level: int,
    needs: tuple[str, ...],
    gets_owner: bool,
    by: Person,
    now: datetime,
) -> AssignmentPolicy:
    """Say what cases weigh and ask for, and whether they are given to somebody; it holds from the next decision on."""
    policy = AssignmentPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound(policy=policy_id)
    before = _policy_told(policy)
    policy.points, policy.level, policy.needs, policy.gets_owner = (
        points,
        level,
        sorted(set(needs)),
        gets_owner,
    )
    policy.save()
    audit.record(
        actor=by.get_username(), verb="desk.assignment_policy.edited", now=now, before=before,
        subject=f"assignment_policy:{policy.kind}:{policy.priority}", after=_policy_told(policy),
    )  # fmt: skip
    return policy


def _policy_told(policy: AssignmentPolicy) -> dict[str, object]:
    return {name: getattr(policy, name) for name in ("points", "level", "needs", "gets_owner")}


def locked(seat_id: int) -> Seat:
    """The seat, locked until the transaction ends."""
    seats = Seat.objects.select_for_update(of=("self",)).select_related("unit", "person")
    seat = seats.filter(pk=seat_id).first()
    if seat is None:
        raise NotFound(seat=seat_id)
    return seat


def _become(seat: Seat, status: Status, *, by: Person | None, now: datetime, busy_reason: str = "") -> None:
    if (seat.status, seat.busy_reason) == (status, busy_reason):
        return
    # A change that is heard of late must not end a stretch before it began.
    at = max(now, seat.status_since)
    if seat.status == Status.WRAP_UP:
        calls.stop_writing(by=seat.person, now=at)
    SeatStatus.objects.filter(seat=seat, until__isnull=True).update(until=at)
    SeatStatus.objects.create(seat=seat, status=status, since=at, by=name_of(by), busy_reason=busy_reason)
    seat.status, seat.status_since, seat.back_to, seat.busy_reason = status, at, "", busy_reason


def _changed(seat: Seat) -> None:
    live.announce(KIND, path=seat.unit.path, ref=seat.pk)
