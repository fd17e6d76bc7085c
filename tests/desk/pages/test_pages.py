"""The desk's pages for staff: what they show, what they refuse, and what a verb answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from huhang.channels.actions import entrances
from huhang.desk.actions import claiming, clocks, weighing
from huhang.desk.models import ClockPolicy, Entry, PauseReason, Ticket
from huhang.desk.rules.kinds import ClockState, EntryKind, Kind, State
from huhang.kit.models import AuditEntry
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE = timedelta(minutes=1)
PART = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person)
    return client


def get(person: Person, name: str, *args: object, query: str = "", **headers: str) -> HttpResponse:
    return signed_in(person).get(reverse(name, args=args) + query, headers=headers)  # type: ignore[return-value]


def post(person: Person, name: str, /, *args: object, query: str = "", **fields: object) -> HttpResponse:
    return signed_in(person).post(reverse(name, args=args) + query, fields, headers=PART)  # type: ignore[return-value]


def text(response: HttpResponse) -> str:
    return response.content.decode()


class TestWindow:
    @pytest.mark.parametrize("tab", ["", "?tab=mine", "?tab=report", "?tab=nonsense"])
    def test_opens_empty_and_full(self, cast: Cast, tab: str) -> None:
        assert get(cast.gao, "desk:window", query=tab).status_code == 200
        a_ticket(cast)
        assert get(cast.gao, "desk:window", query=tab).status_code == 200

    def test_fetched_again_it_is_only_its_part(self, cast: Cast) -> None:
        a_ticket(cast)
        answer = get(cast.gao, "desk:window", **PART)
        assert text(answer).lstrip().startswith('<section id="window"')
        assert "HX-Request" in answer["Vary"]

    def test_claiming_answers_with_the_list(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answer = post(cast.gao, "desk:claim_in_window", ticket.no)
        assert (answer.status_code, answer["HX-Retarget"]) == (200, "#window")
        assert "我的" in text(answer)
        assert Ticket.objects.get().owner == cast.gao

    def test_claiming_what_a_colleague_has_is_refused_in_words(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        answer = post(cast.gao, "desk:claim_in_window", ticket.no)
        assert (answer.status_code, answer["HX-Retarget"]) == (409, "#toasts")
        assert "已由同事认领" in text(answer)

    def test_the_next_one_is_claimed_and_opened(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert post(cast.gao, "desk:claim_next")["HX-Redirect"] == reverse("desk:ticket", args=[ticket.no])
        assert "现在没有待认领" in text(post(cast.gao, "desk:claim_next"))

    def test_reminding_claims_the_group_and_writes_it_down(self, cast: Cast) -> None:
        numbers = [a_ticket(cast, Kind.PREVENTION, title="漏签收").no for _ in range(2)]
        assert "一键提醒" in text(get(cast.gao, "desk:window"))
        answer = post(cast.gao, "desk:remind", no=numbers)
        assert "已认领并提醒 2 单" in text(answer)
        assert Ticket.objects.filter(owner=cast.gao).count() == 2
        assert Entry.objects.filter(text="已提醒%(courier)s", words={"courier": "张师傅"}).count() == 2

    def test_reminding_of_a_foreign_case_changes_nothing(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.PREVENTION)
        assert post(cast.qian, "desk:remind", no=[ticket.no]).status_code == 404
        assert Ticket.objects.get().owner is None


class TestTicket:
    def test_shows_clocks_steps_and_story_with_the_customer_masked(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        shown = text(get(cast.gao, "desk:ticket", ticket.no))
        for words in ("首次响应", "网点核实情况", "客服回访并给出方案", "工单开启", "王*", "138******34"):
            assert words in shown, words
        assert "13800001234" not in shown
        assert "王小明" not in shown

    def test_takes_a_known_number_of_statements(self, cast: Cast, django_assert_max_num_queries) -> None:
        ticket = a_ticket(cast)
        client = signed_in(cast.gao)
        with django_assert_max_num_queries(10):
            client.get(reverse("desk:ticket", args=[ticket.no]), headers=PART)

    def test_an_answer_is_the_first_response(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answer = post(cast.gao, "desk:answer", ticket.no, text="马上核实", version=ticket.version)
        assert (answer.status_code, answer["HX-Retarget"]) == (200, "#case")
        assert "desk:done" in answer["HX-Trigger"]
        assert "已发给客户" in text(answer)
        ticket.refresh_from_db()
        assert ticket.first_response_at

    def test_words_on_an_old_version_are_kept_and_not_sent(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        old = ticket.version
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        answer = post(cast.gao, "desk:answer", ticket.no, text="马上核实", version=old)
        assert (answer.status_code, answer["HX-Retarget"]) == (409, "#stale-composer")
        assert "您写的内容还在" in text(answer)
        ticket.refresh_from_db()
        assert f'name="version" value="{ticket.version}"' in text(answer)
        assert not Entry.objects.filter(kind=EntryKind.TO_CUSTOMER).exists()

    def test_a_note_is_never_stale_and_never_a_response(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert post(cast.gao, "desk:note", ticket.no, text="已问过张师傅", version=1).status_code == 200
        ticket.refresh_from_db()
        assert ticket.first_response_at is None

    def test_the_dialog_says_what_comes_next(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        shown = text(get(cast.gao, "desk:resolve", ticket.no, **PART))
        assert "接下来转入：客服回访并给出方案（客服中心），限 2 小时" in shown

    def test_resolving_both_steps_ends_the_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        post(cast.gao, "desk:resolve", ticket.no, result="已核实，确有破损")
        assert "这是最后一步" in text(get(cast.lin, "desk:resolve", ticket.no, **PART))
        answer = post(cast.lin, "desk:resolve", ticket.no, result="已与您商定赔付")
        assert "data-over" in text(answer)
        ticket.refresh_from_db()
        assert ticket.state == State.RESOLVED

    def test_a_step_is_finished_by_those_who_owe_it(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        post(cast.gao, "desk:resolve", ticket.no, result="已核实，确有破损")
        assert "办结本步" not in text(get(cast.gao, "desk:ticket", ticket.no))
        assert post(cast.gao, "desk:resolve", ticket.no, result="已商定赔付").status_code == 403

    def test_an_empty_result_is_refused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answer = post(cast.gao, "desk:resolve", ticket.no, result="  ")
        assert (answer.status_code, answer["HX-Retarget"]) == (422, "#toasts")

    def test_handing_over_offers_units_and_moves_the_step(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert "苏州分拨中心" in text(get(cast.gao, "desk:hand_over", ticket.no, **PART))
        assert "苏州分拨中心" in text(get(cast.gao, "desk:hand_over_units", ticket.no, query="?term=分拨"))
        assert (
            post(cast.gao, "desk:hand_over", ticket.no, unit="SZ-HUB", reason="还在分拨").status_code == 200
        )
        ticket.refresh_from_db()
        assert ticket.at_unit.code == "SZ-HUB"

    def test_pausing_asks_for_a_reason_and_resuming_goes_on(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert "客户约定改期" in text(get(cast.gao, "desk:pause", ticket.no, **PART))
        post(cast.gao, "desk:pause", ticket.no, reason="customer-date")
        assert set(ticket.clocks.filter(state=ClockState.PAUSED).values_list("obligation", flat=True)) == {
            "step",
            "close",
        }
        post(cast.gao, "desk:resume", ticket.no)
        assert ticket.clocks.filter(state=ClockState.PAUSED).count() == 0

    def test_a_reveal_needs_a_purpose_and_is_recorded(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert "13800001234" not in text(get(cast.gao, "desk:contact", ticket.no, **PART))
        assert "13800001234" in text(post(cast.gao, "desk:contact", ticket.no, purpose="contact"))
        record = AuditEntry.objects.get(verb="kit.reveal")
        assert (record.actor, record.subject) == ("gao", f"ticket:{ticket.no}")
        assert "13800001234" not in str(record.after)

    def test_a_progress_link_opens_the_customers_page(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        shown = text(post(cast.gao, "desk:link", ticket.no))
        address = shown.split('readonly value="')[1].split('"')[0]
        assert Client().get(address).status_code == 200


class TestWall:
    @pytest.mark.parametrize("query", ["", "?unit=JS", "?screen=1"])
    def test_opens_empty_and_full(self, cast: Cast, query: str) -> None:
        assert get(cast.hua, "desk:wall", query=query).status_code == 200
        factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON, next_due_from=NOON - MINUTE)
        shown = text(get(cast.hua, "desk:wall", query=query))
        assert "超时 1" in shown

    def test_the_big_screen_has_no_navigation(self, cast: Cast) -> None:
        assert 'class="rail"' not in text(get(cast.hua, "desk:wall", query="?screen=1"))


class TestList:
    def test_opens_empty_and_full(self, cast: Cast) -> None:
        assert "现在没有在办工单" in text(get(cast.gao, "desk:tickets"))
        ticket = a_ticket(cast)
        shown = text(get(cast.gao, "desk:tickets", query="?kind=complaint"))
        assert ticket.no in shown
        assert "共 1 单" in shown

    def test_the_file_equals_the_screen(self, cast: Cast) -> None:
        ticket, _other = a_ticket(cast), a_ticket(cast, Kind.URGE)
        answer = get(cast.gao, "desk:tickets_csv", query="?kind=complaint")
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert ticket.no in lines[1]
        assert "王小明" not in lines[1]
        assert len(get(cast.qian, "desk:tickets_csv").content.decode().splitlines()) == 1

    def test_excel_opens(self, cast: Cast) -> None:
        from io import BytesIO

        from openpyxl import load_workbook

        ticket = a_ticket(cast)
        book = load_workbook(BytesIO(get(cast.gao, "desk:tickets_xlsx").content))
        assert book.active is not None
        assert book.active["B1"].value == "工单号"  # after the deadline, as on the screen
        assert book.active["B2"].value == ticket.no


class TestOpening:
    def fields(self, **more: Any) -> dict[str, Any]:
        return {
            "once": "0" * 32,
            "kind": "urge",
            "title": "催派",
            "unit": "SZ-WZ",
            "contact_phone": "13900000000",
        } | more

    def test_opens_once_however_often_it_is_pressed(self, cast: Cast) -> None:
        assert get(cast.gao, "desk:open").status_code == 200
        first = post(cast.gao, "desk:open", **self.fields())["HX-Redirect"]
        assert post(cast.gao, "desk:open", **self.fields())["HX-Redirect"] == first
        assert Ticket.objects.count() == 1

    def test_is_refused_at_a_unit_that_is_not_ones_own(self, cast: Cast) -> None:
        assert post(cast.gao, "desk:open", **self.fields(unit="SZ-GS")).status_code == 404
        assert not Ticket.objects.exists()

    def test_the_waybill_fills_in_unit_and_contact(self, cast: Cast) -> None:
        a_waybill(cast)
        shown = text(get(cast.lin, "desk:open_known", query="?waybill_no=SX1"))
        assert "赵*" in shown
        post(cast.lin, "desk:open", **self.fields(unit="", waybill_no="SX1", contact_phone=""))
        ticket = Ticket.objects.get()
        assert (ticket.unit.code, ticket.contact_name, ticket.contact_phone) == (
            "SZ-WZ",
            "赵云",
            "13700001111",
        )

    def test_where_somebody_came_in_is_on_the_case(self, cast: Cast) -> None:
        entrances.load_pack()
        assert "网点柜台" in text(get(cast.gao, "desk:open"))
        post(cast.gao, "desk:open", **self.fields(entrance="desk-outlet"))
        assert (Ticket.objects.get().entrance, Ticket.objects.get().priority) == ("desk-outlet", "normal")
        assert post(cast.gao, "desk:open", **self.fields(entrance="web-home")).status_code == 422
        moment = "2026-11-20T09:00"
        post(cast.gao, "desk:open", **self.fields(
            entrance="regulator-12305", transferred_at=moment, once="1" * 32, kind="complaint"
        ))  # fmt: skip
        appeal = Ticket.objects.get(entrance="regulator")
        assert appeal.priority == "urgent"
        assert appeal.clocks.filter(obligation="regulator").exists()

    def test_a_foreign_waybill_tells_nothing(self, cast: Cast) -> None:
        a_waybill(cast)
        assert "赵*" not in text(get(cast.qian, "desk:open_known", query="?waybill_no=SX1"))


def a_waybill(cast: Cast) -> None:
    from huhang.journey.models import Waybill

    dest, origin = cast.unit("SZ-WZ"), cast.unit("HZ-XH")
    Waybill.objects.create(
        no="SX1", receiver_name="赵云", receiver_phone="13700001111", dest=dest, dest_path=dest.path,
        origin=origin, origin_path=origin.path, registered_at=NOON,
    )  # fmt: skip


def typed(**more: object) -> dict[str, Any]:
    """What the dialog of a policy posts."""
    rungs = {
        "rung-owner-how": "percent",
        "rung-owner-at": 50,
        "rung-hq-how": "after",
        "rung-hq-at": 90,
        "rung-lead-how": "",
    }
    return {"minutes": 10, "calendar": "always", "source": "总部", "is_confirmed": "true", **rungs, **more}


class TestPolicies:
    def test_are_changed_on_the_record(self, cast: Cast) -> None:
        assert get(cast.hua, "desk:policies").status_code == 200
        policy = ClockPolicy.objects.get(obligation="first_response", kind="")
        assert "算给我看" in text(get(cast.hua, "desk:policy", policy.pk, **PART))
        answer = post(cast.hua, "desk:policy", policy.pk, **typed())
        assert answer["HX-Retarget"] == "#policies"
        policy.refresh_from_db()
        assert (policy.minutes, policy.ladder) == (
            10, [{"level": "owner", "percent": 50}, {"level": "hq", "after": 90}],
        )  # fmt: skip
        record = AuditEntry.objects.get(verb="desk.policy.changed")
        assert record.before
        assert record.after
        assert (record.before["minutes"], record.after["minutes"]) == (15, 10)

    def test_reach_the_cases_at_hand_only_when_asked(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        policy = ClockPolicy.objects.get(obligation="close", kind="complaint")
        post(cast.hua, "desk:policy", policy.pk, **typed(minutes=600))
        assert ticket.clocks.get(obligation="close").minutes == 2880
        said = text(post(cast.hua, "desk:policy", policy.pk, **typed(minutes=600, reach="running")))
        assert "1 单" in said
        weighing.repolicy(policy_id=policy.pk, by="hua", after=0, now=NOON + MINUTE)
        clock = ticket.clocks.get(obligation="close")
        assert (clock.minutes, clock.changes.get().before["minutes"]) == (600, 2880)

    def test_a_row_is_added_once_and_removed(self, cast: Cast) -> None:
        row = typed(obligation="close", kind="complaint", priority="urgent", customer_class="contract")
        assert get(cast.hua, "desk:new_policy", **PART).status_code == 200
        assert post(cast.hua, "desk:new_policy", **row).status_code == 200
        assert post(cast.hua, "desk:new_policy", **row).status_code == 409
        added = ClockPolicy.objects.get(priority="urgent")
        assert post(cast.hua, "desk:remove_policy", added.pk).status_code == 200
        verbs = AuditEntry.objects.filter(verb__startswith="desk.policy.").order_by("pk")
        assert [entry.verb for entry in verbs] == ["desk.policy.added", "desk.policy.removed"]

    def test_what_every_case_is_owed_keeps_its_last_row(self, cast: Cast) -> None:
        last = ClockPolicy.objects.get(obligation="first_response")
        assert post(cast.hua, "desk:remove_policy", last.pk).status_code == 409
        assert ClockPolicy.objects.filter(pk=last.pk).exists()

    @pytest.mark.parametrize("wrong", [{"rung-hq-at": "soon"}, {"rung-hq-at": -1}, {"minutes": 0}])
    def test_a_rung_that_makes_no_sense_is_refused(self, cast: Cast, wrong: dict[str, object]) -> None:
        policy = ClockPolicy.objects.get(obligation="first_response")
        assert post(cast.hua, "desk:policy", policy.pk, **(typed() | wrong)).status_code == 422

    def test_a_pause_reason_is_edited_on_the_record(self, cast: Cast) -> None:
        assert get(cast.hua, "desk:pause_reason", "weather", **PART).status_code == 200
        post(cast.hua, "desk:pause_reason", "weather", name="台风", limit_minutes=600)
        reason = PauseReason.objects.get(code="weather")
        assert (reason.name, reason.limit_minutes, reason.is_active) == ("台风", 600, False)
        post(
            cast.hua, "desk:new_pause_reason", code="strike", name="停工", limit_minutes=60, is_active="true"
        )
        assert PauseReason.objects.filter(code="strike", is_active=True).exists()
        assert AuditEntry.objects.filter(verb__startswith="desk.pause_reason").count() == 2

    def test_an_unknown_calendar_changes_nothing(self, cast: Cast) -> None:
        policy = ClockPolicy.objects.filter(obligation="close").first()
        assert policy is not None
        answer = post(cast.hua, "desk:policy", policy.pk, **typed(calendar="never"))
        assert answer.status_code == 404
        assert not AuditEntry.objects.filter(verb="desk.policy.changed").exists()

    def test_the_calculation_is_told_in_words(self, cast: Cast) -> None:
        query = "?minutes=240&warn_percent=50&escalate_after_minutes=30&calendar=office&started_at=2026-11-20T17:00"
        shown = text(get(cast.hua, "desk:explain", query=query))
        assert "11月20日 周五 13:30-18:00 计 60 分钟" in shown
        assert "11月21日 周六 休息" in shown
        assert "2026-11-23 12:00" in shown

    def test_are_closed_to_outlets(self, cast: Cast) -> None:
        assert get(cast.gao, "desk:policies").status_code == 403


def test_clocks_that_run_keep_what_they_were_started_with(cast: Cast) -> None:
    ticket = a_ticket(cast)
    ClockPolicy.objects.update(minutes=1)
    clocks.fire_due(now=NOON + 2 * MINUTE)
    assert not ticket.clocks.filter(events__isnull=False).exists()
