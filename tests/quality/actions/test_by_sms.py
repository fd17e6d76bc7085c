"""A survey that was asked by SMS is answered by a digit; everything else that comes by SMS goes its usual way."""

import json
from datetime import timedelta

import pytest

from huhang.channels.actions import hearing, inbox, receiving
from huhang.channels.models import Account, Conversation, Inbound, InboxItem
from huhang.channels.rules.gateway import Answer
from huhang.channels.rules.wire import Callback
from huhang.metrics.models import Tally
from huhang.quality.actions import answering
from huhang.quality.models import Survey
from tests.cast import NOON, Cast
from tests.factories import channels
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NUMBER = "13800001234"


@pytest.fixture
def account(cast: Cast) -> Account:
    return channels.account(cast.unit("HQ"), adapter="aliyun_sms", secrets={"callback_secret": "s"})


def a_survey(account: Account, *, at=NOON, **facts) -> Survey:
    """One that left by this account at noon."""
    letter = channels.outgoing(
        account.unit, at=at, number=NUMBER, state="sent", next_at=None, gateway=account.key
    )
    given = {"sort": "call", "number": NUMBER, "outgoing": letter}
    return make.survey(account.unit, at=at, **(given | facts))


@pytest.fixture
def asked(account: Account) -> Survey:
    return a_survey(account)


def say(
    account: Account, text: str, *, sequence: int = 7, now=NOON + MINUTE, number: str = NUMBER, times: int = 1
):
    row = {"phone_number": number, "content": text, "sequence_id": sequence, "dest_code": "1"}
    for _ in range(times):
        inbox.called_back(account, Callback("POST", {"s": "s"}, {}, json.dumps([row]).encode(), now))


def a_talk(account: Account) -> Conversation:
    entrance = channels.entrance(account.unit, account=account)
    return hearing.open_conversation(entrance, hearing.known_address(account, NUMBER, now=NOON), at=NOON)


def heard() -> tuple[int, int]:
    """How many replies were answers, and how many are words to us."""
    return Inbound.objects.filter(taken_as="survey").count(), InboxItem.objects.count()


# What was said, and the score that it is; none where it is a word to us.
REPLIES = [
    ("5", 5, "a digit"),
    (" ５。", 5, "as telephones write it"),
    ("1，没人联系我", 1, "with words behind a mark"),
    ("0", None, "no such answer"),
    ("6", None, "nor this"),
    ("9", None, "nor this"),
    ("5天了还没到", None, "a complaint that begins with a digit"),
    ("1，2，3", None, "no single answer"),
    ("满意", None, "words alone"),
]


class TestReply:
    @pytest.mark.parametrize(("text", "score", "why"), REPLIES, ids=[row[2] for row in REPLIES])
    def test_is_an_answer_where_it_is_a_lone_digit(self, account, asked, text, score, why):
        say(account, text)
        asked.refresh_from_db()
        assert (asked.score, heard()) == (score, (1, 0) if score else (0, 1)), why
        if "没人" in text:
            assert asked.words == "没人联系我"

    def test_told_three_times_counts_once(self, account, asked):
        say(account, "5", times=3)
        answering.settle_due(now=NOON + 6 * MINUTE)
        say(account, "5", now=NOON + 7 * MINUTE)  # and once more when it stands already
        assert heard() == (1, 0)
        assert Tally.objects.get(measure="quality.survey.answered").amount == 1

    def test_changes_an_answer_until_it_stands_and_is_a_word_to_us_afterwards(self, account, asked):
        say(account, "5")
        say(account, "1", sequence=8, now=NOON + 2 * MINUTE)
        say(account, "5", sequence=9, now=NOON + 6 * MINUTE)
        asked.refresh_from_db()
        assert (asked.score, heard()) == (1, (2, 1))

    def test_long_after_the_question_is_a_word_to_us(self, account, asked):
        say(account, "5", now=NOON + timedelta(days=8))
        asked.refresh_from_db()
        assert (asked.score, heard()) == (None, (0, 1))

    def test_said_before_the_question_answers_nothing(self, account):
        a_survey(account, at=NOON + timedelta(hours=1))
        say(account, "5")
        assert heard() == (0, 1)

    def test_that_was_a_word_to_us_stays_one_when_it_is_told_again(self, account):
        say(account, "5")
        survey = a_survey(account)
        say(account, "5")
        survey.refresh_from_db()
        assert (survey.score, heard()) == (None, (0, 1))

    def test_of_another_number_answers_nothing(self, account, asked):
        say(account, "5", number="13900000000")
        asked.refresh_from_db()
        assert (asked.score, heard()) == (None, (0, 1))

    def test_by_another_account_answers_nothing(self, account, asked, cast):
        say(channels.account(cast.unit("HQ"), adapter="aliyun_sms", secrets={"callback_secret": "s"}), "5")
        assert heard() == (0, 1)

    def test_to_whoever_has_written_since_is_theirs(self, account, asked):
        talk = a_talk(account)
        talk.agent_spoke_at = NOON + MINUTE / 2
        talk.save()
        say(account, "2")
        assert heard() == (0, 1)

    def test_answers_what_was_asked_in_a_talk_by_sms(self, account):
        talk = a_talk(account)
        survey = make.survey(account.unit, at=NOON, sort="talk", way="chat")
        make.touch(account.unit, at=NOON, sort="talk", conversation=talk, survey=survey)
        say(account, "4")
        survey.refresh_from_db()
        assert (survey.score, heard()) == (4, (1, 0))

    def test_by_the_house_s_own_gateway_is_one_as_well(self, account):
        survey = a_survey(account)
        receiving.take(
            account.key, answers=[Answer("mo-1", f"+86{NUMBER}", "2", NOON + MINUTE)], now=NOON + MINUTE
        )
        survey.refresh_from_db()
        assert (survey.score, heard()) == (2, (1, 0))
