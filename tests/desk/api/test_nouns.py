"""What else a person does at the desk, done by a program."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huhang.desk.models import BulkRun, SavedView, Ticket
from huhang.kit.models import IdempotencyKey
from huhang.network.models import Grant
from huhang.network.pages.people import PERMISSION_NAMES
from huhang.network.rules.roles import EVERY_PERMISSION
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller, post
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.factories.network import api_token

pytestmark = pytest.mark.django_db


class TestListing:
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("kind=claim,complaint", 1),
            ("kind=claim", 0),
            ("owes=SZ-WZ", 1),
            ("happened=SZ-GS", 0),
            ("priority=normal&family=alone", 1),
            ("opened_from=2026-11-20&opened_to=2026-11-20", 1),
            ("from=2026-11-21T00:00:00Z", 0),
        ],
    )
    def test_takes_every_filter_of_the_pages(self, cast: Cast, asked: str, found: int) -> None:
        a_ticket(cast)
        assert len(caller(cast.gao).get(f"/api/v1/tickets?{asked}").json()["items"]) == found

    @pytest.mark.parametrize("asked", ["kind=claim,nonsense", "soon=7", "due_to=someday", "owner=%27"])
    def test_refuses_what_a_page_would_pass_over(self, cast: Cast, asked: str) -> None:
        assert caller(cast.gao).get(f"/api/v1/tickets?{asked}").status_code == 422

    def test_a_case_that_did_not_change_is_not_sent_again(self, cast: Cast) -> None:
        no, client = a_ticket(cast).no, caller(cast.gao)
        first = client.get(f"/api/v1/tickets/{no}")
        again = client.get(f"/api/v1/tickets/{no}", headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        post(client, f"/tickets/{no}/note", {"text": "一"})
        assert (
            client.get(f"/api/v1/tickets/{no}", headers={"if-none-match": first["ETag"]}).status_code == 200
        )


class TestLimits:
    def test_says_how_often_one_may_still_ask_and_refuses_beyond(self, cast: Cast, settings: Any) -> None:
        settings.HUHANG_API_PER_MINUTE = 1_000_000
        client = caller(cast.gao)
        answer = client.get("/api/v1/tickets")
        assert (answer["RateLimit-Limit"], int(answer["RateLimit-Remaining"])) == ("1000000", 999_999)
        assert 1 <= int(answer["RateLimit-Reset"]) <= 60

    def test_refuses_beyond(self, cast: Cast, settings: Any) -> None:
        settings.HUHANG_API_PER_MINUTE = 1
        client = caller(cast.gao)
        # Three, as a minute may end between two.
        refused = [a for a in (client.get("/api/v1/tickets") for _ in range(3)) if a.status_code == 429]
        assert refused
        assert refused[-1]["Retry-After"]
        assert refused[-1].json()["code"] == "too_many_requests"


class TestCases:
    def test_close_reopen_and_call_off(self, cast: Cast) -> None:
        no, gao, lin = a_ticket(cast).no, caller(cast.gao), caller(cast.lin)
        post(lin, f"/tickets/{no}/claim")
        owed = post(lin, f"/tickets/{no}/close", {"result": "好了"})
        assert (owed.status_code, owed.json()["code"]) == (409, "steps_still_open")
        while (case := post(lin, f"/tickets/{no}/resolve", {"result": "已核实"})).json().get(
            "state"
        ) == "working":
            pass
        assert case.json()["state"] == "resolved"
        assert post(lin, f"/tickets/{no}/reopen", {"reason": "没有收到"}).json()["state"] == "working"
        assert post(caller(cast.qian), f"/tickets/{no}/withdraw", {"reason": "100%"}).status_code == 404
        assert post(lin, f"/tickets/{no}/withdraw", {"reason": "100%(误报)"}).json()["state"] == "withdrawn"
        story = gao.get(f"/api/v1/tickets/{no}/entries").json()["items"]
        assert any("100%(误报)" in line["text"] for line in story)

    def test_a_token_that_may_only_look_ends_nothing(self, cast: Cast) -> None:
        no, lin = a_ticket(cast).no, caller(cast.lin)
        post(lin, f"/tickets/{no}/claim")
        token = api_token(cast.lin, "hh_look", NOON)
        type(token).objects.filter(pk=token.pk).update(scopes=["desk.see"], expires_at="2099-01-01T00:00Z")
        looking = {"authorization": "Bearer hh_look"}
        for verb, body in (("close", {"result": "x"}), ("withdraw", {"reason": "x"}), ("claim", {})):
            answer = post(lin, f"/tickets/{no}/{verb}", body, **looking)
            assert answer.status_code == 403, verb

    def test_what_the_customer_wrote_elsewhere_is_passed_on_by_few(self, cast: Cast) -> None:
        no, words, hua = a_ticket(cast).no, {"text": "还没收到"}, caller(cast.hua)
        assert post(caller(cast.gao), f"/tickets/{no}/hear", words).status_code == 403
        for _ in range(2):
            answer = post(hua, f"/tickets/{no}/hear", words, **{"idempotency-key": "m-1"})
            assert answer.status_code == 200, answer.content
        assert Ticket.objects.get().entries.filter(kind="from_customer", text="还没收到").count() == 1

    def test_merge_and_back(self, cast: Cast) -> None:
        one, other, client = a_ticket(cast).no, a_ticket(cast).no, caller(cast.gao)
        merged = post(client, f"/tickets/{one}/merge", {"into": other, "reason": "同一件"})
        assert merged.json()["state"] == "withdrawn", merged.content
        assert client.get(f"/api/v1/tickets/{other}/family").json()["merged"] == [one]
        assert post(client, f"/tickets/{one}/unmerge").json()["state"] == "open"

    def test_files_by_their_content_and_only_for_those_who_see_the_case(
        self, cast: Cast, settings: Any, tmp_path: Path
    ) -> None:
        settings.FILES = tmp_path
        no, client = a_ticket(cast).no, caller(cast.gao)
        file = SimpleUploadedFile("a.exe", b"%PDF-1.7\n1 0 obj\n%%EOF", content_type="image/png")
        answer = client.post(f"/api/v1/tickets/{no}/files", {"files": file})
        assert answer.status_code == 201, answer.content
        [row] = answer.json()["items"]
        assert row["content_type"] == "application/pdf"
        assert client.get(f"/api/v1/files/{row['id']}").content.startswith(b"%PDF")
        assert caller(cast.qian).get(f"/api/v1/files/{row['id']}").status_code == 404

    def test_drafts_and_followers(self, cast: Cast) -> None:
        no, client = a_ticket(cast).no, caller(cast.gao)
        kept = client.put(
            f"/api/v1/tickets/{no}/drafts", {"kind": "reply", "text": "您好"}, content_type="application/json"
        )
        assert kept.json()["text"] == "您好"
        assert client.get(f"/api/v1/tickets/{no}/drafts").json()["own"][0]["text"] == "您好"
        post(client, f"/tickets/{no}/follow")
        assert client.get(f"/api/v1/tickets/{no}/followers").json()["items"][0]["username"] == "gao"

    def test_clocks_are_explained(self, cast: Cast) -> None:
        no, client = a_ticket(cast).no, caller(cast.gao)
        clock = client.get(f"/api/v1/tickets/{no}/clocks").json()["items"][0]
        told = client.get(f"/api/v1/tickets/{no}/clocks/{clock['id']}").json()
        assert told["due_at"] == clock["due_at"]
        assert told["stretches"]


class TestWorkLists:
    def test_a_view_and_its_cases(self, cast: Cast) -> None:
        ticket, client = a_ticket(cast), caller(cast.gao)
        kept = post(client, "/views", {"name": "投诉", "filters": {"kind": "complaint"}})
        assert kept.status_code == 201, kept.content
        view = kept.json()["id"]
        rows = client.get(f"/api/v1/views/{view}/tickets").json()["items"]
        assert [row["no"] for row in rows] == [ticket.no]
        assert caller(cast.qian).get(f"/api/v1/views/{view}/tickets").status_code == 404
        assert client.delete(f"/api/v1/views/{view}").status_code == 200
        assert not SavedView.objects.filter(pk=view).exists()

    def test_one_verb_on_many_once(self, cast: Cast) -> None:
        ticket, client = a_ticket(cast), caller(cast.gao)
        order = {"verb": "note", "filters": {"kind": "complaint"}, "text": "统一说明"}
        for _ in range(2):
            run = post(client, "/bulk", order, **{"idempotency-key": "b-1"})
            assert (run.status_code, run.json()["done"]) == (202, 1), run.content
        assert ticket.entries.filter(text="统一说明").count() == BulkRun.objects.count() == 1
        assert caller(cast.qian).get(f"/api/v1/bulk/{run.json()['id']}").status_code == 404

    def test_the_same_key_for_another_method_is_another_content(self, cast: Cast) -> None:
        no, client, key = a_ticket(cast).no, caller(cast.gao), {"idempotency-key": "k"}
        assert post(client, f"/tickets/{no}/follow", **key).status_code == 200
        assert post(client, f"/tickets/{no}/unfollow", **key).status_code == 422

    def test_lists_go_on_after_their_last_row(self, cast: Cast) -> None:
        Grant.objects.create(person=cast.hua, role="administrator", unit=cast.unit("HQ"))
        factory.seat(cast.lin, now=NOON)
        factory.seat(cast.gao, now=NOON)
        client = caller(cast.hua)
        for address in ("/policies", "/pause_reasons", "/plans", "/seats"):
            first = client.get(f"/api/v1{address}?limit=1").json()
            after = client.get(f"/api/v1{address}", {"limit": 1, "cursor": first["next"]}).json()
            assert first["items"] != after["items"] != []


class TestDoorsOfOthers:
    def test_a_secret_is_kept_with_no_answer(self, cast: Cast) -> None:
        Grant.objects.create(person=cast.hua, role="administrator", unit=cast.unit("HQ"))
        client, key = caller(cast.hua), {"idempotency-key": "r"}
        made = post(client, "/webhooks", {"name": "商城", "url": "https://a.example.com/", "unit": "HQ"})
        assert made.status_code == 201, made.content
        address = f"/webhooks/{made.json()['id']}/rotate"
        said = [post(client, address, **key).json()["secret"] for _ in range(2)]
        assert said[0] == said[1]
        assert said[0].startswith("whsec_")
        assert "whsec" not in str(list(IdempotencyKey.objects.values_list("body", flat=True)))


def test_every_permission_has_a_name_for_people() -> None:
    assert set(PERMISSION_NAMES) == set(EVERY_PERMISSION)
