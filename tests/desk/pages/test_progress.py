"""The customer's page: what it tells, what it never tells, and who gets in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from huhang.desk.actions import answering, claiming, clocks, progress, steps, tickets
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Entry, ProgressLink, StepRating, Ticket
from huhang.desk.pages.progress import LIMITS
from huhang.desk.queries.progress import progress_of
from huhang.desk.rules.kinds import EntryKind, Kind
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.factories import desk as factory

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Client:
    return Client(enforce_csrf_checks=True, headers={"accept-language": "zh-hans"})


def a_case(cast: Cast, kind: Kind = Kind.COMPLAINT, ago: int = 60) -> Ticket:
    return open_ticket(opening(cast, kind), by=cast.lin, now=timezone.now() - ago * MINUTE)[0]


def door(ticket: Ticket) -> str:
    return f"/p/{progress.issue_link(ticket=ticket, now=timezone.now())}"


class TestPage:
    def test_tells_who_owes_what_by_when(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast, ago=30)
        shown = customer.get(door(ticket)).content.decode()
        for words in (
            "您的问题正在处理",
            "吴中网点",
            "网点核实情况",
            "客服回访并给出方案",
            "剩 ",
            "138******34",
        ):
            assert words in shown, words

    def test_tells_how_late_it_is_in_words(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast, ago=90)
        assert "比承诺晚了 30 分" in customer.get(door(ticket)).content.decode()

    def test_never_tells_staff_notes_numbers_or_the_full_phone(self, cast: Cast, customer: Client) -> None:
        ticket, now = a_case(cast), timezone.now()
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=now)
        answering.note(ticket_no=ticket.no, text="客户很凶", by=cast.gao, now=now)
        answering.answer(ticket_no=ticket.no, text="马上核实", by=cast.gao, now=now)
        steps.hand_over(ticket_no=ticket.no, unit_code="SZ-HUB", reason="推给分拨", by=cast.gao, now=now)
        clocks.pause(ticket_no=ticket.no, reason="outside", by=cast.hua, now=now)
        shown = customer.get(door(ticket)).content.decode()
        for words in (
            "客户很凶",
            "推给分拨",
            "等待外部单位答复",
            "高老板",
            "gao",
            "13800001234",
            "王小明",
            "SZ-HUB",
            ticket.no,
        ):
            assert words not in shown, words
        assert "马上核实" in shown
        assert "已转交" in shown

    def test_a_prevention_case_does_not_show_our_rules_name(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast, Kind.PREVENTION)
        Ticket.objects.filter(pk=ticket.pk).update(title="漏签收")
        shown = customer.get(door(ticket)).content.decode()
        assert "我们正在关注您的包裹" in shown
        assert "漏签收" not in shown

    def test_speaks_english(self, cast: Cast) -> None:
        shown = Client(headers={"accept-language": "en"}).get(door(a_case(cast))).content.decode()
        assert "The outlet finds out what happened" in shown

    def test_says_each_result_once(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        tickets.resolve(ticket_no=ticket.no, result="已核实确有破损", by=cast.gao, now=timezone.now())
        assert customer.get(door(ticket)).content.decode().count("已核实确有破损") == 1

    def test_is_kept_from_caches_search_engines_and_other_sites(self, cast: Cast, customer: Client) -> None:
        answer = customer.get(door(a_case(cast)))
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]

    def test_costs_a_known_number_of_statements(self, cast: Cast, django_assert_num_queries) -> None:
        ticket = a_case(cast)
        progress_of(ticket, now=timezone.now())  # the calendar of the service's hours is read once
        with django_assert_num_queries(7):
            progress_of(ticket, now=timezone.now())


class TestTokens:
    def test_wrong_expired_revoked_and_missing_ones_get_one_answer(
        self, cast: Cast, customer: Client
    ) -> None:
        ticket, now = a_case(cast), timezone.now()
        expired, revoked = (progress.issue_link(ticket=ticket, now=now) for _ in range(2))
        ProgressLink.objects.filter(token_hash=progress.hash_of(expired)).update(expires_at=now - MINUTE)
        ProgressLink.objects.filter(token_hash=progress.hash_of(revoked)).update(revoked_at=now)
        tokens = ["", "nonsense", expired, revoked, ticket.no, ticket.waybill_no]
        answers = [customer.get(f"/p/{token}") for token in tokens]
        assert {answer.status_code for answer in answers} == {404}
        assert (
            len({_without_own_address(answer, token) for answer, token in zip(answers, tokens, strict=True)})
            == 1
        )

    def test_too_many_wrong_ones_are_slowed_down(self, cast: Cast, customer: Client) -> None:
        good = door(a_case(cast))
        statuses = [customer.get(f"/p/guess{n}").status_code for n in range(LIMITS.misses_from_address + 1)]
        assert statuses[-2:] == [404, 429]
        assert customer.get(good).status_code == 429

    def test_one_link_is_not_asked_without_end(self, cast: Cast, customer: Client) -> None:
        good = door(a_case(cast))
        statuses = [customer.get(good).status_code for _ in range(LIMITS.of_token + 1)]
        assert statuses[-2:] == [200, 429]


def _without_own_address(answer, token: str) -> bytes:
    import re

    shown = answer.content.replace(f"/p/{token}".encode(), b"/p/")
    return re.sub(rb'(csrfmiddlewaretoken" value=|server-now" content=)"[^"]*"', b"", shown)


class TestWriting:
    def test_rates_a_finished_step_once(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        tickets.resolve(ticket_no=ticket.no, result="已核实", by=cast.gao, now=timezone.now())
        address, step = door(ticket), ticket.steps.first()
        assert step is not None
        answer = customer.post(f"{address}/rate", {"step": step.pk, "score": 4, "words": "很快"})
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{address}?thanks=rating")
        rating = StepRating.objects.get()
        assert (rating.score, rating.words, rating.step) == (4, "很快", step)
        shown = customer.get(answer["Location"]).content.decode()
        assert "您评了 4 星" in shown
        again = customer.post(f"{address}/rate", {"step": step.pk, "score": 1})
        assert (again.status_code, StepRating.objects.get().score) == (409, 4)
        assert "您已评价过这一步" in again.content.decode()

    @pytest.mark.parametrize("score", ["0", "6", "x", ""])
    def test_refuses_what_is_no_rating(self, cast: Cast, customer: Client, score: str) -> None:
        ticket = a_case(cast)
        step = ticket.steps.first()
        assert step is not None
        assert customer.post(f"{door(ticket)}/rate", {"step": step.pk, "score": score}).status_code == 422

    def test_an_unfinished_step_cannot_be_rated(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        step = ticket.steps.first()
        assert step is not None
        assert customer.post(f"{door(ticket)}/rate", {"step": step.pk, "score": 5}).status_code == 409

    def test_a_step_of_another_case_cannot_be_rated(self, cast: Cast, customer: Client) -> None:
        other = factory.step(
            a_case(cast), now=timezone.now(), order=9, state="waiting", clock=None, opened_at=None
        )
        assert customer.post(f"{door(a_case(cast))}/rate", {"step": other.pk, "score": 5}).status_code == 404

    def test_words_reach_the_story(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        address = door(ticket)
        assert customer.post(f"{address}/say", {"text": "我 18 点后在家"}).status_code == 302
        entry = Entry.objects.get(kind=EntryKind.FROM_CUSTOMER)
        assert (entry.text, entry.ticket) == ("我 18 点后在家", ticket)
        assert "我 18 点后在家" in customer.get(address).content.decode()

    def test_nothing_said_is_answered_kindly(self, cast: Cast, customer: Client) -> None:
        answer = customer.post(f"{door(a_case(cast))}/say", {"text": " "})
        assert answer.status_code == 422
        assert "请先写下内容" in answer.content.decode()
