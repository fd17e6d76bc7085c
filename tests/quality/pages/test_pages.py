"""Our pages of quality: what they show, to whom, and in how many statements."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from huhang.kit.models import AuditEntry
from huhang.quality.models import Survey, SurveyTerms
from tests.cast import Cast
from tests.factories import channels
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def said(cast: Cast) -> list[Survey]:
    """Three customers of 吴中 and one of 姑苏 were asked; two were not satisfied, one did not answer."""
    now = timezone.now() - 10 * MINUTE
    wz, gs = cast.unit("SZ-WZ"), cast.unit("SZ-GS")
    door = channels.entrance(wz)
    bad = make.answered(wz, at=now, score=1, words="打 13912345678 没人接", agent=cast.lin, entrance=door)
    make.touch(wz, at=now, survey=bad)
    make.call_back(bad, at=now)
    good = make.answered(wz, at=now, score=5, is_solved=True, agent=cast.lin, entrance=door)
    make.touch(wz, at=now, survey=good)
    silent = make.survey(wz, at=now)
    theirs = make.answered(gs, at=now, score=2, is_solved=False)
    make.touch(gs, at=now, survey=theirs)
    make.call_back(theirs, at=now)
    return [bad, good, silent, theirs]


def seen(person, name: str, **query: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(f"quality:{name}"), query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestSatisfaction:
    def test_stands_beside_how_many_answered(self, cast, said):
        body = seen(cast.gao, "satisfaction", by="agent")
        assert "50.0%" in body  # one of two who gave a score
        assert "66.7%" in body  # two of three who were asked

    def test_of_a_neighbour_is_not_shown(self, cast, said):
        client = Client()
        client.force_login(cast.qian)
        assert client.get(reverse("quality:satisfaction"), {"unit": "SZ-WZ"}).status_code == 404
        body = client.get(reverse("quality:satisfaction"), {"by": "unit"}).content.decode()
        assert "姑苏网点" in body and "吴中网点" not in body

    @pytest.mark.parametrize("by", ["unit", "agent", "entrance", "sort"])
    def test_costs_a_known_number_of_statements(self, cast, said, by, django_assert_max_num_queries):
        client = Client()
        client.force_login(cast.hua)
        client.get(reverse("quality:satisfaction"), {"by": by}, headers={"HX-Request": "true"})
        with django_assert_max_num_queries(9):
            client.get(reverse("quality:satisfaction"), {"by": by}, headers={"HX-Request": "true"})

    def test_is_exported_as_it_stands(self, cast, said):
        client = Client()
        client.force_login(cast.gao)
        lines = client.get(reverse("quality:satisfaction_csv"), {"by": "unit"}).content.decode("utf-8-sig")
        assert "吴中网点,3,2,66.7%,2,1,50.0%,1,1,0,100.0%" in lines


class TestUnhappy:
    def test_shows_what_is_owed_masked(self, cast, said):
        body = seen(cast.gao, "unhappy")
        assert "非常不满意" in body and "王*" in body
        assert "13912345678" not in body and "13800001234" not in body and "王小明" not in body

    def test_shows_nobody_else_s(self, cast, said):
        assert "非常不满意" not in seen(cast.qian, "unhappy").partition('id="unhappy"')[2]
        client = Client()
        client.force_login(cast.qian)
        row = said[0].call_back.pk
        for address in (
            reverse("quality:work", args=[row, "claim"]), reverse("quality:finish", args=[row]),
            reverse("quality:number", args=[said[0].pk]),
        ):  # fmt: skip
            assert client.post(address, {"outcome": "settled", "purpose": "contact"}).status_code == 404

    def test_is_closed_to_whoever_has_no_role(self, cast, said):
        client = Client()
        client.force_login(cast.nobody)
        names = ("satisfaction", "unhappy", "first_time", "contacts", "terms", "unhappy_csv")
        assert {client.get(reverse(f"quality:{name}")).status_code for name in names} == {403}

    def test_is_narrowed(self, cast, said):
        assert "没有要回访的客户" in seen(cast.gao, "unhappy", what="unsolved")
        assert "非常不满意" in seen(cast.hua, "unhappy", show="all", agent=str(cast.lin.pk))
        assert "没有这样的评价" in seen(cast.hua, "unhappy", show="all", agent=str(cast.hua.pk))
        assert "没有这样的评价" in seen(cast.hua, "unhappy", show="done")

    def test_costs_the_same_for_one_row_and_many(self, cast, said, django_assert_max_num_queries):
        for _ in range(5):
            more = make.answered(cast.unit("SZ-WZ"), at=timezone.now(), score=1)
            make.touch(cast.unit("SZ-WZ"), at=timezone.now(), survey=more)
            make.call_back(more, at=timezone.now())
        client = Client()
        client.force_login(cast.hua)
        client.get(reverse("quality:unhappy"), headers={"HX-Request": "true"})
        with django_assert_max_num_queries(8):
            client.get(reverse("quality:unhappy"), headers={"HX-Request": "true"})

    def test_is_worked_off_from_the_list(self, cast, said):
        client = Client()
        client.force_login(cast.hua)
        row = said[0].call_back
        assert "已认领" in client.post(reverse("quality:work", args=[row.pk, "claim"])).content.decode()
        client.post(reverse("quality:work", args=[row.pk, "no-answer"]))
        assert client.post(reverse("quality:work", args=[row.pk, "sing"])).status_code == 404
        assert (
            client.post(reverse("quality:finish", args=[row.pk]), {"outcome": "in_case"}).status_code == 422
        )
        row.refresh_from_db()
        assert (row.ticket.owner, row.attempts, row.outcome) == (cast.hua, 1, "")

    def test_is_exported_with_its_filters(self, cast, said):
        client = Client()
        client.force_login(cast.hua)
        file = client.get(reverse("quality:unhappy_xlsx"), {"show": "all", "what": "unsolved"})
        sheet = load_workbook(BytesIO(file.content)).active
        assert sheet is not None
        rows = list(sheet.iter_rows(values_only=True))
        assert [(row[1], row[2]) for row in rows[1:]] == [(2, "没有解决")]
        assert "13800001234" not in str(rows)

    def test_tells_a_number_for_a_purpose_on_record(self, cast, said):
        client = Client()
        client.force_login(cast.gao)
        body = client.post(reverse("quality:number", args=[said[0].pk]), {"purpose": "contact"})
        assert "13800001234" in body.content.decode()
        assert AuditEntry.objects.filter(subject=f"survey:{said[0].pk}").exists()


class TestFirstTime:
    def test_shows_both_figures_apart(self, cast, said):
        wz, now = cast.unit("SZ-WZ"), timezone.now() - timedelta(days=8)
        again = make.touch(wz, at=now, judged_at=now)
        make.touch(wz, at=now, judged_at=now, repeated_by=again)
        body = seen(cast.gao, "first_time")
        assert "50.0%" in body and "100.0%" in body  # by contacts; by the one answer
        assert "2 次还在观察中" in body

    def test_leads_to_the_contacts(self, cast, said):
        wz, now = cast.unit("SZ-WZ"), timezone.now() - timedelta(days=1)
        again = make.touch(wz, at=timezone.now())
        make.touch(wz, at=now, repeated_by=again)
        assert again.subject in seen(cast.gao, "contacts")
        assert again.subject not in seen(cast.qian, "contacts")
        client = Client()
        client.force_login(cast.gao)
        lines = client.get(reverse("quality:contacts_csv")).content.decode("utf-8-sig")
        assert again.subject in lines and "138******34" in lines

    def test_costs_a_known_number_of_statements(self, cast, said, django_assert_max_num_queries):
        client = Client()
        client.force_login(cast.hua)
        for name, most in (("first_time", 11), ("contacts", 7)):
            client.get(reverse(f"quality:{name}"), headers={"HX-Request": "true"})
            with django_assert_max_num_queries(most):
                client.get(reverse(f"quality:{name}"), {"which": "all"}, headers={"HX-Request": "true"})


class TestTerms:
    wanted = {
        "version": "1", "is_on": "true", "kinds": ["complaint", "claim"], "entrance_kinds": ["hotline"],
        "delay_minutes": "10", "window_hours": "48", "share": "50", "quiet_from": "22:00", "quiet_to": "07:30",
        "valid_days": "5", "change_minutes": "3", "repeat_days": "14",
    }  # fmt: skip

    def test_are_headquarters_to_set_on_the_record(self, cast):
        client = Client()
        client.force_login(cast.hua)
        assert client.post(reverse("quality:terms"), self.wanted).status_code == 302
        terms = SurveyTerms.objects.get()
        assert (terms.kinds, terms.share, terms.unknown_is_same, terms.version) == (
            ["complaint", "claim"], 50, False, 2,
        )  # fmt: skip
        entry = AuditEntry.objects.get(verb="quality.survey_terms.changed")
        assert entry.before and entry.after
        assert (entry.before["share"], entry.after["share"]) == (100, 50)
        # Who had it open meanwhile is told.
        assert client.post(reverse("quality:terms"), self.wanted).status_code == 409

    def test_are_read_by_others_and_not_set(self, cast):
        assert "由总部设置" in seen(cast.gao, "terms")
        client = Client()
        client.force_login(cast.gao)
        assert client.post(reverse("quality:terms"), self.wanted).status_code == 403

    @pytest.mark.parametrize(
        "odd", [{"share": "101"}, {"kinds": ["follow_up"]}, {"entrances_off": ["no-such"]}, {"quiet_to": "x"}]
    )
    def test_refuse_what_cannot_be(self, cast, odd):
        client = Client()
        client.force_login(cast.hua)
        assert client.post(reverse("quality:terms"), self.wanted | odd).status_code == 422
        assert not SurveyTerms.objects.filter(version=2).exists()
