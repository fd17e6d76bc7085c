"""Conversations and calls over the API: what the workbench does, a program does; each word once, nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from huhang.channels.actions import talking
from huhang.channels.models import CallbackDue, Conversation, Entrance, Message, ReplyDraft
from huhang.desk.actions import seats
from huhang.desk.models import Ticket
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller, post
from tests.factories import calls as made
from tests.factories import channels as factory
from tests.factories.journey import waybill
from tests.pictures import photo

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"))


def waits(door: Entrance) -> Conversation:
    row = talking.ask_for_somebody(factory.conversation(door, at=NOON).no, now=NOON)
    talking.customer_says(row.no, text="我的快递三天没动了", key=f"k-{row.no}", now=NOON)
    return row


def sits(person: Person, cast: Cast) -> Client:
    seat = seats.open_seat(person=person, unit=cast.unit("HQ-CS"), by=None, now=NOON)
    seats.set_status(seat_id=seat.pk, status="available", by=person, now=NOON)
    return caller(person)


def test_taken_answered_passed_on_and_ended(cast: Cast, door: Entrance) -> None:
    row, lin, hua = waits(door), sits(cast.lin, cast), sits(cast.hua, cast)
    path = f"/conversations/{row.no}"
    assert [one["no"] for one in lin.get("/api/v1/conversations?stage=waiting").json()["items"]] == [row.no]
    taken = post(lin, f"{path}/take", {})
    assert (taken.status_code, taken.json()["agent"]) == (200, "lin")
    for _ in range(2):
        said = post(lin, f"{path}/messages", {"text": "马上为您查", "key": "word-0001"})
        assert said.status_code == 201, said.content
    assert Message.objects.filter(side="agent").count() == 1
    assert post(lin, f"{path}/notes", {"text": "查过监控"}).status_code == 201
    assert lin.put(f"/api/v1{path}/draft", {"text": "正在核实"}, content_type=JSON).status_code == 200
    assert ReplyDraft.objects.get().text == "正在核实"
    owed = post(lin, f"{path}/call_back", {"number": "13800001234"})
    assert (owed.status_code, owed.json()["number"]) == (201, "138******34"), owed.content
    passed = post(lin, f"{path}/transfer", {"username": "hua", "note": "请接着查"})
    assert passed.json()["agent"] == "hua", passed.content
    assert post(lin, f"{path}/messages", {"text": "还有一句"}).status_code == 403
    told = hua.get(f"/api/v1{path}/messages?after=0").json()
    assert [one["text"] for one in told["items"] if one["side"] in ("agent", "note")] == [
        "马上为您查", "查过监控", "请接着查",
    ]  # fmt: skip
    assert hua.get(f"/api/v1{path}/messages?after={told['last']}").json()["items"] == []
    seen = hua.put(f"/api/v1{path}/read", {"up_to": told["last"]}, content_type=JSON)
    assert seen.status_code == 200 and Conversation.objects.get().read_by_agent == told["last"]
    assert post(hua, f"{path}/close", {}).json()["stage"] == "closed"
    assert post(hua, f"{path}/messages", {"text": "太晚了"}).status_code >= 400


def test_files_go_and_come(cast: Cast, door: Entrance) -> None:
    row, lin = waits(door), sits(cast.lin, cast)
    post(lin, f"/conversations/{row.no}/take", {})
    sent = lin.post(
        f"/api/v1/conversations/{row.no}/files", {"files": SimpleUploadedFile("外箱.jpg", photo())}
    )
    assert sent.status_code == 201, sent.content
    [file] = sent.json()["files"]
    there = lin.get(f"/api/v1/conversations/{row.no}/files/{file['file']}")
    assert (there.status_code, there["Content-Type"]) == (200, "image/jpeg")


def test_its_case_is_opened_once_with_what_was_said(cast: Cast, door: Entrance) -> None:
    row, lin = waits(door), sits(cast.lin, cast)
    for _ in range(2):
        made = post(lin, f"/conversations/{row.no}/case", {"kind": "urge"})
        assert made.status_code == 201, made.content
    case = Ticket.objects.get()
    assert made.json() == {"case": case.no}
    assert (case.kind, case.unit, "三天没动" in case.body) == ("urge", cast.lin.home, True)
    assert case.no in Message.objects.get(side="note").text


def test_a_supervisor_takes_over_and_an_agent_may_not(cast: Cast, door: Entrance) -> None:
    row, lin = waits(door), sits(cast.lin, cast)
    post(lin, f"/conversations/{row.no}/take", {})
    assert post(lin, f"/conversations/{row.no}/take_over", {}).status_code == 403
    assert post(caller(cast.hua), f"/conversations/{row.no}/take_over", {}).json()["agent"] == "hua"


@pytest.mark.parametrize("body", [
    {"username": "hua", "queue": "x", "note": "两个"}, {"note": "没有"}, {"username": "hua"},
    {"username": "nobody", "note": "不在席"},
])  # fmt: skip
def test_passing_on_says_to_whom(cast: Cast, door: Entrance, body: dict[str, str]) -> None:
    row, lin = waits(door), sits(cast.lin, cast)
    post(lin, f"/conversations/{row.no}/take", {})
    assert post(lin, f"/conversations/{row.no}/transfer", body).status_code in (404, 422)
    assert Conversation.objects.get().agent == cast.lin


def test_pages_of_the_list_go_on_where_the_last_ended(cast: Cast, door: Entrance) -> None:
    numbers = {waits(door).no for _ in range(5)}
    client, found = caller(cast.lin), set()
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"/api/v1/conversations?limit=2&cursor={cursor}").json()
        found |= {one["no"] for one in page["items"]}
        cursor = page["next"]
    assert found == numbers
    assert client.get("/api/v1/conversations?mine=true").json()["items"] == []


def test_a_foreign_conversation_is_not_there(cast: Cast, door: Entrance) -> None:
    row, qian = waits(door), caller(cast.qian)
    for part in ("", "/messages", "/customer"):
        assert qian.get(f"/api/v1/conversations/{row.no}{part}").status_code == 404
    assert qian.get("/api/v1/conversations").json()["items"] == []
    assert post(qian, f"/conversations/{row.no}/take", {}).status_code == 404


class TestCalls:
    def test_a_call_is_written_down_and_makes_a_case(self, cast: Cast) -> None:
        at = timezone.now() - timedelta(minutes=1)
        facts: dict[str, Any] = {
            "person": cast.lin,
            "phase": "over",
            "outcome": "answered",
            "answered_at": at,
        }
        call = made.waiting(made.switch(cast.unit("HQ-CS")), at=at, number="13812345678", **facts)
        lin = caller(cast.lin)
        [told] = lin.get("/api/v1/calls/own").json()["unwritten"]
        assert told["id"] == call.pk and "13812345678" not in told["number"]
        body = {"reason": "urge", "result": "solved", "opens_case": True}
        for _ in range(2):
            wrote = lin.put(f"/api/v1/calls/{call.pk}/report", body, content_type=JSON)
            assert wrote.json()["case"] == Ticket.objects.get().no, wrote.content
        other = caller(cast.hua).put(f"/api/v1/calls/{call.pk}/report", body, content_type=JSON)
        assert other.status_code == 404

    def test_call_backs_are_taken_and_done(self, cast: Cast) -> None:
        switch, at = made.switch(cast.unit("HQ-CS")), timezone.now()
        row = factory.callback_due(switch, at=at)
        lin = caller(cast.lin)
        assert [one["id"] for one in lin.get("/api/v1/call_backs").json()["items"]] == [row.pk]
        assert post(lin, "/call_backs/next", {}).json()["owner"] == "lin"
        assert post(lin, "/call_backs/next", {}).status_code == 409
        assert post(caller(cast.qian), f"/call_backs/{row.pk}/claim", {}).status_code == 404
        assert post(lin, f"/call_backs/{row.pk}/called", {"note": "已说明"}).status_code == 200
        assert CallbackDue.objects.get().closed_because == "called"


def test_a_parcel_is_sent_and_a_phone_is_asked_for(cast: Cast, door: Entrance) -> None:
    row, lin = waits(door), sits(cast.lin, cast)
    path = f"/conversations/{row.no}"
    assert post(lin, f"{path}/prove", {"number": "13800001234"}).status_code == 403  # nobody has it yet
    post(lin, f"{path}/take", {})
    asked = post(lin, f"{path}/prove", {"number": "13800001234"})
    assert (asked.status_code, asked.json()["number"]) == (201, "138******34")
    no = waybill(dest=cast.unit("HQ-CS")).no
    sent = [post(lin, f"{path}/parcel", {"waybill_no": no, "key": "card-0001"}) for _ in range(2)]
    assert [(one.status_code, one.json()["sort"]) for one in sent] == [(201, "card")] * 2
    assert Message.objects.filter(sort="card").count() == 1
    assert post(lin, f"{path}/parcel", {"waybill_no": "773199999999"}).status_code == 404
