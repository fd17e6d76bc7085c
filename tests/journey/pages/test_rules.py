"""The rules' pages: told in words, changed on the record, refused with the reason beside the field."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huhang.journey.actions import previewing
from huhang.journey.actions import rules as changing
from huhang.journey.models import Preview, WatchRule
from huhang.journey.pages.rule_form import filled_in
from huhang.journey.queries import rules
from huhang.journey.rules.watch import MOST_RULES, RuleKind
from huhang.kit import packs
from huhang.kit.models import AuditEntry
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import journey as factory
from tests.journey.pages.scenes import get, post, signed_in, text

pytestmark = pytest.mark.django_db

EVENING = "out_without_result"
PACK: Any = packs.rows("watch_rules")  # a mapping with the rules in it


def form(slug: str, **changes: object) -> dict[str, object]:
    """What the browser would send for this rule, with changes; an unticked box is not sent at all."""
    values = filled_in(WatchRule.objects.get(slug=slug)) | changes
    return {k: "true" if v is True else v for k, v in values.items() if v is not False and v is not None}


def save(person: Person, slug: str = EVENING, **changes: object):
    return post(person, "journey:rule", slug, **form(slug, **changes))


class TestWords:
    @pytest.mark.parametrize(
        ("slug", "words"),
        [
            (EVENING, "“派件”之后，应在当天 21:00 前出现"),
            ("hub_not_departed", "应在 12 小时 内有任一后续环节"),
            ("failed_not_retried", "次日 18:00 前"),
            ("signed_before_arrival", "此前必须已有“派件、入柜（站）、到达派件网点”之一"),
            ("picked_up_twice", "相隔超过 1 小时 或在另一处"),
            ("in_two_places", "20 分 内在两个城市出现"),
            ("agent_without_consent", "未记录收件人同意"),
            ("promise_passed", "过了承诺时间仍未签收"),
            ("promise_at_risk", "距承诺时间不足 1 天 仍未签收"),
            ("departed_not_arrived_remote", "只看线路：任意 → 新疆"),
        ],
    )
    def test_say_what_a_rule_does(self, cast: Cast, slug: str, words: str) -> None:
        assert words in rules.told(rules.as_rule(WatchRule.objects.get(slug=slug)))

    def test_stand_on_the_list(self, cast: Cast) -> None:
        page = text(get(cast.gao, "journey:rules"))
        assert page.count("data-row") == WatchRule.objects.count()
        assert "form-switch" not in page
        assert "form-switch" in text(get(cast.hua, "journey:rules"))


class TestEditing:
    @pytest.mark.parametrize("slug", [row["id"] for row in PACK["rules"]])
    def test_saving_without_a_change_changes_nothing(self, cast: Cast, slug: str) -> None:
        before = WatchRule.objects.get(slug=slug).as_row()
        assert save(cast.hua, slug).status_code == 204
        assert WatchRule.objects.get(slug=slug).as_row() == before

    def test_a_change_goes_to_the_record_and_raises_the_version(self, cast: Cast) -> None:
        assert save(cast.hua, by_time="20:30", days="1", reason="旺季").headers["HX-Redirect"]
        row = WatchRule.objects.get(slug=EVENING)
        assert (row.by_time, row.days, row.version) == (time(20, 30), 1, 2)
        page = text(get(cast.hua, "journey:rule", EVENING))
        assert "旺季" in page
        assert "20:30" in page
        assert AuditEntry.objects.get(subject=rules.subject_of(EVENING)).actor == "hua"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"name_zh": ""}, "请写名称"),
            ({"after": []}, "请至少选一项"),
            ({"by_time": "25:00"}, "请填写钟点"),
            ({"limit": "within", "hours": "soon"}, "请填写大于零的数字"),
            ({"limit": "within", "hours": "0"}, "请填写大于零的数字"),
            ({"limit": "within", "hours": "nan"}, "请填写大于零的数字"),
            ({"routes": "江苏 → 新疆\n西藏"}, "第 2 行"),
            ({"addressed": "nobody"}, "提醒谁"),
        ],
    )
    def test_what_is_unclear_is_refused_beside_its_field(
        self, cast: Cast, changes: dict[str, Any], reason: str
    ) -> None:
        answer = save(cast.hua, **changes)
        assert answer.status_code == 422
        assert reason in text(answer)
        assert WatchRule.objects.get(slug=EVENING).version == 1

    def test_what_was_typed_stays(self, cast: Cast) -> None:
        assert "我的新名字" in text(save(cast.hua, name_zh="我的新名字", by_time="x"))

    def test_a_stale_form_does_not_overwrite(self, cast: Cast) -> None:
        old = form(EVENING)
        save(cast.hua, by_time="20:30")
        assert post(cast.hua, "journey:rule", EVENING, **old).status_code == 409
        assert WatchRule.objects.get(slug=EVENING).by_time == time(20, 30)

    def test_is_only_for_those_who_may(self, cast: Cast) -> None:
        assert get(cast.gao, "journey:rule", EVENING).status_code == 200
        assert save(cast.gao).status_code == 403
        assert post(cast.gao, "journey:rule_switch", EVENING, on="0").status_code == 403
        assert get(cast.nobody, "journey:rules").status_code == 403

    def test_routes_are_read_as_people_write_them(self, cast: Cast) -> None:
        save(cast.hua, routes="江苏 → 新疆\n* -> 西藏\n浙江，上海\n")
        assert WatchRule.objects.get(slug=EVENING).routes == [
            ["江苏", "新疆"],
            ["*", "西藏"],
            ["浙江", "上海"],
        ]


class TestSwitch:
    def test_lets_a_rule_rest_and_watch_again(self, cast: Cast) -> None:
        assert "停用" in text(post(cast.hua, "journey:rule_switch", EVENING, on="0"))
        assert not WatchRule.objects.get(slug=EVENING).is_enabled
        post(cast.hua, "journey:rule_switch", EVENING, on="0")
        assert AuditEntry.objects.filter(verb="journey.rule.switch").count() == 1
        post(cast.hua, "journey:rule_switch", EVENING, on="1")
        assert WatchRule.objects.get(slug=EVENING).is_enabled


class TestCopy:
    def test_makes_a_resting_rule_to_be_narrowed(self, cast: Cast) -> None:
        place = post(cast.hua, "journey:rule_copy", EVENING).headers["Location"]
        row = WatchRule.objects.get(slug=place.strip("/").split("/")[-1])
        assert not row.is_enabled
        assert row.number not in WatchRule.objects.exclude(pk=row.pk).values_list("number", flat=True)
        assert save(cast.hua, row.slug, products="航空件、vip_next", is_enabled=True).status_code == 204
        row.refresh_from_db()
        assert row.products == ["express_air", "vip_next"]
        assert "只看产品：航空件、vip_next" in text(get(cast.hua, "journey:rule", row.slug))

    def test_ends_where_the_watch_has_no_bit_left(self, cast: Cast) -> None:
        room = MOST_RULES - WatchRule.objects.count()
        for _ in range(room):
            changing.copy(slug=EVENING, by=cast.hua, now=NOON)
        assert post(cast.hua, "journey:rule_copy", EVENING).status_code == 409

    def test_is_only_for_those_who_may(self, cast: Cast) -> None:
        assert post(cast.gao, "journey:rule_copy", EVENING).status_code == 403


NEW = {"name_zh": "我的规则", "name_en": "My rule", "addressed": "hub", "link": "linehaul"}
KINDS: dict[str, dict[str, object]] = {
    "expect": {"after": ["ARRIVED"], "limit": "within", "hours": "16", "node_kinds": ["hub"], "flags": ["cod"]},
    "forbidden": {"scans": ["SIGNED"], "needs": ["ARRIVED_AT_OUTLET"], "node_kinds": ["outlet"]},
    "twice": {"minutes": "60"},
    "two_places": {"minutes": "20"},
    "consent": {"scans": ["AT_AGENT"]},
    "promise": {"margin_hours": "6", "expects": ["OUT_FOR_DELIVERY"], "flags": ["insured"]},
    "skipped": {"scans": ["DEPARTED"], "after": ["DEPARTED"], "expects": ["ARRIVED"], "charged": "here"},
    "misrouted": {"charged": "there"},
    "loop": {"charged": "there"},
    "rescanned": {"scans": ["ARRIVED"], "minutes": "0", "charged": "there"},
    "odd_hour": {"scans": ["SIGNED"]},
}  # fmt: skip


class TestCreating:
    def test_offers_every_kind_with_what_it_is_for(self, cast: Cast) -> None:
        page = text(get(cast.hua, "journey:rule_new"))
        assert page.count("?kind=") == len(RuleKind)
        assert get(cast.gao, "journey:rule_new").status_code == 403

    @pytest.mark.parametrize("kind", list(RuleKind))
    def test_makes_a_resting_rule_that_reads_back_as_it_was_written(self, cast: Cast, kind: str) -> None:
        assert text(get(cast.hua, "journey:rule_new", query=f"?kind={kind}")).count("先看效果")
        place = post(cast.hua, "journey:rule_new", kind=kind, **NEW, **KINDS[kind]).headers["HX-Redirect"]
        row = WatchRule.objects.get(slug="my_rule")
        assert place.startswith("/journey/rules/my_rule/")
        assert not row.is_enabled
        before = row.as_row()
        assert save(cast.hua, "my_rule").status_code == 204
        assert WatchRule.objects.get(slug="my_rule").as_row() == before
        assert AuditEntry.objects.get(verb="journey.rule.create").actor == "hua"
        assert rules.told(rules.as_rule(row)) in text(get(cast.hua, "journey:rules"))

    @pytest.mark.parametrize(
        ("kind", "changes", "reason"),
        [
            ("skipped", {"expects": []}, "请至少选一项"),
            ("skipped", {"charged": "nobody"}, "请选择算谁的"),
            ("rescanned", {"minutes": "-1"}, "请填写数字"),
            ("odd_hour", {"flags": ["gold"]}, "请从列出的选项中选"),
            ("twice", {"minutes": "0"}, "请填写大于零的数字"),
            ("expect", {"name_zh": ""}, "请写名称"),
        ],
    )
    def test_refuses_what_is_unclear_and_keeps_the_draft(
        self, cast: Cast, kind: str, changes: dict[str, object], reason: str
    ) -> None:
        fields = NEW | KINDS[kind] | {"source": "我写的依据"} | changes
        answer = post(cast.hua, "journey:rule_new", kind=kind, **fields)
        assert answer.status_code == 422
        assert reason in text(answer)
        assert "我写的依据" in text(answer)
        assert not WatchRule.objects.filter(slug="my_rule").exists()

    def test_a_second_of_the_same_name_gets_its_own_address(self, cast: Cast) -> None:
        for _ in range(3):
            assert (
                post(cast.hua, "journey:rule_new", kind="twice", **NEW, **KINDS["twice"]).status_code == 204
            )
        assert WatchRule.objects.filter(slug__startswith="my_rule").count() == 3
        answer = post(
            cast.hua, "journey:rule_new", kind="twice", **NEW | {"name_en": "New"}, **KINDS["twice"]
        )
        assert answer.headers["HX-Redirect"] != "/journey/rules/new/?saved=1"

    def test_a_kind_that_does_not_exist_is_not_found(self, cast: Cast) -> None:
        assert post(cast.hua, "journey:rule_new", kind="magic", **NEW).status_code == 404

    def test_too_many_after_one_scan_are_refused_in_plain_words(self, cast: Cast) -> None:
        fields = NEW | KINDS["expect"] | {"after": ["HELD"]}
        answers = [post(cast.hua, "journey:rule_new", kind="expect", **fields) for _ in range(20)]
        refused = [text(answer) for answer in answers if answer.status_code != 204]
        assert refused
        assert "“留仓”之后最多只能有" in refused[0] or "规则已满" in refused[0]


class TestPreview:
    def ask(self, person: Person, **changes: object):
        return post(person, "journey:rule_preview", **form(EVENING, **changes))

    def test_is_worked_out_in_the_background(self, cast: Cast) -> None:
        page = text(self.ask(cast.hua, by_time="20:30"))
        question = Preview.objects.get()
        assert f"/journey/previews/{question.pk}/" in page
        assert "<progress" in text(get(cast.hua, "journey:preview", question.pk))
        previewing.answer(preview_id=question.pk, now=NOON)
        assert "过去 7 天没有件符合" in text(get(cast.hua, "journey:preview", question.pk))

    def test_saves_nothing(self, cast: Cast) -> None:
        before = WatchRule.objects.get(slug=EVENING).as_row()
        self.ask(cast.hua, by_time="20:30")
        assert WatchRule.objects.get(slug=EVENING).as_row() == before
        assert not AuditEntry.objects.filter(subject=rules.subject_of(EVENING)).exists()

    def test_of_an_unclear_draft_names_the_errors(self, cast: Cast) -> None:
        page = text(self.ask(cast.hua, by_time="25:00", after=[]))
        assert "请填写钟点" in page
        assert "请至少选一项" in page
        assert not Preview.objects.exists()

    def test_of_a_new_rule_needs_no_name_yet(self, cast: Cast) -> None:
        fields = NEW | KINDS["expect"] | {"name_zh": "", "name_en": ""}
        post(cast.hua, "journey:rule_preview", kind="expect", **fields)
        assert Preview.objects.get().asked["saved"] is None

    def test_is_for_those_who_may_edit(self, cast: Cast) -> None:
        assert self.ask(cast.gao).status_code == 403


class TestOverview:
    def test_finds_by_any_word(self, cast: Cast) -> None:
        assert (
            text(get(cast.gao, "journey:rules", query="?q=承诺时间")).count("data-row")
            < WatchRule.objects.count()
        )
        assert "没有这样的规则" in text(get(cast.gao, "journey:rules", query="?q=xyzzy"))

    def test_counts_the_hits_of_the_week_in_ones_own_units(self, cast: Cast) -> None:
        now = timezone.now()
        for unit, days in (("SZ-WZ", 1), ("SZ-GS", 1), ("SZ-WZ", 8)):
            factory.hit(
                WatchRule.objects.get(slug=EVENING), cast.unit(unit), raised_at=now - timedelta(days=days)
            )
        for person, number in ((cast.gao, 1), (cast.hua, 2)):
            told = rules.overview(person.visible_paths("journey.trace"), sought="", now=now)
            assert sum(line.hits or 0 for _, lines in told.groups for line in lines) == number

    def test_costs_the_same_whatever_there_is(self, cast: Cast) -> None:
        client = signed_in(cast.hua)
        client.get("/journey/rules/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/journey/rules/")
        assert len(asked) <= 8
