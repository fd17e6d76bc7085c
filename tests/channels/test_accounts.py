"""Accounts as people keep them: told once, never read back; heard or not; what could not be used is tried again."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from huhang.channels.actions import accounts, comparing, inbox, setups
from huhang.channels.models import Account, InboxItem, Message, Notice, PullCursor, SharedToken
from huhang.channels.rules.gateway import GatewayAway
from huhang.channels.rules.incoming import Incoming, Pulled, Reading
from huhang.channels.rules.wire import Ask, Callback, Said
from huhang.channels.tasks import channels_are_heard, nothing_lies_in_the_inbox
from huhang.kit.models import AuditEntry
from tests.cast import NOON, Cast
from tests.channels.vendors import Scripted, at
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
SECRET = "very-secret-words"
TOLD = {
    "name": "公众号",
    "set-app_id": "wx1",
    "set-app_secret": SECRET,
    "set-token": "tok-en",
    "is_active": "true",
}


@pytest.fixture
def account(cast: Cast) -> Account:
    return factory.account(cast.unit("HQ"), key="wx-main", adapter="wechat", name="公众号", is_active=False)


@pytest.fixture
def keeper(cast: Cast, client: Client) -> Client:
    client.force_login(cast.hua)
    return client


def page(name: str = "account", *args: object) -> str:
    return reverse(f"channels:{name}", args=args or ["wx-main"])


class TestKeeping:
    def test_is_added_asleep_and_asks_for_what_it_needs(self, cast: Cast, keeper: Client) -> None:
        form = {"name": "客服号", "key": "wx-2", "adapter": "wechat", "unit": cast.unit("HQ").pk}
        assert keeper.get(reverse("channels:account_add")).status_code == 200
        answer = keeper.post(reverse("channels:account_add"), form)
        assert answer["HX-Redirect"] == reverse("channels:account", args=["wx-2"])
        assert keeper.post(reverse("channels:account_add"), form).status_code == 422
        assert keeper.post(reverse("channels:account_add"), {**form, "key": "stuck"}).status_code == 422
        assert not Account.objects.get(key="wx-2").is_active
        assert "AppSecret" in keeper.get(reverse("channels:account", args=["wx-2"])).content.decode()
        assert "设置不全" in keeper.get(reverse("channels:accounts")).content.decode()

    def test_a_secret_is_written_and_never_shown(self, account: Account, keeper: Client) -> None:
        assert keeper.post(page(), TOLD).status_code == 302
        account.refresh_from_db()
        assert (account.secrets["app_secret"], account.settings) == (SECRET, {"app_id": "wx1"})
        shown = keeper.get(page()).content.decode()
        assert "已设置" in shown
        assert SECRET not in shown
        record = AuditEntry.objects.get(verb="account.change")
        assert SECRET not in json.dumps([record.before, record.after])
        assert record.after["app_secret"] == setups.CHANGED  # type: ignore[index]

    def test_an_empty_secret_stays_as_it_was(self, account: Account, keeper: Client) -> None:
        keeper.post(page(), TOLD)
        factory.shared_token(account, until=at(9999))
        keeper.post(page(), {**TOLD, "set-app_secret": "", "set-token": ""})
        account.refresh_from_db()
        assert account.secrets == {"app_secret": SECRET, "token": "tok-en"}
        assert SharedToken.objects.exists()

    def test_a_new_secret_ends_the_old_token(self, account: Account, keeper: Client) -> None:
        keeper.post(page(), TOLD)
        factory.shared_token(account, until=at(9999))
        keeper.post(page(), {**TOLD, "set-app_secret": "another"})
        assert not SharedToken.objects.exists()

    def test_what_else_stands_there_stays(self, account: Account, keeper: Client) -> None:
        Account.objects.update(settings={"base_url": "http://proxy", "app_id": "old"})
        keeper.post(page(), {**TOLD, "set-base_url": "http://evil"})
        account.refresh_from_db()
        assert account.settings == {"base_url": "http://proxy", "app_id": "wx1"}

    def test_a_page_for_what_is_not_let_through_is_chosen_and_taken_back(
        self, cast: Cast, account: Account, keeper: Client
    ) -> None:
        page_of_ours = factory.entrance(cast.unit("HQ"), kind="h5")
        keeper.post(page(), {**TOLD, "fallback": page_of_ours.pk})
        account.refresh_from_db()
        assert account.fallback == page_of_ours
        keeper.post(page(), {**TOLD, "fallback": ""})
        assert not Account.objects.filter(fallback__isnull=False).exists()
        others = factory.entrance(cast.unit("HQ"), account=factory.account(cast.unit("HQ"), adapter="wechat"))
        assert keeper.post(page(), {**TOLD, "fallback": others.pk}).status_code == 404

    def test_without_what_it_needs_it_does_not_wake(self, account: Account, keeper: Client) -> None:
        assert keeper.post(page(), {"name": "x", "is_active": "true"}).status_code == 422
        account.refresh_from_db()
        assert not account.is_active

    def test_networks_that_nobody_can_read_are_refused(self, account: Account, keeper: Client) -> None:
        assert keeper.post(page(), {**TOLD, "networks": "10.0.0.0/33"}).status_code == 422
        assert keeper.post(page(), {**TOLD, "networks": "10.1.2.3/8"}).status_code == 302
        account.refresh_from_db()
        assert account.networks == ["10.0.0.0/8"]

    @pytest.mark.parametrize("who", ["lin", "qian"])
    def test_who_may_only_look_changes_nothing(
        self, cast: Cast, account: Account, client: Client, who: str
    ) -> None:
        client.force_login(getattr(cast, who))
        assert client.post(page(), TOLD).status_code in (403, 404)
        assert client.post(page("account_try", "wx-main")).status_code in (403, 404)
        assert client.get(reverse("channels:account_add")).status_code in (403, 404)
        account.refresh_from_db()
        assert account.secrets == {}

    def test_every_sort_says_what_it_must_be_told(self) -> None:
        assert set(accounts.ADAPTERS) <= set(setups.setups())
        for setup in setups.setups().values():
            names = [field.name for field in setup.fields]
            assert len(names) == len(set(names))
            assert setup.secret_in_address in ("", *names)


class TestTrying:
    def says(self, monkeypatch: pytest.MonkeyPatch, body: object) -> None:
        def ask(_ask: Ask) -> Said:
            return Said(200, {}, json.dumps(body).encode())

        monkeypatch.setattr("huhang.channels.adapters.web_wire.ask", ask)

    def test_a_vendor_that_knows_us(
        self, account: Account, keeper: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Account.objects.update(away_since=NOON, away_because="x")
        self.says(monkeypatch, {"access_token": "t", "expires_in": 7200})
        assert "连接正常" in keeper.post(page("account_try", "wx-main")).content.decode()
        account.refresh_from_db()
        assert account.away_since is None

    def test_a_vendor_that_does_not(
        self, account: Account, keeper: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.says(monkeypatch, {"errcode": 40125, "errmsg": "invalid appsecret"})
        assert "invalid appsecret" in keeper.post(page("account_try", "wx-main")).content.decode()
        account.refresh_from_db()
        assert "40125" in account.away_because


class Paged(Scripted):
    """One page waits; a callback that should have told of it never came."""

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        if cursor:
            return Pulled((), cursor, has_more=False)
        facts = tuple(Incoming(f"p-{n}", "o-1", NOON, text="在吗") for n in range(3))
        return Pulled(facts, "c-1", has_more=False)


class Gone(Scripted):
    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        raise GatewayAway("no route")


class TestComparing:
    @pytest.fixture
    def wecom(self, cast: Cast) -> Account:
        return factory.account(cast.unit("HQ"), adapter="wecom", settings={"open_kfid": "kf-1"})

    def test_what_no_callback_told_is_found_within_the_hour(self, wecom: Account) -> None:
        assert comparing.compare_due(now=at(3600)) == 1
        assert comparing.compare_due(now=at(3660)) == 0
        assert inbox.pull_due(now=at(3660), by=Paged()) == 3
        wecom.refresh_from_db()
        assert (wecom.compared_at, wecom.found_missing) == (at(3600), 3)
        assert PullCursor.objects.get().pull_at is None
        [alarm] = Notice.objects.filter(kind="channels.missing")
        assert (alarm.path, "3" in alarm.body) == (wecom.path, True)
        assert comparing.missed_lately(now=at(3700)) == [alarm.title]
        assert comparing.missed_lately(now=at(3600 * 26)) == []
        comparing.compare_due(now=at(7300))
        assert inbox.pull_due(now=at(7301), by=Paged()) == 0

    def test_what_a_callback_told_was_not_missing(self, wecom: Account) -> None:
        ring = Scripted()
        ring.read = lambda callback: Reading(pull_door="kf-1", pull_token="t")  # type: ignore[method-assign]
        inbox.called_back(wecom, Callback("POST", {}, {}, b"", at(3600)), by=ring)
        inbox.pull_due(now=at(3601), by=Paged())
        wecom.refresh_from_db()
        assert wecom.found_missing == 0
        assert not Notice.objects.exists()

    def test_a_vendor_that_is_away_is_said_to_be(self, wecom: Account) -> None:
        comparing.compare_due(now=at(0))
        inbox.pull_due(now=at(1), by=Gone())
        wecom.refresh_from_db()
        assert wecom.away_because == "no route"
        inbox.pull_due(now=at(1) + inbox.LEASE, by=Paged())
        wecom.refresh_from_db()
        assert wecom.away_since is None


class TestSilence:
    def test_a_channel_that_goes_quiet_is_told_of_once(self, cast: Cast) -> None:
        account = factory.account(cast.unit("HQ"), adapter="wechat", name="公众号")
        for day in range(1, 8):
            for minute in range(0, 120, 3):
                factory.inbox_item(account, at=NOON - timedelta(days=day) + timedelta(minutes=minute))
        factory.inbox_item(account, at=NOON)
        assert comparing.watch(now=NOON + timedelta(minutes=15)) == 0
        for minute in (45, 50, 55):
            assert comparing.watch(now=NOON + timedelta(minutes=minute)) == 1
        account.refresh_from_db()
        assert account.silent_since == NOON
        assert Notice.objects.get(kind=comparing.KIND).path == account.path
        assert any("公众号" in finding.sentence for finding in channels_are_heard())
        factory.inbox_item(account, at=NOON + timedelta(minutes=56))
        comparing.watch(now=NOON + timedelta(minutes=57))
        account.refresh_from_db()
        assert account.silent_since is None

    def test_who_was_never_heard_is_not_missed(self, cast: Cast) -> None:
        factory.account(cast.unit("HQ"), adapter="wechat")
        assert comparing.watch(now=NOON) == 0


class TestStuck:
    def test_is_shown_with_why_and_tried_again(self, cast: Cast, keeper: Client) -> None:
        account = factory.account(cast.unit("HQ"))
        item = factory.inbox_item(account, at=NOON)
        inbox.process_due(now=NOON)
        assert not nothing_lies_in_the_inbox().is_well
        shown = keeper.get(reverse("channels:stuck")).content.decode()
        assert "入口" in shown
        factory.entrance(cast.unit("HQ"), account=account)
        assert keeper.post(reverse("channels:stuck_again", args=[item.pk])).status_code == 204
        item.refresh_from_db()
        assert item.next_at is not None
        inbox.process_due(now=item.next_at)
        assert Message.objects.filter(text="在吗").exists()
        assert nothing_lies_in_the_inbox().is_well

    def test_what_could_not_be_read_is_read_anew(self, cast: Cast, keeper: Client) -> None:
        secrets = {"app_secret": "s", "token": "t", "aes_key": "short"}
        account = factory.account(cast.unit("HQ"), adapter="wechat", secrets=secrets)
        inbox.keep_unreadable(account, Callback("POST", {}, {}, b"<xml>", NOON), "no key")
        item = InboxItem.objects.get()
        assert "无法识别" in keeper.get(reverse("channels:stuck")).content.decode()
        assert keeper.post(reverse("channels:stuck_again", args=[item.pk])).status_code == 422
        reader = Scripted()
        reader.read = lambda callback: Reading((Incoming("m-1", "o-1", NOON, text="好"),))  # type: ignore[method-assign]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(accounts, "vendor", lambda account: reader)
            assert keeper.post(reverse("channels:stuck_again", args=[item.pk])).status_code == 204
        item.refresh_from_db()
        assert item.taken_at is not None
        assert InboxItem.objects.filter(external_id="m-1").exists()

    def test_another_units_is_not_there(self, cast: Cast, client: Client) -> None:
        item = factory.inbox_item(factory.account(cast.unit("HQ")), at=NOON)
        client.force_login(cast.qian)
        assert client.post(reverse("channels:stuck_again", args=[item.pk])).status_code in (403, 404)


class TestTelephones:
    def test_say_who_sits_there_on_the_record(self, cast: Cast, keeper: Client) -> None:
        switch = factory.account(cast.unit("HQ"), key="pbx", adapter="esl")
        told = keeper.post(page("telephone", "pbx"), {"extension": "1001", "person": cast.lin.username})
        assert str(cast.lin) in told.content.decode()
        assert switch.extensions.get().person == cast.lin
        assert "1001" in keeper.get(page("account", "pbx")).content.decode()
        keeper.post(page("telephone", "pbx"), {"extension": "1001"})
        assert not switch.extensions.exists()
        record = AuditEntry.objects.filter(verb="account.telephone").order_by("pk")
        assert [(entry.after or {})["telephone"] for entry in record] == [f"1001 {cast.lin.username}", "1001"]

    def test_a_stranger_sits_nowhere(self, cast: Cast, keeper: Client, client: Client) -> None:
        factory.account(cast.unit("HQ"), key="pbx", adapter="esl")
        answer = keeper.post(page("telephone", "pbx"), {"extension": "1001", "person": "nobody-here"})
        assert answer.status_code == 422 and "没有这个登录名" in answer.content.decode()
        client.force_login(cast.lin)
        assert client.post(page("telephone", "pbx"), {"extension": "1", "person": "x"}).status_code == 403

    def test_only_switches_have_any(self, account: Account, keeper: Client) -> None:
        assert "谁坐哪台电话" not in keeper.get(page()).content.decode()
