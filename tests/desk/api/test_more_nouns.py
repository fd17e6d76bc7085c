"""Calendars, screens, baselines, portfolios, weights, websites, macros, the window, and a customer's number."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from huhang.desk.models import AssignmentPolicy, BaselineWeek, Macro, PortfolioMember, ScreenLink, Ticket
from huhang.kit.models import AuditEntry, Calendar, CalendarVersion, IdempotencyKey
from huhang.network.models import Grant
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller, post
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.factories import network

pytestmark = pytest.mark.django_db
HOTLINE = {"key": "hotline", "name": "客服热线", "hours": {"1": "08:00-12:00 13:30-18:00"}}


def recorded(verb: str) -> bool:
    return AuditEntry.objects.filter(verb=verb).exists()


class TestCalendars:
    def test_are_kept_by_headquarters_alone_and_on_record(self, cast: Cast) -> None:
        hua = caller(cast.hua)
        assert post(caller(cast.gao), "/calendars", HOTLINE).status_code == 403
        made = post(hua, "/calendars", HOTLINE)
        assert made.status_code == 201, made.content
        assert made.json()["hours"] == {"1": "08:00-12:00 13:30-18:00"}
        changed = hua.put(
            "/api/v1/calendars/hotline",
            {"name": "热线", "hours": {"1": "09:00-12:00"}},
            content_type="application/json",
        )
        assert (changed.json()["name"], changed.json()["version"]) == ("热线", 2)
        assert CalendarVersion.objects.filter(calendar__key="hotline").count() == 1
        assert recorded("kit.calendar.added")
        assert recorded("kit.calendar.changed")

    @pytest.mark.parametrize(
        ("wrong", "status"),
        [
            ({"hours": {"8": "09:00-12:00"}}, 422),
            ({"hours": {"1": "tomorrow"}}, 422),
            ({"hours": {}}, 422),
            ({"zone": "Mars/Phobos"}, 422),
            ({"key": "a/b"}, 422),
        ],
    )
    def test_that_cannot_be_are_refused(self, cast: Cast, wrong: dict[str, object], status: int) -> None:
        before = Calendar.objects.count()
        assert post(caller(cast.hua), "/calendars", HOTLINE | wrong).status_code == status
        assert Calendar.objects.count() == before

    def test_a_key_is_taken_once(self, cast: Cast) -> None:
        client = caller(cast.hua)
        assert [post(client, "/calendars", HOTLINE).status_code for _ in range(2)] == [201, 409]

    def test_of_no_such_key(self, cast: Cast) -> None:
        body = {"name": "热线", "hours": {"1": "09:00-12:00"}}
        answer = caller(cast.hua).put("/api/v1/calendars/nothing", body, content_type="application/json")
        assert answer.status_code == 404

    def test_days_all_or_none(self, cast: Cast) -> None:
        day = {"on": f"{timezone.now().year + 1}-02-11", "name": "春节", "is_off": True}
        client = caller(cast.hua)
        wrong = client.put(
            "/api/v1/calendar_days", {"days": [day, {"on": "soon", "is_off": True}]},
            content_type="application/json",
        )  # fmt: skip
        right = client.put("/api/v1/calendar_days", {"days": [day]}, content_type="application/json")
        assert (wrong.status_code, right.json()) == (422, {"changed": 1})
        assert day in client.get("/api/v1/calendar_days").json()["items"]


class TestScreens:
    def test_the_address_is_told_once_and_stored_nowhere(self, cast: Cast) -> None:
        client, body, key = (
            caller(cast.gao),
            {"unit": "SZ-WZ", "name": "收发室"},
            {"idempotency-key": "s"},
        )
        first, again = post(client, "/screens", body, **key), post(client, "/screens", body, **key)
        assert (first.status_code, again.json()) == (201, {"id": first.json()["id"], "url": None})
        assert Client().get(first.json()["url"]).status_code == 200
        token = first.json()["url"].rstrip("/").rsplit("/", 1)[1]
        assert token not in str(list(IdempotencyKey.objects.values_list("body", flat=True)))
        assert ScreenLink.objects.count() == 1

    def test_foreign_ones_are_not_there(self, cast: Cast) -> None:
        link = factory.screen_link(cast.unit("SZ-WZ"), now=timezone.now())
        qian, gao = caller(cast.qian), caller(cast.gao)
        assert qian.delete(f"/api/v1/screens/{link.pk}").status_code in (403, 404)
        assert post(gao, "/screens", {"unit": "SZ-GS", "name": "大厅"}).status_code == 404
        gone = gao.delete(f"/api/v1/screens/{link.pk}")
        assert gone.json()["revoked_at"]


class TestBaselines:
    def test_are_named_by_headquarters(self, cast: Cast) -> None:
        day = (timezone.now() - timedelta(days=21)).date().isoformat()
        refused = caller(cast.gao).put(
            "/api/v1/baselines/SZ-WZ", {"day": day}, content_type="application/json"
        )
        client = caller(cast.hua)
        set_ = client.put("/api/v1/baselines/SZ-WZ", {"day": day}, content_type="application/json")
        assert (refused.status_code, set_.json()["unit"]) == (403, "SZ-WZ")
        assert BaselineWeek.objects.count() == 1
        assert client.get("/api/v1/baselines/SZ-WZ").json() == set_.json()
        assert caller(cast.qian).get("/api/v1/baselines/SZ-WZ").status_code == 404
        cleared = client.put("/api/v1/baselines/SZ-WZ", {"day": None}, content_type="application/json")
        assert cleared.json() == {"unit": None, "starts_on": None}


class TestPortfolios:
    def test_a_unit_is_entrusted_and_taken_back(self, cast: Cast) -> None:
        seat, client = factory.seat(cast.lin, now=NOON), caller(cast.hua)
        address = f"/seats/{seat.pk}/portfolio"
        kept = post(client, address, {"thing": "unit", "code": "SZ-WZ"})
        [member] = kept.json()["items"]
        assert (member["thing"], member["code"]) == ("unit", "SZ-WZ")
        assert [row["id"] for row in client.get(f"/api/v1{address}").json()["items"]] == [member["id"]]
        assert client.delete(f"/api/v1{address}/{member['id'] + 1}").status_code == 404
        assert client.delete(f"/api/v1{address}/{member['id']}").json() == {"items": []}
        assert PortfolioMember.objects.get().until

    def test_of_others_is_not_there(self, cast: Cast) -> None:
        seat = factory.seat(cast.gao, now=NOON)
        client = caller(cast.gao)
        foreign = post(client, f"/seats/{seat.pk}/portfolio", {"thing": "unit", "code": "SZ-GS"})
        assert foreign.status_code == 404
        other = factory.seat(cast.qian, now=NOON)
        assert client.get(f"/api/v1/seats/{other.pk}/portfolio").status_code == 404

    def test_how_many_talk_at_once_is_said_and_kept(self, cast: Cast) -> None:
        seat, client = factory.seat(cast.lin, now=NOON), caller(cast.hua)
        address, asked = f"/api/v1/seats/{seat.pk}", {"chats": 8, "takes_by_itself": False}
        told = client.put(address, asked, content_type="application/json").json()
        seat.refresh_from_db()
        assert asked == {name: told[name] for name in asked} == {name: getattr(seat, name) for name in asked}
        assert client.put(address, {"chats": 51}, content_type="application/json").status_code == 422

    def test_what_cases_weigh_is_a_rule_of_the_whole(self, cast: Cast) -> None:
        row = AssignmentPolicy.objects.order_by("pk")[0]
        body = {"points": 7, "level": 2, "needs": ["理赔"], "gets_owner": True}
        address = f"/api/v1/assignment_policies/{row.pk}"
        assert caller(cast.gao).put(address, body, content_type="application/json").status_code == 403
        client = caller(cast.hua)
        assert client.put(address, body, content_type="application/json").json()["points"] == 7
        assert recorded("desk.assignment_policy.edited")
        assert client.put(f"{address}9999", body, content_type="application/json").status_code == 404
        assert client.get("/api/v1/assignment_policies").json()["items"][0]["needs"] == ["理赔"]


class TestWebsites:
    def test_only_by_who_keeps_the_customer(self, cast: Cast) -> None:
        customer = network.customer(cast.unit("SZ-WZ"))
        ticket = a_ticket(cast)
        Ticket.objects.filter(pk=ticket.pk).update(customer=customer)
        address, site = f"/tickets/{ticket.no}/websites", {"address": "https://shop.example.com/a?b"}
        assert post(caller(cast.lin), address, site).status_code == 403
        gao = caller(cast.gao)
        [row] = post(gao, address, site).json()["items"]
        assert row["origin"] == "https://shop.example.com"
        assert post(gao, address, {"address": "ftp://x"}).status_code == 422
        assert caller(cast.qian).get(f"/api/v1{address}").status_code == 404
        assert gao.delete(f"/api/v1{address}/{row['id'] + 1}").status_code == 404
        assert gao.delete(f"/api/v1{address}/{row['id']}").json() == {"items": []}

    def test_a_frames_address(self, cast: Cast) -> None:
        no = a_ticket(cast).no
        made = post(caller(cast.gao), f"/tickets/{no}/progress_links", {"purpose": "embed"})
        assert made.json()["progress_url"].endswith("/embed")


class TestMacros:
    NOTE = {"name": "核实", "actions": [{"do": "note", "text": "已核实"}]}

    def test_ones_own_and_a_units(self, cast: Cast) -> None:
        gao = caller(cast.gao)
        own = post(gao, "/macros", self.NOTE)
        assert (own.status_code, own.json()["is_own"]) == (201, True), own.content
        shared = post(gao, "/macros", self.NOTE | {"unit": "SZ-WZ"})
        assert not shared.json()["is_own"]
        for unit in ("SZ-GS", "HQ", "nowhere"):
            assert post(gao, "/macros", self.NOTE | {"unit": unit}).status_code == 404
        address = f"/api/v1/macros/{own.json()['id']}"
        lin = caller(cast.lin)
        assert lin.put(address, self.NOTE, content_type="application/json").status_code == 404
        changed = gao.put(address, self.NOTE | {"name": "核实过"}, content_type="application/json")
        assert changed.json()["name"] == "核实过"
        assert lin.delete(address).status_code == 404
        assert gao.delete(address).json() == {"done": True}
        assert not Macro.objects.filter(pk=own.json()["id"]).exists()

    @pytest.mark.parametrize("actions", [
        [], [{"do": "fly"}], [{"do": "note"}], [{"do": "note", "text": "{密码}"}],
        [{"do": "note", "text": "x"}, {"do": "note", "text": "y"}], [{"do": "priority", "value": "huge"}],
        [{"do": "hand_over", "unit": "SZ-GS", "reason": "x"}, {"do": "resolve", "text": "x"}],
    ])  # fmt: skip
    def test_that_say_nothing_that_can_be_done(self, cast: Cast, actions: list[object]) -> None:
        assert post(caller(cast.gao), "/macros", {"name": "错", "actions": actions}).status_code == 422


class TestWindow:
    def test_the_next_case_once(self, cast: Cast) -> None:
        first, key = a_ticket(cast), {"idempotency-key": "n"}
        client = caller(cast.gao)
        taken = [post(client, "/window/next", **key).json()["ticket"]["no"] for _ in range(2)]
        assert taken == [first.no, first.no]
        assert post(client, "/window/next").json() == {"ticket": None}
        assert post(client, "/window/next", {"unit": "SZ-GS"}).status_code == 404

    def test_reminds_of_ones_own_cases_only(self, cast: Cast) -> None:
        mine = a_ticket(cast)
        Ticket.objects.filter(pk=mine.pk).update(courier=network.courier(cast.unit("SZ-WZ")))
        foreign = factory.ticket(cast.unit("SZ-GS"), now=NOON)
        client = caller(cast.gao)
        assert post(client, "/window/remind", {"tickets": [mine.no, foreign.no]}).status_code == 404
        assert post(client, "/window/remind", {"tickets": [mine.no]}).json() == {"count": 1}


class TestContact:
    def test_is_shown_for_a_purpose_and_on_record_each_time(self, cast: Cast) -> None:
        ticket = a_ticket(cast, contact_name="王小明", contact_phone="13800001234")
        address, key = f"/tickets/{ticket.no}/contact", {"idempotency-key": "c"}
        client = caller(cast.gao)
        assert post(client, address, {"purpose": "other"}).status_code == 422
        for _ in range(2):
            answer = post(client, address, {"purpose": "contact"}, **key)
            assert answer.json() == {"name": "王小明", "phone": "13800001234"}
            assert answer["Cache-Control"] == "no-store"
        assert AuditEntry.objects.filter(verb="kit.reveal", actor="gao").count() == 2
        assert "13800001234" not in str(list(IdempotencyKey.objects.values_list("body", flat=True)))
        assert post(caller(cast.qian), address, {"purpose": "contact"}).status_code == 404

    def test_not_by_who_may_only_look(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        Grant.objects.create(person=cast.nobody, role="auditor", unit=cast.unit("HQ"))
        answer = post(caller(cast.nobody), f"/tickets/{ticket.no}/contact", {"purpose": "contact"})
        assert answer.status_code == 403


class TestWhatOneLooksAtAllDay:
    def test_the_window_tells_what_is_owed_and_what_to_take_next(self, cast: Cast) -> None:
        ticket, gao, qian = a_ticket(cast), caller(cast.gao), caller(cast.qian)
        shown = gao.get("/api/v1/window").json()
        assert (shown["unit"]["code"], shown["todo"], shown["is_cut"]) == ("SZ-WZ", 1, False)
        assert [row["no"] for row in shown["items"]] == [ticket.no]
        assert shown["best"]["step"] == ticket.steps.get(state="open").pk
        assert "claim" in shown["best"]["may"]
        taken = post(gao, "/window/next", {}).json()["ticket"]
        assert taken["no"] == shown["best"]["no"]
        again = gao.get("/api/v1/window", {"tab": "mine"}).json()
        assert [row["handler"] for row in again["items"]] == ["gao"]
        assert qian.get("/api/v1/window").json()["items"] == []  # next door
        assert qian.get("/api/v1/window", {"unit": "SZ-WZ"}).status_code == 404

    def test_the_wall_adds_up_and_leads_down(self, cast: Cast) -> None:
        ticket, qian = a_ticket(cast), caller(cast.qian)
        shown = caller(cast.hua).get("/api/v1/wall").json()
        assert (shown["live"], sum(tile["live"] for tile in shown["tiles"])) == (1, 1)
        assert [row["no"] for row in shown["items"]] == [ticket.no]
        assert "13800001234" not in str(shown)
        assert qian.get("/api/v1/wall").json()["items"] == []
        assert qian.get("/api/v1/wall", {"unit": "SZ-WZ"}).status_code == 404

    def test_the_day_stands_beside_the_same_weekday(self, cast: Cast) -> None:
        unit, now, gao = cast.unit("SZ-WZ"), timezone.now(), caller(cast.gao)
        for at in (now, now - timedelta(days=7)):
            case = factory.ticket(unit, now=at - timedelta(minutes=9))
            factory.step(
                case, now=at - timedelta(minutes=9), claimed_at=at - timedelta(minutes=4), handler=cast.gao,
                state="done", done_at=at - timedelta(minutes=1), done_by="gao",
            )  # fmt: skip
        shown = gao.get("/api/v1/today").json()
        assert shown["baseline"] is None
        for day in (shown["today"], shown["last_week"]):
            assert day["resolved"] in (0, 1)  # a minute past midnight nothing has been done yet today
            assert day["median_seconds"] in (None, 180.0)
        assert shown["today"]["resolved"] == shown["last_week"]["resolved"]
        assert gao.get("/api/v1/today", {"unit": "SZ-GS"}).status_code == 404
