"""Nothing leaves that a vendor would refuse for its count, and whoever wrote it reads why."""

import random
from datetime import timedelta

import pytest

from huhang.channels.actions import hearing, outgoing
from huhang.channels.models import Account, Conversation, Outgoing, Quota
from huhang.channels.rules import quotas
from huhang.channels.rules.gateway import GatewayAway, Letter, NotTaken, WindowClosed
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Sort
from huhang.channels.rules.outgoing import State
from huhang.channels.rules.quotas import Closed
from tests.cast import Cast
from tests.channels.vendors import Scripted, answers, at, wechat, writes

pytestmark = pytest.mark.django_db


def states() -> list[tuple[str, str]]:
    return list(Outgoing.objects.order_by("pk").values_list("state", "reason"))


class TestCounting:
    def test_five_leave_and_the_sixth_says_why(self, cast: Cast) -> None:
        talk, gateway = writes(wechat(cast), 1).conversation, Scripted()
        for number in range(6):
            answers(talk, f"答 {number}", cast.lin)
        outgoing.deliver_due(now=at(2), by=gateway)
        assert gateway.sent == [f"答 {number}" for number in range(5)]
        assert states()[-1] == (State.FAILED, Closed.USED_UP)

    def test_a_word_of_theirs_opens_five_again(self, cast: Cast) -> None:
        account = wechat(cast)
        talk, gateway = writes(account, 1).conversation, Scripted()
        for number in range(5):
            answers(talk, f"答 {number}", cast.lin)
        outgoing.deliver_due(now=at(2), by=gateway)
        writes(account, 2, seconds=3)
        answers(talk, "答 5", cast.lin, seconds=4)
        outgoing.deliver_due(now=at(5), by=gateway)
        assert len(gateway.sent) == 6
        assert Quota.objects.get().left == 4

    def test_a_word_told_late_opens_less_what_left_meanwhile(self, cast: Cast) -> None:
        account = wechat(cast)
        talk = writes(account, 1).conversation
        for number in range(3):
            answers(talk, f"答 {number}", cast.lin)
        outgoing.deliver_due(now=at(10), by=Scripted())
        late = Incoming("m-2", "o-1", at(5), text="在吗")
        hearing.hear(account, late, now=at(20))
        assert Quota.objects.get().left == 2

    def test_after_two_days_nothing_leaves(self, cast: Cast) -> None:
        answers(writes(wechat(cast), 1).conversation, "晚了", cast.lin)
        gateway = Scripted()
        outgoing.deliver_due(now=at(timedelta(hours=48).total_seconds()), by=gateway)
        assert (gateway.sent, states()) == ([], [(State.FAILED, Closed.TOO_LATE)])

    def test_long_words_count_as_often_as_they_are_cut(self, cast: Cast) -> None:
        talk = writes(wechat(cast), 1).conversation
        answers(talk, "长" * 2000, cast.lin)
        answers(talk, "再长" * 1000, cast.lin)
        outgoing.deliver_due(now=at(2), by=Scripted())
        assert states() == [(State.SENT, ""), (State.FAILED, Closed.TOO_MUCH)]
        assert Quota.objects.get().left == 2

    def test_an_attempt_that_is_repeated_is_counted_once(self, cast: Cast) -> None:
        answers(writes(wechat(cast), 1).conversation, "好", cast.lin)
        gateway = Scripted(NotTaken("busy"), GatewayAway("?"))
        for hour in range(3):
            outgoing.deliver_due(now=at(3600 * hour + 2), by=gateway)
        assert (gateway.sent, Quota.objects.get().left) == (["好"], 4)

    def test_the_vendors_no_shuts_whatever_we_counted(self, cast: Cast) -> None:
        talk = writes(wechat(cast), 1).conversation
        answers(talk, "一", cast.lin)
        answers(talk, "二", cast.lin)
        gateway = Scripted(WindowClosed(Closed.NOT_FOLLOWING))
        outgoing.deliver_due(now=at(2), by=gateway)
        assert gateway.sent == []
        assert states() == [(State.FAILED, Closed.NOT_FOLLOWING), (State.FAILED, Closed.USED_UP)]

    def test_who_unfollows_is_not_written_to(self, cast: Cast) -> None:
        account = wechat(cast)
        talk = writes(account, 1).conversation
        gone = Incoming("e-1", "o-1", at(1), sort=Sort.EVENT, event="unsubscribe")
        hearing.hear(account, gone, now=at(1))
        answers(talk, "好", cast.lin)
        gateway = Scripted()
        outgoing.deliver_due(now=at(2), by=gateway)
        assert gateway.sent == []

    def test_where_nobody_counts_everything_leaves(self, cast: Cast) -> None:
        talk, gateway = writes(wechat(cast, adapter="mail"), 1).conversation, Scripted()
        for number in range(9):
            answers(talk, f"答 {number}", cast.lin)
        outgoing.deliver_due(now=at(2), by=gateway)
        assert len(gateway.sent) == 9


class TestOrder:
    def test_an_account_that_is_switched_off_sends_nothing(self, cast: Cast) -> None:
        answers(writes(wechat(cast), 1).conversation, "好", cast.lin)
        Account.objects.update(is_active=False)
        gateway = Scripted()
        outgoing.deliver_due(now=at(2), by=gateway)
        assert (gateway.sent, states()) == ([], [(State.FAILED, outgoing.ASLEEP)])

    def test_words_to_one_customer_leave_in_the_order_in_which_they_were_said(self, cast: Cast) -> None:
        talk, gateway = writes(wechat(cast), 1).conversation, Scripted(NotTaken("busy"))
        for number in range(3):
            answers(talk, f"答 {number}", cast.lin)
        outgoing.deliver_due(now=at(2), by=gateway)
        assert gateway.sent == []
        outgoing.deliver_due(now=at(62), by=gateway)
        assert gateway.sent == ["答 0", "答 1", "答 2"]

    def test_an_account_that_is_away_is_said_to_be_until_it_answers(self, cast: Cast) -> None:
        account = wechat(cast)
        answers(writes(account, 1).conversation, "好", cast.lin)
        gateway = Scripted(NotTaken("40164 invalid ip"))
        outgoing.deliver_due(now=at(2), by=gateway)
        account.refresh_from_db()
        assert (account.away_since, account.away_because) == (at(2), "40164 invalid ip")
        outgoing.deliver_due(now=at(62), by=gateway)
        account.refresh_from_db()
        assert account.away_since is None


class Counting(Scripted):
    """Counts as WeChat does: five after each word, within 48 hours, whatever it was told of repeats."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.refused = 0, 0

    def send(self, letter: Letter, *, again: bool) -> str:
        if not self.left:
            self.refused += 1
            raise WindowClosed(Closed.USED_UP)
        self.left -= 1
        return super().send(letter, again=again)


@pytest.mark.parametrize("seed", range(5))
def test_the_vendor_never_has_to_refuse(cast: Cast, seed: int) -> None:
    account, gateway, chance = wechat(cast), Counting(), random.Random(seed)
    told: list[tuple[int, float]] = []
    talk: Conversation = writes(account, 0).conversation
    gateway.left = 5
    for step in range(1, 40):
        match chance.choice(["write", "say", "say", "deliver", "hear"]):
            case "write":  # the vendor knows at once, we only when it is told
                gateway.left = 5
                told.append((step, step * 10.0))
            case "say":
                answers(talk, f"答 {step}", cast.lin, seconds=step * 10)
            case "deliver":
                outgoing.deliver_due(now=at(step * 10), by=gateway)
            case "hear" if told:
                number, seconds = told.pop(chance.randrange(len(told)))
                fact = Incoming(f"m-{number}", "o-1", at(seconds), text="在吗")
                hearing.hear(account, fact, now=at(step * 10))
                hearing.hear(account, fact, now=at(step * 10))
    outgoing.deliver_due(now=at(500), by=gateway)
    assert gateway.refused == 0


def test_each_account_is_counted_by_its_own_vendor() -> None:
    assert quotas.kind_of("wechat") == "wechat"
    assert quotas.kind_of("mail") is None
    assert quotas.kind_of("") is None


def test_only_accounts_of_limited_vendors_get_rows(cast: Cast) -> None:
    account: Account = wechat(cast, adapter="")
    writes(account, 1)
    assert not Quota.objects.exists()
