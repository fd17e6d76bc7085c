"""After a call: time to write, what was written, the case in one key, and back to what one did before."""

from datetime import timedelta
from typing import Any

import pytest

from huhang.channels.actions import call_backs, calls
from huhang.channels.actions.call_reports import NothingToReport, Report
from huhang.channels.models import Account, Call, CallbackDue, CallReport
from huhang.channels.queries import calls as calls_now
from huhang.channels.rules.call_life import Phase
from huhang.channels.rules.call_reports import CallReason, CallResult
from huhang.channels.rules.calls import CallEvent, CallKind
from huhang.desk.actions import chatting, seats, telephone
from huhang.desk.models import Seat, Ticket
from huhang.desk.rules.assignment import Status
from huhang.desk.rules.kinds import Kind
from huhang.kit.errors import NotFound
from tests.cast import NOON, Cast
from tests.factories import calls as made
from tests.factories import channels, journey

K = CallKind
NUMBER, WAYBILL = "13812345678", "773100000001"
SOON = NOON + timedelta(seconds=62)
REPORT = Report(CallReason.URGE, CallResult.SOLVED, "今天要用，答应下午送到", WAYBILL)


@pytest.fixture
def switch(cast: Cast) -> Account:
    """The hotline's switch, with 林晓 at telephone 1001 and at her seat."""
    channels.queue(cast.unit("HQ-CS"), key="customers", name="客户热线")
    switch = made.switch(cast.unit("HQ"))
    calls.sit(account=switch, extension="1001", person=cast.lin, now=NOON)
    seat = seats.open_seat(person=cast.lin, unit=cast.unit("HQ-CS"), by=None, now=NOON)
    seats.set_status(seat_id=seat.pk, status="available", by=cast.lin, now=NOON)
    return switch


def told(switch: Account, second: int, kind: CallKind, call: str = "a", **more: Any) -> None:
    at = NOON + timedelta(seconds=second)
    calls.take(account=switch, events=[CallEvent(f"{call}/{kind}/{second}", call, kind, at, **more)], now=at)


def talks(switch: Account, call: str = "a") -> Call:
    told(switch, 0, K.ARRIVED, call, ani=NUMBER, dnis="95500")
    told(switch, 1, K.QUEUED, call, queue="customers")
    told(switch, 2, K.ANSWERED, call, agent="1001")
    return Call.objects.get(call_id=call)


def hangs_up(switch: Account, call: str = "a", second: int = 60) -> None:
    told(switch, second, K.ENDED, call)


def writes(switch: Account, call: str = "a") -> Call:
    row = talks(switch, call)
    hangs_up(switch, call)
    assert telephone.begin_writing(call_id=row.pk, now=SOON)
    return row


def seat_of(cast: Cast) -> Seat:
    return Seat.objects.get(person=cast.lin)


class TestWriting:
    def test_begins_when_the_caller_has_gone_and_ends_with_the_report(
        self, cast: Cast, switch: Account
    ) -> None:
        row = writes(switch)
        assert seat_of(cast).status == Status.WRAP_UP
        assert Call.objects.get().phase == Phase.AFTER_CALL
        at = NOON + timedelta(seconds=95)
        telephone.finish(call_id=row.pk, report=REPORT, by=cast.lin, now=at)
        call = Call.objects.get()
        assert (call.phase, call.after_call) == (Phase.OVER, timedelta(seconds=35))
        assert seat_of(cast).status == Status.AVAILABLE
        assert CallReport.objects.get().reason == CallReason.URGE
        wrote = seat_of(cast).statuses.get(status=Status.WRAP_UP)
        assert wrote.until is not None and wrote.until - wrote.since == timedelta(seconds=35)

    def test_who_was_busy_is_busy_again(self, cast: Cast, switch: Account) -> None:
        busy = {"status": "busy", "busy_reason": "meeting"}
        seats.set_status(seat_id=seat_of(cast).pk, by=cast.lin, now=NOON, **busy)
        row = writes(switch)
        telephone.finish(call_id=row.pk, report=REPORT, by=cast.lin, now=SOON)
        assert (seat_of(cast).status, seat_of(cast).busy_reason) == ("busy", "meeting")

    def test_two_calls_are_written_down_before_one_is_free(self, cast: Cast, switch: Account) -> None:
        first, second = writes(switch, "a"), writes(switch, "b")
        telephone.finish(call_id=first.pk, report=REPORT, by=cast.lin, now=SOON)
        assert seat_of(cast).status == Status.WRAP_UP
        telephone.finish(call_id=second.pk, report=REPORT, by=cast.lin, now=SOON)
        assert seat_of(cast).status == Status.AVAILABLE

    def test_ends_when_one_does_something_else(self, cast: Cast, switch: Account) -> None:
        """The clock of the writing must not run on over a lunch; the report can be written later."""
        writes(switch)
        seats.set_status(seat_id=seat_of(cast).pk, status="break", by=cast.lin, now=SOON)
        assert Call.objects.get().phase == Phase.OVER
        assert [row.call_id for row in calls_now.unwritten(cast.lin, now=SOON)] == ["a"]

    def test_what_was_written_while_one_talked_is_enough(self, cast: Cast, switch: Account) -> None:
        row = talks(switch)
        telephone.finish(call_id=row.pk, report=REPORT, by=cast.lin, now=SOON)
        hangs_up(switch)
        assert not telephone.begin_writing(call_id=row.pk, now=SOON)
        assert seat_of(cast).status == Status.AVAILABLE

    def test_news_that_comes_late_sends_nobody_to_write(self, cast: Cast, switch: Account) -> None:
        row = talks(switch)
        hangs_up(switch)
        assert not telephone.begin_writing(call_id=row.pk, now=NOON + timedelta(hours=1))

    def test_told_twice_it_begins_once(self, cast: Cast, switch: Account) -> None:
        row = writes(switch)
        assert not telephone.begin_writing(call_id=row.pk, now=SOON)

    def test_a_colleague_s_call_is_not_there(self, cast: Cast, switch: Account) -> None:
        row = writes(switch)
        with pytest.raises(NotFound):
            telephone.finish(call_id=row.pk, report=REPORT, by=cast.hua, now=SOON)

    def test_nothing_is_written_of_who_gave_up(self, cast: Cast, switch: Account) -> None:
        told(switch, 0, K.QUEUED, queue="customers", ani=NUMBER)
        told(switch, 1, K.RINGING, agent="1001")
        told(switch, 30, K.ABANDONED)
        told(switch, 30, K.ENDED)
        with pytest.raises((NothingToReport, NotFound)):
            telephone.finish(call_id=Call.objects.get().pk, report=REPORT, by=cast.lin, now=SOON)


class TestTheCase:
    def test_is_opened_in_one_key_with_what_is_known(self, cast: Cast, switch: Account) -> None:
        journey.waybill(WAYBILL, origin=cast.unit("SZ-WZ"), dest=cast.unit("SZ-WZ"))
        row = writes(switch)
        for _ in range(2):
            report, ticket = telephone.finish(
                call_id=row.pk, report=REPORT, by=cast.lin, now=SOON, opens_case=True
            )
        case = Ticket.objects.get()
        assert ticket == case and (report.case_no, report.result) == (case.no, CallResult.CASE)
        assert (case.kind, case.waybill_no, case.contact_phone) == (Kind.URGE, WAYBILL, NUMBER)
        assert case.unit == cast.unit("SZ-WZ") and "今天要用" in case.title

    def test_without_a_parcel_it_lies_with_customer_service(self, cast: Cast, switch: Account) -> None:
        row = writes(switch)
        report = Report(CallReason.COMPLAINT, CallResult.SOLVED)
        _row, ticket = telephone.finish(call_id=row.pk, report=report, by=cast.lin, now=SOON, opens_case=True)
        assert ticket is not None and ticket.unit == cast.lin.home


class TestPromises:
    def test_a_promise_to_call_again_is_owed_once_by_whoever_gave_it(
        self, cast: Cast, switch: Account
    ) -> None:
        row = writes(switch)
        report = Report(CallReason.WHERE, CallResult.CALL_AGAIN)
        for _ in range(2):
            telephone.finish(call_id=row.pk, report=report, by=cast.lin, now=SOON)
        owed = CallbackDue.objects.get()
        assert (owed.owner, owed.number, owed.is_open) == (cast.lin, NUMBER, True)
        assert owed.due_at > SOON

    def test_the_next_call_back_is_the_one_due_first_and_each_is_taken_once(
        self, cast: Cast, switch: Account
    ) -> None:
        path = cast.unit("HQ-CS").path
        later, first = (
            channels.callback_due(switch, at=NOON - timedelta(minutes=n), path=path) for n in (5, 20)
        )
        channels.callback_due(switch, at=NOON, path=path, next_at=NOON + timedelta(hours=1))
        assert call_backs.take_next(by=cast.lin, now=NOON) == first
        assert call_backs.take_next(by=cast.hua, now=NOON) == later
        assert call_backs.take_next(by=cast.lin, now=NOON) is None
        assert call_backs.take_next(by=cast.qian, now=NOON) is None


def test_who_is_on_the_line_is_given_no_conversation(cast: Cast, switch: Account) -> None:
    talks(switch)
    [talker] = chatting.talkers(SOON)
    assert talker.is_on_the_line
    hangs_up(switch)
    [talker] = chatting.talkers(SOON)
    assert not talker.is_on_the_line
