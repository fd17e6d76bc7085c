"""Seats: opened, manned, left, closed, and in charge of somebody."""

from datetime import timedelta

import pytest

from huhang.channels.models import Notice
from huhang.desk.actions import seats
from huhang.desk.actions.seats import Ability
from huhang.desk.models import PortfolioMember, Seat
from huhang.desk.rules.assignment import Status
from huhang.kit.errors import NotFound
from huhang.kit.models import AuditEntry
from tests.cast import NOON, Cast
from tests.factories import desk as factory
from tests.factories import network

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def a_seat(cast: Cast) -> Seat:
    return seats.open_seat(person=cast.lin, unit=cast.unit("HQ-CS"), by=cast.hua, now=NOON)


class TestOpening:
    def test_nobody_sits_there_until_they_say_so(self, cast: Cast) -> None:
        seat = a_seat(cast)
        assert (seat.status, seat.is_active) == (Status.OFFLINE, True)
        assert seat.statuses.get().status == Status.OFFLINE

    def test_again_is_the_same_seat(self, cast: Cast) -> None:
        first = a_seat(cast)
        seats.close_seat(seat_id=first.pk, by=cast.hua, now=NOON)
        again = seats.open_seat(
            person=cast.lin, unit=cast.unit("HQ"), by=cast.hua, now=NOON, ability=Ability(capacity=5)
        )
        assert (again.pk, again.is_active, again.capacity) == (first.pk, True, 5)
        assert again.statuses.count() == 1

    def test_a_closed_one_is_not_manned(self, cast: Cast) -> None:
        seat = a_seat(cast)
        seats.close_seat(seat_id=seat.pk, by=cast.hua, now=NOON)
        with pytest.raises(seats.SeatIsClosed):
            seats.set_status(seat_id=seat.pk, status=Status.AVAILABLE, by=cast.lin, now=NOON)
        with pytest.raises(seats.SeatIsClosed):
            seats.entrust(seat_id=seat.pk, thing=cast.zhang, by=cast.hua, now=NOON)
        assert seats.beat(person_id=cast.lin.pk, now=NOON) is None

    def test_one_that_is_not_there_is_not_found(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            seats.set_status(seat_id=999, status=Status.AVAILABLE, by=cast.lin, now=NOON)

    def test_a_change_of_what_they_can_do_is_on_the_record(self, cast: Cast) -> None:
        seat = a_seat(cast)
        seats.set_ability(seat_id=seat.pk, ability=Ability(kinds=("claim",), level=3), by=cast.hua, now=NOON)
        seat.refresh_from_db()
        assert (seat.kinds, seat.level) == (["claim"], 3)
        entry = AuditEntry.objects.get(verb="desk.seat.edited")
        assert entry.before
        assert entry.after
        assert (entry.before["level"], entry.after["level"]) == (1, 3)


class TestStatus:
    def test_every_change_is_a_row_with_its_times(self, cast: Cast) -> None:
        seat = a_seat(cast)
        for minute, status in enumerate([Status.AVAILABLE, Status.AVAILABLE, Status.BUSY, Status.OFFLINE], 1):
            seats.set_status(seat_id=seat.pk, status=status, by=cast.lin, now=NOON + minute * MINUTE)
        rows = [(r.status, r.since - NOON, r.until and r.until - NOON) for r in seat.statuses.all()]
        assert rows == [
            ("offline", 0 * MINUTE, MINUTE),
            ("available", MINUTE, 3 * MINUTE),
            ("busy", 3 * MINUTE, 4 * MINUTE),
            ("offline", 4 * MINUTE, None),
        ]

    def test_one_that_is_heard_of_late_ends_nothing_before_it_began(self, cast: Cast) -> None:
        seat = a_seat(cast)
        seats.set_status(seat_id=seat.pk, status=Status.AVAILABLE, by=cast.lin, now=NOON - MINUTE)
        assert [r.since for r in seat.statuses.all()] == [NOON, NOON]

    @pytest.mark.parametrize("status", ["", "asleep", "\u0000"])
    def test_nonsense_is_refused(self, cast: Cast, status: str) -> None:
        with pytest.raises(seats.NoSuchStatus):
            seats.set_status(seat_id=a_seat(cast).pk, status=status, by=cast.lin, now=NOON)

    def test_coming_back_after_the_shift_is_staying_longer(self, cast: Cast) -> None:
        seat = a_seat(cast)
        seats.set_shift(seat_id=seat.pk, ends_at=NOON, by=cast.hua, now=NOON)
        seats.set_status(seat_id=seat.pk, status=Status.AVAILABLE, by=cast.lin, now=NOON)
        assert not seats.end_shift(seat_id=seat.pk, now=NOON + MINUTE)

    def test_whoever_is_taken_off_is_told(self, cast: Cast) -> None:
        seat = factory.seat(cast.lin, now=NOON)
        seats.take_off(seat_id=seat.pk, by=cast.hua, now=NOON)
        assert Notice.objects.get().person == cast.lin

    def test_a_sign_of_life_is_one_statement(self, cast: Cast, django_assert_num_queries) -> None:
        seat = factory.seat(cast.lin, now=NOON)
        with django_assert_num_queries(1):
            assert seats.beat(person_id=cast.lin.pk, now=NOON) == Status.AVAILABLE
        seat.refresh_from_db()
        assert seat.last_seen_at == NOON

    def test_whoever_has_no_seat_gives_no_sign(self, cast: Cast) -> None:
        assert seats.beat(person_id=cast.gao.pk, now=NOON) is None


class TestPortfolio:
    def test_each_thing_has_one_keeper(self, cast: Cast) -> None:
        seat, other = a_seat(cast), factory.seat(cast.hua, now=NOON)
        for thing in (cast.zhang, cast.unit("SZ-WZ"), network.customer()):
            member = seats.entrust(seat_id=seat.pk, thing=thing, by=cast.hua, now=NOON)
            assert seats.entrust(seat_id=seat.pk, thing=thing, by=cast.hua, now=NOON) == member
            assert member.thing == thing
            with pytest.raises(seats.AlreadyInCharge):
                seats.entrust(seat_id=other.pk, thing=thing, by=cast.hua, now=NOON)

    def test_withdrawn_it_is_free_and_stays_on_record(self, cast: Cast) -> None:
        seat, other = a_seat(cast), factory.seat(cast.hua, now=NOON)
        seats.entrust(seat_id=seat.pk, thing=cast.zhang, by=cast.hua, now=NOON)
        assert seats.withdraw(thing=cast.zhang, by=cast.hua, now=NOON + MINUTE)
        assert not seats.withdraw(thing=cast.zhang, by=cast.hua, now=NOON + MINUTE)
        seats.entrust(seat_id=other.pk, thing=cast.zhang, by=cast.hua, now=NOON + MINUTE)
        assert PortfolioMember.objects.count() == 2
