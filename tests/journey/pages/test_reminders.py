"""Reminders on screens: the list and its file, one's own page, the phone behind a link, the ladders."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Outgoing
from huhang.journey.actions import reminders
from huhang.journey.models import ControlShare, Hit, Reminder, ReminderPolicy, WatchRule
from huhang.journey.pages.reminder_link import LIMITS
from huhang.kit import facts
from huhang.kit.models import AuditEntry
from huhang.network.models import Courier, Grant, Person
from tests.cast import Cast
from tests.factories import journey as factory
from tests.journey.pages.scenes import get, post, signed_in, text

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def remind(cast: Cast, *numbers: str, unit: str = "SZ-WZ", courier: Courier | None = None) -> list[Reminder]:
    """Zhang (or a unit) was told ten minutes ago by a notice and just now by SMS."""
    ReminderPolicy.objects.update(is_urgent=True)  # whatever time of day it is
    start = timezone.now() - 30 * MINUTE
    rule = WatchRule.objects.get(slug="out_without_result" if courier else "held_too_long")
    hits = []
    for no in numbers:
        factory.waybill(no, dest=cast.unit(unit), receiver_address="苏州市吴中区宝带东路99号2幢601室")
        hits.append(factory.hit(rule, cast.unit(unit), no, courier=courier, raised_at=start))
    reminders.plan([hit.pk for hit in hits], now=start)
    for minutes in range(5, 31, 5):
        reminders.send_due(now=start + minutes * MINUTE)
    return list(Reminder.objects.filter(hit__in=hits).order_by("pk"))


def sms() -> Outgoing:
    return Outgoing.objects.filter(medium="sms").latest("pk")


def link(name: str = "page") -> str:
    return reverse(f"reminder:{name}", args=[token_of(sms().key)])


def exported(person: Person, query: str = "") -> list[dict[str, str]]:
    answer = get(person, "journey:reminders_csv", query=query)
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def numbers(person: Person, query: str = "") -> set[str]:
    return {row["运单号"] for row in exported(person, query)}


class TestList:
    def test_shows_only_the_reminders_of_ones_own_units(self, cast: Cast) -> None:
        remind(cast, "A1", courier=cast.zhang)
        remind(cast, "A2", unit="SZ-GS")
        assert numbers(cast.gao) == {"A1"}
        assert numbers(cast.qian) == {"A2"}
        assert numbers(cast.hua) == {"A1", "A2"}
        assert get(cast.nobody, "journey:reminders").status_code == 403

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {"A1", "A2"}),
            ("?state=acknowledged", {"A3"}),
            ("?state=cleared", {"A4"}),
            ("?state=seen", {"A2"}),
            ("?state=all", {"A1", "A2", "A3", "A4"}),
            ("?state=nonsense", {"A1", "A2"}),
            ("?rule=held_too_long", set()),
            ("?medium=sms", {"A1", "A2"}),
            ("?medium=pigeon", {"A1", "A2"}),
            ("?unit=SZ-GS", set()),
            ("?find=A1", {"A1"}),
            ("?find=张师傅", {"A1", "A2"}),
            ("?day=2001-01-01", set()),
            ("?day=soon", {"A1", "A2"}),
        ],
    )
    def test_filters_live_in_the_url(self, cast: Cast, query: str, expected: set[str]) -> None:
        _, two, three, four = remind(cast, "A1", "A2", "A3", "A4", courier=cast.zhang)
        now = timezone.now()
        Reminder.objects.filter(pk=two.pk).update(read_at=now)
        Reminder.objects.filter(pk=three.pk).update(
            acknowledged_at=now, acknowledged_how="link", next_at=None, next_to="", next_medium=""
        )
        Hit.objects.filter(pk=four.hit_id).update(cleared_at=now)
        assert numbers(cast.hua, query) == expected

    def test_the_files_say_what_the_screen_says(self, cast: Cast) -> None:
        remind(cast, "A1", courier=cast.zhang)
        screen = text(get(cast.gao, "journey:reminders"))
        (row,) = exported(cast.gao)
        for shown in (row["预警"], row["被提醒人"], row["单位"], row["状态"], "站内", "短信"):
            assert shown in screen
        assert row["提醒方式"] == "站内 已送达；短信 待发送"
        book = load_workbook(BytesIO(get(cast.gao, "journey:reminders_xlsx").content))
        assert [cell.value or "" for cell in book.worksheets[0][2]] == list(row.values())

    def test_says_that_nothing_really_leaves_the_house(self, cast: Cast) -> None:
        assert "没有接真实网关" in text(get(cast.gao, "journey:reminders"))

    def test_an_empty_list_says_what_will_come(self, cast: Cast) -> None:
        assert "谁看到、谁在办都记在这里" in text(get(cast.gao, "journey:reminders"))
        assert "看全部待确认" in text(get(cast.gao, "journey:reminders", query="?state=cleared"))

    def test_costs_the_same_for_one_row_and_for_fifty(self, cast: Cast) -> None:
        facts.get("simulated")
        client = signed_in(cast.hua)
        client.get("/journey/reminders/")
        counts = []
        for number in (1, 50):
            remind(cast, *[f"B{number}{row}" for row in range(number)], courier=cast.zhang)
            with CaptureQueriesContext(connection) as asked:
                client.get("/journey/reminders/")
            counts.append(len(asked))
        assert counts[0] == counts[1]
        assert counts[0] <= 15


class TestMine:
    def test_an_owner_sees_the_outlet_and_its_couriers_and_a_neighbour_does_not(self, cast: Cast) -> None:
        remind(cast, "7731A", courier=cast.zhang)
        remind(cast, "7731B")
        page = text(get(cast.gao, "journey:my_reminders"))
        assert "张师傅" in page
        assert "2 票等着处理" in page
        assert "没有需要您处理的提醒" in text(get(cast.qian, "journey:my_reminders"))
        assert "没有需要您处理的提醒" in text(get(cast.nobody, "journey:my_reminders"))

    def test_a_courier_sees_and_handles_only_their_own(self, cast: Cast) -> None:
        li = a_courier(cast)
        mine = remind(cast, "A1", courier=Courier.objects.get(person=li))
        theirs = remind(cast, "A2", courier=cast.zhang)
        both = [row.pk for row in mine + theirs]
        assert text(get(li, "journey:my_reminders")).count("asked-rule") == 1
        assert post(li, "journey:reminders_handle", reminder=both).status_code == 303
        assert Reminder.objects.get(acknowledged_at__isnull=False).pk == mine[0].pk

    def test_looking_is_the_read_receipt_of_the_notice(self, cast: Cast) -> None:
        remind(cast, "A1")
        get(cast.gao, "journey:my_reminders")
        notice = Outgoing.objects.get(medium="in_app")
        assert notice.state == "read"

    def test_shows_masked_what_the_courier_needs(self, cast: Cast) -> None:
        remind(cast, "A1", courier=cast.zhang)
        page = text(get(cast.gao, "journey:my_reminders"))
        assert "王*" in page
        assert "2幢***" in page
        assert "601室" not in page
        assert "13812345678" not in page

    def test_refuses_what_is_no_choice(self, cast: Cast) -> None:
        assert post(cast.gao, "journey:reminders_handle").status_code == 422
        assert post(cast.gao, "journey:reminders_handle", reminder="all").status_code == 422


def a_courier(cast: Cast) -> Person:
    """Li, a courier of 吴中 with a log-in."""
    li = Person.objects.create_user(username="li", display_name="李师傅", home=cast.unit("SZ-WZ"))
    Grant.objects.create(person=li, role="courier", unit=cast.unit("SZ-WZ"))
    Courier.objects.create(code="LI", name="李师傅", phone="19900005678", unit=cast.unit("SZ-WZ"), person=li)
    return li


class TestLink:
    def test_opens_without_a_log_in_and_shows_nothing_unmasked(self, cast: Cast) -> None:
        remind(cast, "7731A", "7731B", courier=cast.zhang)
        answer: Any = Client().get(link())
        page = text(answer)
        assert "2 票等您处理" in page
        assert "王*" in page
        assert not [secret for secret in ("王小明", "13812345678", "601室") if secret in page]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert sms().state == "read"

    def test_one_tap_is_all_of_them(self, cast: Cast) -> None:
        rows = remind(cast, "A1", "A2", courier=cast.zhang)
        client = Client(enforce_csrf_checks=True)
        answer = client.post(link("handle"), {"reminder": [row.pk for row in rows]}, follow=True)
        assert "都处理好了" in text(answer)  # type: ignore[arg-type]
        assert set(Reminder.objects.values_list("acknowledged_how", "acknowledged_by")) == {
            ("link", "张师傅")
        }

    def test_not_mine_goes_to_the_outlet(self, cast: Cast) -> None:
        (row,) = remind(cast, "A1", courier=cast.zhang)
        Client().post(link("not_mine"), {"reminder": row.pk})
        assert Reminder.objects.get().courier is None

    def test_another_s_reminder_cannot_be_touched_through_it(self, cast: Cast) -> None:
        (others,) = remind(cast, "A2", courier=Courier.objects.get(person=a_courier(cast)))
        remind(cast, "A1", courier=cast.zhang)
        Client().post(link("handle"), {"reminder": others.pk})
        assert not Reminder.objects.filter(acknowledged_at__isnull=False).exists()

    def test_a_wrong_an_old_and_no_token_are_the_same_page(self, cast: Cast) -> None:
        remind(cast, "A1", courier=cast.zhang)
        path = link()
        Outgoing.objects.filter(medium="sms").update(link_expires_at=timezone.now())
        answers: list[Any] = [Client().get(p) for p in (path, "/r/x", "/r/%00", "/r/" + "长" * 50)]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content[-300:] for answer in answers}) == 1

    def test_guessing_is_slowed_down(self) -> None:
        client = Client()
        statuses = [client.get(f"/r/guess{n}").status_code for n in range(LIMITS.misses_from_address + 1)]
        assert statuses[-1] == 429


class TestPolicies:
    def form(self, policy: ReminderPolicy, **changes: Any) -> dict[str, Any]:
        return {
            "version": policy.version, "quiet_from": "22:00", "quiet_to": "07:00", "window_minutes": 3,
            "is_enabled": "true", "after": ["0", "10", "", ""], "medium": ["in_app", "voice", "", ""],
            "audience": ["addressee", "lead", "addressee", "addressee"],
        } | changes  # fmt: skip

    def change(self, person: Person, policy: ReminderPolicy, **changes: Any) -> HttpResponse:
        return post(person, "journey:reminder_policy", policy.pk, **self.form(policy, **changes))

    def test_are_changed_on_the_record(self, cast: Cast) -> None:
        policy = ReminderPolicy.objects.get(addressed="courier")
        assert self.change(cast.hua, policy).status_code == 204
        steps = policy.steps.values_list("position", "after_minutes", "medium", "audience")
        assert list(steps) == [(1, 0, "in_app", "addressee"), (2, 10, "voice", "lead")]
        entry = AuditEntry.objects.get(verb="journey.reminders.policy")
        assert (entry.before or {})["quiet"] == ["21:00", "08:00"]
        assert (entry.after or {})["quiet"] == ["22:00", "07:00"]

    def test_of_two_editors_the_second_is_told(self, cast: Cast) -> None:
        policy = ReminderPolicy.objects.get(addressed="courier")
        self.change(cast.hua, policy)
        assert self.change(cast.hua, policy).status_code == 409

    @pytest.mark.parametrize(
        "changes",
        [
            {"after": ["-1", "0"]},
            {"after": ["99999", "0"]},
            {"quiet_from": "25:00"},
            {"audience": ["god", "lead"]},
            {"window_minutes": 999},
            {"surprise": 1},
        ],
    )
    def test_refuse_what_makes_no_sense(self, cast: Cast, changes: dict[str, Any]) -> None:
        policy = ReminderPolicy.objects.get(addressed="courier")
        assert self.change(cast.hua, policy, **changes).status_code == 422

    def test_an_outlet_reads_and_does_not_change(self, cast: Cast) -> None:
        page = text(get(cast.gao, "journey:reminder_policies"))
        assert "21:00–08:00 不发短信、不打电话" in page
        assert "对照组" not in page
        assert self.change(cast.gao, ReminderPolicy.objects.get(addressed="courier")).status_code == 403

    def test_a_rule_gets_a_copy_of_its_ladder_and_gives_it_back(self, cast: Cast) -> None:
        post(cast.hua, "journey:reminder_policy_new", rule="out_without_result")
        own = ReminderPolicy.objects.get(rule__slug="out_without_result")
        assert own.steps.count() == 4
        post(cast.hua, "journey:reminder_policy_drop", own.pk)
        assert not ReminderPolicy.objects.filter(rule__isnull=False).exists()
        common = ReminderPolicy.objects.get(addressed="courier")
        assert post(cast.hua, "journey:reminder_policy_drop", common.pk).status_code == 409

    def test_the_control_share_is_set_for_all_and_for_one_rule(self, cast: Cast) -> None:
        post(cast.hua, "journey:control_share", rule="", percent="7.5")
        post(cast.hua, "journey:control_share", rule="held_too_long", percent="0")
        shares = dict(ControlShare.objects.values_list("rule__slug", "percent"))
        assert {slug: float(percent) for slug, percent in shares.items()} == {None: 7.5, "held_too_long": 0}
        post(cast.hua, "journey:control_share", rule="held_too_long", percent="")
        assert ControlShare.objects.count() == 1
        assert post(cast.hua, "journey:control_share", rule="", percent="51").status_code == 422
        assert post(cast.hua, "journey:control_share", rule="ghost", percent="1").status_code == 404
        assert AuditEntry.objects.filter(verb="journey.control.share").count() == 3
