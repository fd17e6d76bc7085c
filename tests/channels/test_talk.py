"""The customer's chat over the wire: known by a secret, each word once, nobody else's talk, no notes."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from huhang.channels.actions import talking
from huhang.channels.models import Address, Conversation, Entrance
from huhang.kit import file_store
from huhang.kit.models import Outbox
from tests.cast import NOON, Cast
from tests.factories import channels as factory
from tests.factories.kit import calendar
from tests.pictures import photo


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"), key="web", greeting="您好，请问有什么可以帮您？")


class Visitor:
    """A browser at an entrance."""

    def __init__(self, door: str = "web") -> None:
        self.door, self.secret, self.no = door, "", ""

    def post(self, path: str, **facts: Any) -> tuple[int, dict[str, Any]]:
        answer = Client().post(f"/c/{self.door}/{path}", facts, headers=self.headers())
        return answer.status_code, answer.json()

    def get(self, path: str, **facts: Any) -> tuple[int, Any]:
        answer = Client().get(f"/c/{self.door}/{path}", facts, headers=self.headers())
        told = answer.json() if answer["Content-Type"] == "application/json" else answer
        return answer.status_code, told

    def headers(self) -> dict[str, str]:
        return {"X-Visitor": self.secret} if self.secret else {}

    def come(self) -> dict[str, Any]:
        told = self.post("begin")[1]
        self.secret, self.no = told["secret"], told["no"]
        return told

    def texts(self, after: int = 0) -> list[str]:
        return [m["text"] for m in self.get("news", no=self.no, after=after)[1]["messages"]]


class TestTalk:
    def test_begins_with_a_greeting_and_goes_on_after_a_reload(self, door: Entrance) -> None:
        visitor = Visitor()
        told = visitor.come()
        assert [m["text"] for m in told["messages"]] == ["您好，请问有什么可以帮您？"]
        assert Address.objects.get().address != visitor.secret
        again = visitor.come()
        assert (again["no"], again["secret"]) == (told["no"], told["secret"])
        assert visitor.get("news")[1]["no"] == told["no"]

    @pytest.mark.parametrize(("reads", "spoken"), [("en-GB,en;q=0.8", "en"), ("zh-CN", ""), ("fr", "")])
    def test_is_held_in_the_language_of_the_page(self, door: Entrance, reads: str, spoken: str) -> None:
        Client(headers={"accept-language": reads}).post("/c/web/begin", {})
        assert Conversation.objects.get().language == spoken

    def test_a_word_sent_again_arrives_once(self, door: Entrance) -> None:
        visitor = Visitor()
        visitor.come()
        seqs = {visitor.post("say", no=visitor.no, key="k-00000001", text="在吗")[1]["seq"] for _ in range(3)}
        assert len(seqs) == 1
        assert visitor.texts().count("在吗") == 1

    def test_its_answer_names_what_pages_are_told_of_it(self, door: Entrance) -> None:
        visitor = Visitor()
        visitor.come()
        visitor.post("human", no=visitor.no)  # by themselves they are answered by a word of the house
        before = set(Outbox.objects.values_list("pk", flat=True))
        said = [visitor.post("say", no=visitor.no, key="k-00000001", text="在吗")[1] for _ in range(2)]
        told = Outbox.objects.exclude(pk__in=before).filter(ref=visitor.no)
        # A repeat was announced when it was written: whoever missed that answer asks as everybody does.
        assert [sorted(one["announced"]) for one in said] == [sorted(told.values_list("pk", flat=True)), []]

    def test_two_browsers_may_choose_the_same_name(self, door: Entrance) -> None:
        one, two = Visitor(), Visitor()
        for visitor in (one, two):
            visitor.come()
            visitor.post("say", no=visitor.no, key="k-00000001", text=f"我是 {visitor.no}")
        assert [f"我是 {visitor.no}" in visitor.texts() for visitor in (one, two)] == [True, True]
        assert f"我是 {one.no}" not in two.texts()

    def test_waits_with_an_honest_place_and_is_answered(self, cast: Cast, door: Entrance) -> None:
        first, second = Visitor(), Visitor()
        for visitor in (first, second):
            visitor.come()
            visitor.post("human", no=visitor.no)
        told = second.get("news", no=second.no)[1]
        assert (told["stage"], told["ahead"], told["wait"]) == ("waiting", 1, None)
        talking.take(first.no, by=cast.lin, now=NOON)
        talking.say(first.no, text="您好", by=cast.lin, key="a", now=NOON)
        talking.note(first.no, text="内部的话", by=cast.lin, key="n", now=NOON)
        assert first.texts()[-1] == "您好"
        assert second.get("news", no=second.no)[1]["ahead"] == 0

    def test_nobody_elses_talk_is_there(self, door: Entrance) -> None:
        mine, other = Visitor(), Visitor()
        mine.come(), other.come()
        assert other.get("news", no=mine.no)[0] == 404
        for path, facts in (
            ("say", {"key": "k-00000001", "text": "x"}), ("human", {}), ("typing", {"text": "x"}),
            ("seen", {"up_to": 9}), ("leave", {}),
        ):  # fmt: skip
            assert other.post(path, no=mine.no, **facts)[0] == 404
        assert Visitor().get("news", no=mine.no)[0] == 404
        assert Conversation.objects.get(no=mine.no).stage == "self_service"

    def test_pictures_are_taken_and_seen_by_both_only(self, door: Entrance) -> None:
        mine, other = Visitor(), Visitor()
        mine.come(), other.come()
        picture = SimpleUploadedFile("破损.jpg", photo(), "image/jpeg")
        assert mine.post("say", no=mine.no, key="k-00000001", files=picture)[0] == 200
        file = mine.get("news", no=mine.no)[1]["messages"][-1]["files"][0]
        assert mine.get("file", no=mine.no, file=file["file"])[0] == 200
        assert other.get("file", no=other.no, file=file["file"])[0] == 404

    @pytest.mark.parametrize(("claimed", "shown"), [("image/png", True), ("image/svg+xml", False)])
    def test_what_a_browser_might_run_is_saved(self, door: Entrance, claimed: str, shown: bool) -> None:
        """A file that came by a vendor says of itself what it is."""
        mine = Visitor()
        mine.come()
        name = file_store.keep(b"<svg onload=alert(1)>")
        file = {"file": name, "name": "a.svg", "type": claimed, "size": 21, "ref": ""}
        factory.message(Conversation.objects.get(no=mine.no), at=NOON, files=[file])
        answer = mine.get("file", no=mine.no, file=name)[1]
        assert answer["Content-Disposition"].startswith("inline") is shown

    @pytest.mark.parametrize(
        ("facts", "status"),
        [
            pytest.param({"key": "k-00000001", "text": ""}, 422, id="nothing"),
            pytest.param({"key": "k-00000001", "text": "字" * 4001}, 422, id="too much"),
            pytest.param({"key": "x", "text": "在吗"}, 422, id="no name"),
            pytest.param({"text": "在吗"}, 422, id="no key"),
        ],
    )
    def test_says_what_is_wrong(self, door: Entrance, facts: dict[str, str], status: int) -> None:
        visitor = Visitor()
        visitor.come()
        code, told = visitor.post("say", no=visitor.no, **facts)
        assert (code, bool(told["error"])) == (status, True)

    def test_says_when_people_come_again(self, door: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
        friday_night = NOON + timedelta(hours=11)  # 23:00 in Shanghai
        monkeypatch.setattr(timezone, "now", lambda: friday_night)
        Entrance.objects.update(closed_words="{opens} 起有人工客服", calendar=calendar())
        page = Client().get("/c/web/").content.decode()
        assert "11-23 09:00 起有人工客服" in page
        assert "给客服留言" in page

    def test_a_closed_entrance_is_not_there(self, door: Entrance) -> None:
        Entrance.objects.update(is_active=False)
        assert Client().get("/c/web/").status_code == 404

    def test_frames_belong_to_the_sites_that_are_named(self, door: Entrance) -> None:
        Entrance.objects.update(origins=["https://shop.example.com"])
        answer = Client().get("/c/web/?frame=1")
        assert "frame-ancestors https://shop.example.com" in answer["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer
        script = Client().get("/c/web/widget.js")
        assert "text/javascript" in script["Content-Type"]
        assert "/c/web/" in script.content.decode()


def test_an_entrance_is_for_as_many_as_come(door: Entrance, settings: Any) -> None:
    """Counted by address, not by entrance: whoever comes is nobody's repeat."""
    settings.PROXIES = 1
    for number in range(130):
        far = {"X-Forwarded-For": f"10.0.0.{number}"}
        assert Client().post("/c/web/begin", headers=far).status_code == 200
