"""Answers that stand, and what follows from them."""

from datetime import timedelta

import pytest

from huhang.channels.actions.tokens import token_of
from huhang.desk.actions import tickets
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind
from huhang.kit.errors import NotFound
from huhang.metrics.actions import tally
from huhang.metrics.models import Tally
from huhang.quality.actions import answering, calling_back
from huhang.quality.actions.answering import NothingSaid, Stands, answer, settle_due
from huhang.quality.actions.calling_back import AlreadyDone, SayWhat
from huhang.quality.models import CallBack, Survey
from huhang.quality.rules.answers import Said
from huhang.quality.rules.calling_back import Outcome
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import channels
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def asked(cast: Cast) -> Survey:
    """王小明 was asked about his case at noon."""
    ticket = a_ticket(cast)
    while ticket.is_live:
        ticket = tickets.resolve(ticket_no=ticket.no, result="已赔付", by=cast.hua, now=NOON)
    survey = make.survey(ticket.unit, at=NOON, number="13800001234")
    make.touch(ticket.unit, at=NOON, ticket=ticket, survey=survey, waybill_no=ticket.waybill_no)
    return survey


def tap(survey: Survey, now=NOON, **said) -> Survey:
    return answer(token=token_of(survey.key), said=Said(**said), now=now)


def counted() -> dict[str, int]:
    rows = Tally.objects.filter(measure__startswith="quality.").values_list("measure", "amount")
    return {name.removeprefix("quality."): amount for name, amount in rows}


class TestAnswer:
    def test_of_ten_taps_is_one_row_that_counts_once(self, asked):
        for n in range(10):
            tap(asked, score=n % 5 + 1, now=NOON + n * MINUTE / 3)
        assert [settle_due(now=NOON + 5 * MINUTE) for _ in range(2)] == [1, 0]
        assert Survey.objects.get().score == 5
        assert counted() == {"survey.answered": 1, "survey.rated": 1, "survey.good": 1}
        assert Ticket.objects.get(touches__survey=asked).entries.filter(text=answering.JUDGED).count() == 1

    def test_counts_beside_a_rated_step_of_the_same_number(self, asked):
        tally.count(measure="desk.step.rated", at=NOON, path=asked.path, key=f"rated:{asked.pk}")
        tap(asked, score=2)
        settle_due(now=NOON + 5 * MINUTE)
        assert counted()["survey.rated"] == 1

    def test_that_stands_cannot_be_changed(self, asked):
        tap(asked, score=5)
        with pytest.raises(Stands):
            tap(asked, score=1, now=NOON + 5 * MINUTE)
        assert tap(asked, score=5, now=NOON + 6 * MINUTE).score == 5  # said again, it is no change

    def test_keeps_words_that_were_still_being_written(self, asked):
        tap(asked, score=1)
        settle_due(now=NOON + 5 * MINUTE)
        assert tap(asked, words="纸箱压扁了", now=NOON + 20 * MINUTE).words == "纸箱压扁了"
        with pytest.raises(Stands):
            tap(asked, words="另外", now=NOON + 21 * MINUTE)
        assert CallBack.objects.get().ticket.entries.filter(text__contains="纸箱压扁了").exists()

    def test_needs_something_to_be_said(self, asked):
        for said in ({}, {"words": "你好"}):
            with pytest.raises(NothingSaid):
                tap(asked, **said)

    @pytest.mark.parametrize("token", ["", "x" * 22, "无", "%00", "a" * 5000])
    def test_with_a_made_up_address_finds_nothing(self, asked, token):
        with pytest.raises(NotFound):
            answer(token=token, said=Said(score=1), now=NOON)

    def test_after_it_has_expired_finds_nothing(self, asked):
        with pytest.raises(NotFound):
            tap(asked, score=5, now=NOON + timedelta(days=8))

    def test_before_it_was_sent_finds_nothing(self, asked):
        Survey.objects.update(invited_at=None, send_at=NOON + MINUTE)
        with pytest.raises(NotFound):
            tap(asked, score=5)

    def test_by_contradicting_links_counts_for_nobody(self, asked):
        for score in (5, 4, 3, 2, 1):
            tap(asked, score=score, is_auto=True)
        assert settle_due(now=NOON + timedelta(days=1)) == 0
        assert counted() == {}


class TestVerdictOnTheProgressPage:
    def test_is_the_same_answer(self, asked):
        ticket = Ticket.objects.get(touches__survey=asked)
        answering.judged(ticket.pk, is_solved=False, words="没修好", at=NOON)
        assert tap(asked, score=2, now=NOON + MINUTE).is_solved is False
        assert (
            answering.judged(ticket.pk, is_solved=True, words="", at=NOON) is None
        )  # told again, later than the tap
        assert Survey.objects.get().words == "没修好"

    def test_answers_nothing_that_was_not_asked(self, cast):
        assert answering.judged(a_ticket(cast).pk, is_solved=True, words="", at=NOON) is None


class TestCallBack:
    def test_is_a_case_with_a_clock_for_whoever_was_not_satisfied(self, asked, cast):
        tap(asked, score=1, words="没人联系我")
        settle_due(now=NOON + 5 * MINUTE)
        ticket = CallBack.objects.get().ticket
        assert (ticket.kind, ticket.contact_phone, ticket.priority) == (Kind.FOLLOW_UP, "13800001234", "high")
        assert ticket.body.startswith("没人联系我")
        assert ticket.at_unit == cast.unit("HQ-CS")
        assert ticket.next_due_at == NOON + timedelta(minutes=125)

    def test_leaves_the_promise_of_a_first_response_alone(self, asked):
        tap(asked, is_solved=False)
        settle_due(now=NOON + 5 * MINUTE)
        ticket = CallBack.objects.get().ticket
        assert not ticket.clocks.filter(obligation="first_response", stopped_at__isnull=True).exists()

    def test_goes_to_the_case_itself_when_that_is_open_again(self, asked):
        case = Ticket.objects.get(kind=Kind.COMPLAINT, touches__survey=asked)
        tap(asked, is_solved=False)
        tickets.reopen(ticket_no=case.no, reason="没修好", by=None, now=NOON + MINUTE)
        settle_due(now=NOON + 5 * MINUTE)
        assert CallBack.objects.get().ticket == case

    def test_ends_with_its_case_and_says_how(self, asked, cast):
        row = self.owed(asked, cast)
        calling_back.claim(call_back_id=row.pk, by=cast.lin, now=NOON)
        calling_back.no_answer(call_back_id=row.pk, by=cast.lin, now=NOON)
        calling_back.done(
            call_back_id=row.pk, outcome=Outcome.SETTLED, words="已致歉", by=cast.lin, now=NOON + MINUTE
        )
        row.refresh_from_db()
        row.ticket.refresh_from_db()
        assert (row.outcome, row.attempts, row.done_by) == ("settled", 1, cast.lin)
        assert (row.ticket.owner, row.ticket.is_live) == (cast.lin, False)
        with pytest.raises(AlreadyDone):
            calling_back.done(call_back_id=row.pk, outcome=Outcome.SETTLED, words="", by=cast.lin, now=NOON)

    def test_that_changed_nothing_is_explained(self, asked, cast):
        row = self.owed(asked, cast)
        with pytest.raises(SayWhat):
            calling_back.done(
                call_back_id=row.pk, outcome=Outcome.STILL_UNHAPPY, words="", by=cast.lin, now=NOON
            )

    def test_is_over_when_its_case_was_resolved_on_the_desk(self, asked, cast):
        row = self.owed(asked, cast)
        tickets.resolve(ticket_no=row.ticket.no, result="电话已说明", by=cast.lin, now=NOON)
        assert [calling_back.case_ended(row.ticket_id, now=NOON) for _ in range(2)] == [1, 0]
        row.refresh_from_db()
        assert (row.outcome, row.words) == ("in_case", "电话已说明")

    def owed(self, asked: Survey, cast: Cast) -> CallBack:
        tap(asked, score=2)
        settle_due(now=NOON + 5 * MINUTE)
        return CallBack.objects.get()


def test_a_talk_is_called_back_at_the_number_that_was_proven(cast):
    contact = channels.contact(at=NOON, phone="13900005678", name="李莉")
    entrance = channels.entrance(cast.unit("SZ-WZ"))
    talk = channels.conversation(entrance, at=NOON)
    talk.contact = contact
    talk.save()
    survey = make.answered(cast.unit("SZ-WZ"), at=NOON, score=1, sort="talk", way="page")
    make.touch(
        cast.unit("SZ-WZ"), at=NOON, sort="talk", conversation=talk, survey=survey, people=["tel:13900005678"]
    )
    answering.settle_due(now=NOON + 5 * MINUTE)
    ticket = CallBack.objects.get().ticket
    assert (ticket.contact_name, ticket.contact_phone) == ("李莉", "13900005678")
