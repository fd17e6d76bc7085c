"""Cases over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.channels.actions import entrances
from huhang.desk.models import Ticket
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import a_waybill
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.factories.network import api_token

pytestmark = pytest.mark.django_db
URGE = {
    "kind": "urge",
    "title": "催派",
    "unit": "SZ-WZ",
    "contact_name": "王小明",
    "contact_phone": "13800001234",
}


def caller(person: Person) -> Client:
    token = f"token-of-{person.get_username()}"
    api_token(person, token, timezone.now())
    return Client(headers={"authorization": f"Bearer {token}"})


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1{path}", body or {}, content_type="application/json", headers=headers)


class TestOpening:
    def test_answers_with_clocks_and_the_customers_link(self, cast: Cast) -> None:
        answer = post(caller(cast.gao), "/tickets", URGE)
        said = answer.json()
        assert answer.status_code == 201, said
        assert (said["state"], said["unit"]["code"]) == ("open", "SZ-WZ")
        assert {clock["obligation"] for clock in said["clocks"]} == {"first_response", "step", "close"}
        assert said["contact"] == "王* 138******34"
        assert Client().get(said["progress_url"]).status_code == 200

    def test_an_appeal_that_a_regulator_passed_on_is_urgent_and_has_its_clock(self, cast: Cast) -> None:
        entrances.load_pack()
        appeal = URGE | {
            "kind": "complaint", "entrance": "regulator-12305", "transferred_at": "2026-11-20T09:00:00+08:00",
            "source_ref": "12305-1",
        }  # fmt: skip
        gao = caller(cast.gao)
        assert [post(gao, "/tickets", appeal).status_code for _ in range(2)] == [201, 200]
        [case] = Ticket.objects.all()
        assert (case.entrance, case.priority) == ("regulator", "urgent")
        assert case.clocks.filter(obligation="regulator").exists()
        assert post(gao, "/tickets", appeal | {"entrance": "none"}).status_code == 422

    def test_the_same_key_opens_one_case(self, cast: Cast) -> None:
        client, key = caller(cast.gao), {"idempotency-key": "abc"}
        first, again = post(client, "/tickets", URGE, **key), post(client, "/tickets", URGE, **key)
        assert first.json()["no"] == again.json()["no"]
        assert Ticket.objects.count() == 1
        other = post(client, "/tickets", URGE | {"title": "又催"}, **key)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    def test_the_same_source_ref_is_the_same_case(self, cast: Cast) -> None:
        client, body = caller(cast.gao), URGE | {"source_ref": "A-1"}
        assert [post(client, "/tickets", body).status_code for _ in range(2)] == [201, 200]
        assert Ticket.objects.count() == 1

    def test_no_token_is_kept_with_the_answer(self, cast: Cast) -> None:
        from huhang.kit.models import IdempotencyKey

        post(caller(cast.gao), "/tickets", URGE, **{"idempotency-key": "abc"})
        assert list(IdempotencyKey.objects.get().body or ()) == ["no"]

    def test_the_waybill_names_the_unit(self, cast: Cast) -> None:
        a_waybill(cast)
        body = {"kind": "complaint", "title": "破损", "waybill": "SX1"}
        assert post(caller(cast.lin), "/tickets", body).json()["unit"]["code"] == "SZ-WZ"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"kind": "nonsense"}, 422),
            ({"title": ""}, 422),
            ({"unknown": 1}, 422),
            ({"unit": "SZ-GS"}, 404),  # not where Gao may open cases
            ({"unit": "NOWHERE"}, 404),
        ],
    )
    def test_refuses_in_words(self, cast: Cast, change: dict[str, Any], status: int) -> None:
        answer = post(caller(cast.gao), "/tickets", URGE | change)
        assert (answer.status_code, answer["content-type"]) == (status, "application/problem+json")
        assert not Ticket.objects.exists()


class TestListing:
    def test_pages_by_a_cursor_that_new_cases_do_not_shift(self, cast: Cast) -> None:
        wz = cast.unit("SZ-WZ")
        numbers = [factory.ticket(wz, now=NOON - timedelta(minutes=n // 2)).no for n in range(5)]
        client = caller(cast.gao)
        first = client.get("/api/v1/tickets?limit=2").json()
        factory.ticket(wz, now=NOON + timedelta(minutes=1))
        seen = [row["no"] for row in first["items"]]
        following = first["next"]
        while following:
            page = client.get("/api/v1/tickets", {"limit": 2, "cursor": following}).json()
            seen += [row["no"] for row in page["items"]]
            following = page["next"]
        assert sorted(seen) == sorted(numbers)

    def test_filters_as_the_page_does(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        client = caller(cast.gao)
        found = client.get("/api/v1/tickets?kind=complaint&live=true&q=破损").json()["items"]
        assert [row["no"] for row in found] == [ticket.no]
        assert client.get("/api/v1/tickets?kind=urge").json()["items"] == []
        assert client.get("/api/v1/tickets?kind=nonsense").status_code == 422
        assert client.get("/api/v1/tickets?cursor=nonsense").json()["code"] == "cursor_unreadable"

    def test_shows_nothing_of_the_outlet_next_door(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        client = caller(cast.qian)
        assert client.get("/api/v1/tickets").json()["items"] == []
        assert client.get(f"/api/v1/tickets/{ticket.no}").status_code == 404


class TestVerbs:
    def test_carry_a_case_to_its_end(self, cast: Cast) -> None:
        no = a_ticket(cast).no
        gao, lin = caller(cast.gao), caller(cast.lin)
        assert post(gao, f"/tickets/{no}/claim").json()["owner"] == "gao"
        assert post(gao, f"/tickets/{no}/answer", {"text": "马上核实"}).json()["first_response_at"]
        assert post(gao, f"/tickets/{no}/note", {"text": "张师傅在查"}).status_code == 200
        paused = post(gao, f"/tickets/{no}/pause", {"reason": "customer-info"}).json()
        assert paused["next_due_at"] == "2026-11-27T04:00:00Z"  # the law's seven days go on
        assert post(gao, f"/tickets/{no}/resume").json()["next_due_at"]
        assert (
            post(gao, f"/tickets/{no}/resolve", {"result": "确有破损"}).json()["at_unit"]["code"] == "HQ-CS"
        )
        moved = post(lin, f"/tickets/{no}/hand_over", {"unit": "HQ-CLAIMS", "reason": "需理赔"}).json()
        assert moved["at_unit"]["code"] == "HQ-CLAIMS"
        assert post(lin, f"/tickets/{no}/resolve", {"result": "已赔付"}).json()["state"] == "resolved"

    def test_with_a_key_happen_once(self, cast: Cast) -> None:
        no, key = a_ticket(cast).no, {"idempotency-key": "n-1"}
        client = caller(cast.gao)
        for _ in range(2):
            assert post(client, f"/tickets/{no}/note", {"text": "一次"}, **key).status_code == 200
        assert Ticket.objects.get().entries.filter(text="一次").count() == 1

    def test_on_an_old_version_are_refused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        client = caller(cast.gao)
        post(client, f"/tickets/{ticket.no}/claim")
        answer = post(client, f"/tickets/{ticket.no}/answer", {"text": "好", "version": ticket.version})
        assert (answer.status_code, answer.json()["code"]) == (409, "stale")

    def test_do_not_reach_the_outlet_next_door(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        client = caller(cast.qian)
        for verb, body in (
            ("claim", {}), ("answer", {"text": "x"}), ("note", {"text": "x"}), ("resolve", {"result": "x"}),
            ("hand_over", {"unit": "SZ-GS", "reason": "x"}), ("pause", {"reason": "x"}), ("resume", {}),
        ):  # fmt: skip
            assert post(client, f"/tickets/{ticket.no}/{verb}", body).status_code == 404, verb
        assert Ticket.objects.get().version == ticket.version
