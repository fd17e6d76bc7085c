"""The doors by which customers' words come in: a vendor's callback, another system, and the pages that set them up."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from huhang.channels.actions import accounts, entrances, inbox
from huhang.channels.models import Account, Conversation, Entrance, InboxItem
from huhang.channels.rules.incoming import Incoming, Reading
from huhang.channels.rules.wire import Callback, Forged, Unreadable
from huhang.kit.models import AuditEntry
from huhang.network.actions.people import issue_token
from huhang.network.models import Person
from tests.cast import Cast
from tests.factories import channels as factory


class Strict:
    """A vendor whose callbacks are `<secret>:<id>:<text>`."""

    name, is_real = "strict", True

    def read(self, callback: Callback) -> Reading:
        parts = callback.body.decode().split(":")
        if parts[0] != "s3cret":
            raise Forged
        if len(parts) != 3:
            raise Unreadable("three parts")
        return Reading(incoming=(Incoming(parts[1], "o-1", callback.at, text=parts[2]),), reply=b"success")


@pytest.fixture
def account(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(accounts, "vendor", lambda account, **_: Strict())
    made = factory.account(cast.unit("HQ-CS"), key="strict", adapter="strict")
    factory.entrance(cast.unit("HQ-CS"), account=made, kind="wechat")
    return made


class TestCallback:
    def post(self, body: str, **extra: str) -> tuple[int, bytes]:
        answer = Client().post("/channels/in/strict/", body, content_type="text/xml", **extra)  # type: ignore[arg-type]
        return answer.status_code, answer.content

    def test_is_kept_before_it_is_answered_for(self, account: Account) -> None:
        for _ in range(3):
            assert self.post("s3cret:1:在吗") == (200, b"success")
        assert InboxItem.objects.count() == 1
        assert not Conversation.objects.exists()  # a worker's work

    def test_to_a_forger_nothing_is_there(self, account: Account) -> None:
        assert self.post("guess:1:在吗")[0] == 403
        assert Client().post("/channels/in/nobody/", "x", content_type="text/xml").status_code == 404
        assert not InboxItem.objects.exists()

    def test_what_cannot_be_read_is_kept_as_it_came(self, account: Account) -> None:
        assert self.post("s3cret:half")[0] == 400
        item = InboxItem.objects.get()
        assert (item.trouble, item.next_at) == ("three parts", None)

    def test_only_the_vendors_networks_may_knock(self, account: Account) -> None:
        Account.objects.update(networks=["10.1.0.0/16"])
        assert self.post("s3cret:1:在吗")[0] == 404
        assert self.post("s3cret:1:在吗", REMOTE_ADDR="10.1.2.3")[0] == 200


class TestOtherSystems:
    def send(self, cast: Cast, key: str, body: object, who: str = "hua") -> tuple[int, dict[str, object]]:
        token = issue_token(username=who, name="shop", days=1, by=None, now=timezone.now())
        answer = Client().post(
            f"/api/v1/entrances/{key}/messages", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    def test_hands_in_many_and_repeats_harmlessly(self, cast: Cast) -> None:
        door = factory.entrance(cast.unit("HQ-CS"), kind="api")
        body = [{"id": f"m{n}", "from": "u1", "text": "催一下", "waybill_no": "773123"} for n in range(3)]
        assert self.send(cast, door.key, body) == (202, {"kept": 3, "known": 0})
        assert self.send(cast, door.key, body[:1]) == (202, {"kept": 0, "known": 1})
        inbox.process_due(now=InboxItem.objects.latest("pk").next_at)  # type: ignore[arg-type]
        talk = Conversation.objects.get()
        assert (talk.waybill_no, talk.stage) == ("773123", "left_message")

    @pytest.mark.parametrize("who", ["lin", "qian"])
    def test_without_the_right_it_is_not_there(self, cast: Cast, who: str) -> None:
        door = factory.entrance(cast.unit("HQ-CS"), kind="api")
        assert self.send(cast, door.key, {"id": "1", "from": "u"}, who)[0] in (403, 404)

    def test_a_closed_entrance_says_so(self, cast: Cast) -> None:
        door = factory.entrance(cast.unit("HQ-CS"), is_active=False)
        assert self.send(cast, door.key, {"id": "1", "from": "u", "text": "在吗"})[0] == 422
        assert not InboxItem.objects.exists()


class TestEntrances:
    def test_a_carrier_starts_with_forty_one_over_eleven_kinds(self, cast: Cast) -> None:
        entrances.load_pack()
        assert Entrance.objects.count() == 41
        assert len(set(Entrance.objects.values_list("kind", flat=True))) == 11
        assert Entrance.objects.filter(is_active=True).count() == 20
        assert entrances.load_pack() == 0

    def test_is_looked_at_and_changed(self, cast: Cast, client: Client) -> None:
        entrances.load_pack()
        client.force_login(cast.hua)
        assert "官网在线客服" in client.get(reverse("channels:entrances")).content.decode()
        row = Entrance.objects.get(key="web-home")
        page = reverse("channels:entrance", args=[row.key])
        form = {"name": "官网客服", "account": row.account_id, "queue": row.queue_id, "calendar": "service",
                "scenarios": "催派送，丢失", "greeting": "您好呀", "is_active": "true"}  # fmt: skip
        seen = client.post(f"{page}?preview", form).content.decode()
        assert "您好呀" in seen
        assert Entrance.objects.get(key="web-home").name == "官网在线客服"
        assert client.post(page, form).status_code == 302
        row.refresh_from_db()
        assert (row.name, row.scenarios) == ("官网客服", ["催派送", "丢失"])

    def test_an_account_can_be_taken_off(self, cast: Cast, client: Client) -> None:
        entrances.load_pack()
        client.force_login(cast.hua)
        row = Entrance.objects.get(key="web-home")
        form = {"name": row.name, "account": "", "queue": row.queue_id}
        assert client.post(reverse("channels:entrance", args=[row.key]), form).status_code == 302
        row.refresh_from_db()
        assert (row.account, row.is_active) == (None, False)

    def test_whose_it_is_and_for_whom_is_chosen(self, cast: Cast, client: Client) -> None:
        entrances.load_pack()
        client.force_login(cast.hua)
        row, unit = Entrance.objects.get(key="web-home"), cast.unit("JS")
        form = {"name": row.name, "account": row.account_id, "queue": row.queue_id, "unit": unit.pk,
                "customer_class": "contract", "language": "en", "is_active": "true"}  # fmt: skip
        page = reverse("channels:entrance", args=[row.key])
        assert client.post(page, form | {"language": "xx"}).status_code == 404
        assert client.post(page, form).status_code == 302
        row.refresh_from_db()
        assert (row.unit, row.path, row.customer_class, row.language) == (unit, unit.path, "contract", "en")

    def test_two_do_not_wait_at_one_door(self, cast: Cast, client: Client) -> None:
        entrances.load_pack()
        client.force_login(cast.hua)
        first, second = Entrance.objects.get(key="web-home"), Entrance.objects.get(key="web-track")
        form = {"name": "x", "account": first.account_id, "queue": second.queue_id}
        answer = client.post(reverse("channels:entrance", args=[second.key]), form)
        assert answer.status_code == 422

    def test_who_may_only_look_changes_nothing(self, cast: Cast, client: Client) -> None:
        entrances.load_pack()
        client.force_login(cast.lin)
        page = reverse("channels:entrance", args=["web-home"])
        assert client.get(page).status_code in (200, 404)
        assert client.post(page, {"name": "x", "queue": 1}).status_code in (403, 404)


class TestEntrancesOverTheApi:
    def ask(self, person: Person, method: str, path: str, body: object = None) -> Any:
        token = issue_token(
            username=person.username, name=f"{method}{path}", days=1, by=None, now=timezone.now()
        )
        return getattr(Client(), method)(
            f"/api/v1{path}", json.dumps(body) if body is not None else None, content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def test_are_listed_added_changed_and_told_as_customers_see_them(self, cast: Cast) -> None:
        entrances.load_pack()
        rows = self.ask(cast.hua, "get", "/entrances").json()
        assert (len(rows), len({row["kind"] for row in rows})) == (41, 11)
        new = {"key": "web-sale", "kind": "web_chat", "name": "活动页", "unit": "HQ", "queue": "chat"}
        assert self.ask(cast.hua, "post", "/entrances", new).json()["is_active"] is False
        facts = {"is_active": True, "scenarios": ["活动"], "greeting": "您好呀", "unit": "JS", "hours": ""}
        told = self.ask(cast.hua, "patch", "/entrances/web-sale", facts).json()
        assert (told["unit"], told["hours"], told["name"]) == ("JS", None, "活动页")
        assert (told["seen"]["greeting"], told["seen"]["has_people"]) == ("您好呀", True)
        assert self.ask(cast.hua, "get", "/entrances/web-sale").json() | {"seen": told["seen"]} == told
        assert AuditEntry.objects.filter(verb="entrance.change", subject="web-sale").count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [{"queue": "none"}, {"account": "none"}, {"unit": "none"}, {"hours": "none"}, {"language": "xx"}],
    )
    def test_what_is_not_there_is_refused(self, cast: Cast, wrong: dict[str, str]) -> None:
        entrances.load_pack()
        assert self.ask(cast.hua, "patch", "/entrances/web-home", wrong).status_code == 404

    def test_strangers_neither_see_nor_change_them(self, cast: Cast) -> None:
        entrances.load_pack()
        for person in (cast.qian, cast.people["nobody"]):
            assert self.ask(person, "get", "/entrances/web-home").status_code in (403, 404)
            assert self.ask(person, "patch", "/entrances/web-home", {"name": "x"}).status_code in (403, 404)
            assert self.ask(person, "patch", "/queues/chat", {"rank": 1}).status_code in (403, 404)

    def test_all_of_them_take_no_statement_each(self, cast: Cast) -> None:
        entrances.load_pack()
        self.ask(cast.hua, "get", "/entrances")  # what the calendars say is remembered from here on
        with CaptureQueriesContext(connection) as asked:
            assert len(self.ask(cast.hua, "get", "/entrances").json()) == 41
        about = [row["sql"] for row in asked if "channels_" in row["sql"] or "calendar" in row["sql"]]
        assert len(about) == 1

    def test_queues_too(self, cast: Cast) -> None:
        entrances.load_pack()
        assert len(self.ask(cast.hua, "get", "/queues").json()) == 9
        told = self.ask(cast.hua, "patch", "/queues/chat", {"answer_within": 15, "formula": "f1"}).json()
        assert (told["answer_within"], told["formula"]) == (15, "f1")
        assert self.ask(cast.hua, "patch", "/queues/chat", {"is_active": False}).status_code == 422
        assert (
            self.ask(cast.hua, "post", "/queues", {"key": "night", "unit": "HQ", "name": "夜间"}).status_code
            == 201
        )
