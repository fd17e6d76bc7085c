"""Plans on their page, and what they ask of whoever opens a case."""

from typing import Any

import pytest
from django.urls import reverse

from huhang.desk.models import CasePlan, StepTemplate, Ticket
from huhang.desk.rules.kinds import Closing, Kind
from huhang.kit.models import AuditEntry
from tests.cast import Cast
from tests.desk.pages.test_pages import PART, get, post, signed_in, text

pytestmark = pytest.mark.django_db


def plan_of(kind: Kind) -> CasePlan:
    return CasePlan.objects.get(kind=kind, rule="")


def order_of(plan: CasePlan) -> list[tuple[int, int, str]]:
    return [(step.order, step.lane, step.who) for step in plan.steps.all()]


class TestPage:
    def test_shows_what_is_asked_and_who_does_what(self, cast: Cast) -> None:
        shown = text(get(cast.hua, "desk:plans"))
        for words in ("什么物品损坏或遗失", "同时进行", "分拨核查扫描与监控", "由负责人办结"):
            assert words in shown, words

    def test_is_for_those_who_set_policies(self, cast: Cast) -> None:
        assert get(cast.gao, "desk:plans").status_code == 403

    def test_takes_a_known_number_of_statements(self, cast: Cast, django_assert_max_num_queries) -> None:
        client = signed_in(cast.hua)
        with django_assert_max_num_queries(12):
            client.get(reverse("desk:plans"))

    def test_opens_its_dialogs(self, cast: Cast) -> None:
        plan = plan_of(Kind.CLAIM)
        step = plan.steps.first()
        assert step
        for name, args in [
            ("plan_new", []), ("plan", [plan.pk]), ("plan_preview", [plan.pk]), ("template_new", [plan.pk]),
            ("template", [step.pk]),
        ]:  # fmt: skip
            assert get(cast.hua, f"desk:{name}", *args, **PART).status_code == 200, name
            if args:
                assert get(cast.hua, f"desk:{name}", 0, **PART).status_code == 404, name

    def test_a_rehearsal_names_the_units_and_writes_nothing(self, cast: Cast) -> None:
        query = "?unit=SZ-WZ"
        shown = text(get(cast.hua, "desk:plan_preview", plan_of(Kind.CLAIM).pk, query=query, **PART))
        for unit in ("吴中网点", "苏州分拨中心", "理赔组", "财务部"):
            assert unit in shown, unit
        assert not Ticket.objects.exists()


class TestEditing:
    def test_questions_and_closing_are_changed_on_the_record(self, cast: Cast) -> None:
        plan = plan_of(Kind.URGE)
        before = plan.asks
        post(
            cast.hua, "desk:plan", plan.pk, closing="owner", key=["wanted_by", ""], label=["何时要", "为何急"],
            label_en=["", "Why"], needed=["true", "false"], choices=["", "药品，证件"],
        )  # fmt: skip
        plan.refresh_from_db()
        assert plan.closing == Closing.OWNER
        assert [(a["key"], a["required"], a["choices"]) for a in plan.asks] == [
            ("wanted_by", True, []), ("ask-1", False, ["药品", "证件"]),
        ]  # fmt: skip
        assert AuditEntry.objects.get(verb="desk.plan.changed").before == {
            "asks": before,
            "closing": "last_step",
        }

    def test_a_step_is_added_changed_moved_and_taken_out(self, cast: Cast) -> None:
        plan = plan_of(Kind.URGE)
        facts: dict[str, Any] = {
            "title": "分拨找件",
            "title_en": "",
            "ask": "",
            "who": "hub",
            "minutes": 45,
            "calendar": "always",
        }
        post(cast.hua, "desk:template_new", plan.pk, **facts)
        step = plan.steps.get(who="hub")
        assert order_of(plan) == [(1, 1, "outlet"), (2, 1, "hub")]
        post(cast.hua, "desk:template_move", step.pk, move="beside")
        assert order_of(plan) == [(1, 1, "outlet"), (1, 2, "hub")]
        post(cast.hua, "desk:template_move", step.pk, move="up")
        assert order_of(plan) == [(1, 1, "hub"), (2, 1, "outlet")]
        post(cast.hua, "desk:template", step.pk, **facts | {"minutes": 50})
        step.refresh_from_db()
        assert step.minutes == 50
        post(cast.hua, "desk:template_delete", step.pk)
        assert order_of(plan) == [(1, 1, "outlet")]
        verbs = set(AuditEntry.objects.values_list("verb", flat=True))
        assert {f"desk.plan.step_{verb}" for verb in ("added", "moved", "changed", "removed")} <= verbs

    def test_an_unknown_calendar_changes_nothing(self, cast: Cast) -> None:
        step = StepTemplate.objects.first()
        assert step
        facts: dict[str, Any] = {"title": "查找", "who": "hub", "minutes": 45, "calendar": "never"}
        assert post(cast.hua, "desk:template", step.pk, **facts).status_code == 404

    def test_a_rule_s_plan_comes_and_goes_and_a_kind_s_stays(self, cast: Cast) -> None:
        post(cast.hua, "desk:plan_new", kind="prevention", rule="outlet_not_out")
        assert post(cast.hua, "desk:plan_new", kind="prevention", rule="outlet_not_out").status_code == 409
        plan = CasePlan.objects.get(rule="outlet_not_out")
        assert post(cast.hua, "desk:plan_delete", plan.pk).status_code == 200
        assert post(cast.hua, "desk:plan_delete", plan_of(Kind.CLAIM).pk).status_code == 409


class TestAsking:
    def test_the_form_asks_what_the_kind_needs(self, cast: Cast) -> None:
        shown = text(get(cast.lin, "desk:open_asks", query="?kind=claim", **PART))
        assert "物品价值" in shown
        assert "required" in shown
        assert "物品价值" not in text(get(cast.lin, "desk:open_asks", query="?kind=nonsense", **PART))

    def test_required_answers_are_asked_for_by_name(self, cast: Cast) -> None:
        facts: dict[str, Any] = {"once": "12345678", "kind": "claim", "unit": "SZ-WZ", "title": "外箱破损"}
        answer = post(cast.lin, "desk:open", **facts)
        assert (answer.status_code, "什么物品损坏或遗失" in text(answer)) == (422, True)
        assert not Ticket.objects.exists()

    def test_answers_stay_with_the_case(self, cast: Cast) -> None:
        facts: dict[str, Any] = {"once": "12345678", "kind": "claim", "unit": "SZ-WZ", "title": "外箱破损"}
        given = {"answer.damaged": "玻璃杯", "answer.value": "200", "answer.photos": "已提供"}
        post(cast.lin, "desk:open", **facts, **given)
        assert Ticket.objects.get().answers == {"damaged": "玻璃杯", "value": "200", "photos": "已提供"}

    def test_a_choice_that_is_none_is_refused(self, cast: Cast) -> None:
        facts: dict[str, Any] = {
            "once": "12345678",
            "kind": "complaint",
            "unit": "SZ-WZ",
            "title": "外箱破损",
        }
        assert post(cast.lin, "desk:open", **facts, **{"answer.about": "天气"}).status_code == 422
