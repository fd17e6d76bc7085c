"""The customer's page: opening it answers nothing, one tap answers, and nobody else's tap does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.channels.actions.tokens import token_of
from huhang.quality.models import Survey
from tests.cast import Cast
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture
def survey(cast: Cast) -> Survey:
    return make.survey(cast.unit("SZ-WZ"), at=timezone.now())


def page(survey: Survey) -> str:
    return reverse("survey:page", args=[token_of(survey.key)])


def now(survey: Survey) -> Survey:
    survey.refresh_from_db()
    return survey


class TestPage:
    def test_asks_in_one_statement(self, client, survey, django_assert_num_queries):
        client.get(page(survey))  # what is known of the installation is remembered
        with django_assert_num_queries(1):
            body = client.get(page(survey)).content.decode()
        assert body.count('name="score"') == 5

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_opened_by_a_program_answers_nothing(self, client, survey, method):
        for score in range(1, 6):
            getattr(client, method)(f"{page(survey)}?a={score}")
        assert now(survey).answered_at is None

    def test_of_a_link_brings_the_tapped_answer_to_be_sent(self, client, survey):
        body = client.get(f"{page(survey)}?a=4").content.decode()
        assert 'data-send="4"' in body and 'value="4" aria-pressed="true"' in body
        client.post(f"{page(survey)}/answer", {"score": "4", "auto": "true"}, **JSON)
        assert "data-send" not in client.get(f"{page(survey)}?a=2").content.decode()

    @pytest.mark.parametrize("named", ["0", "6", "x", "五", "1&a=2", ""])
    def test_takes_no_odd_answer_from_the_address(self, client, survey, named):
        assert "data-send" not in client.get(page(survey), {"a": named}).content.decode()

    def test_is_for_nobody_else(self, client, survey):
        answer = client.get(page(survey))
        headers = {name: answer[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")}
        assert headers == {
            "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
        }  # fmt: skip
        assert client.get("/s/made-up-token").status_code == 404

    def test_speaks_the_language_that_is_asked_for(self, client, survey):
        assert 'lang="en"' in client.get(f"{page(survey)}?lang=en").content.decode()


class TestAnswer:
    def test_is_one_tap_and_then_thanks(self, client, survey):
        answer = client.post(f"{page(survey)}/answer", {"score": "1"})
        assert (answer.status_code, now(survey).score) == (302, 1)
        body = client.get(page(survey)).content.decode()
        assert "谢谢您的评价" in body and 'name="solved"' in body

    def test_goes_on_with_solved_and_words_in_the_same_row(self, client, survey):
        for said in ({"score": "2"}, {"solved": "false"}, {"words": "<b>还没送到</b>"}):
            client.post(f"{page(survey)}/answer", said)
        assert (now(survey).score, survey.is_solved, survey.words) == (2, False, "<b>还没送到</b>")
        assert "<b>还没送到" not in client.get(page(survey)).content.decode()

    @pytest.mark.parametrize("said", [{"score": "9"}, {"score": "a"}, {"solved": "maybe"}, {"who": "me"}, {}])
    def test_refuses_what_is_no_answer(self, client, survey, said):
        assert client.post(f"{page(survey)}/answer", said).status_code in (400, 422)
        assert now(survey).answered_at is None

    def test_is_the_customer_s_alone(self, client, survey, cast):
        client.force_login(cast.lin)
        assert client.post(f"{page(survey)}/answer", {"score": "5"}).status_code == 403
        assert now(survey).answered_at is None

    def test_tells_scripts_why_it_was_refused(self, client, survey):
        Survey.objects.update(
            score=5, answered_at=timezone.now() - timedelta(hours=1), settles_at=timezone.now()
        )
        answer = client.post(f"{page(survey)}/answer", {"score": "1"}, **JSON)
        assert (answer.status_code, "不能再改" in answer.json()["error"]) == (409, True)

    def test_cannot_be_sent_without_end(self, survey):
        answers = {Client().post(f"{page(survey)}/answer", {"score": "5"}).status_code for _ in range(40)}
        assert 429 in answers

    def test_is_taken_only_by_post(self, client, survey):
        assert client.get(f"{page(survey)}/answer").status_code == 405
        assert client.post(page(survey), {"score": "5"}).status_code == 405
