"""Real chats through both doors: the same words in the same order on either side, whatever people write."""

from typing import Any

import pytest
from django.test import Client

from bench.chat_replay import Session, read, responses
from bench.chatters import SEQ
from huhang.channels.actions import talking
from huhang.channels.models import Message
from tests import data
from tests.cast import NOON, Cast
from tests.factories import channels as factory

EVERY = 40  # of so many chats one: all of them are lived again by `python -m bench chat_replay`


def sessions() -> list[Session]:
    return read(data.shared("jddc_chats") / "chat.tsv.gz")


def test_the_plan_is_the_same_each_time_and_everybody_waits_for_an_answer() -> None:
    plan = sessions()
    assert (len(plan), sum(len(one.lines) for one in plan)) == (497, 6037)
    assert [one.lines for one in plan] == [one.lines for one in sessions()]
    waits = [wait for one in plan for wait in responses([(line.is_agent, line.at) for line in one.lines])]
    assert len(waits) > 2500
    assert min(waits) > 1


@pytest.mark.django_db
def test_every_word_arrives_as_it_was_written(cast: Cast) -> None:
    factory.entrance(cast.unit("HQ-CS"), key="web")
    agent = Client()
    agent.force_login(cast.lin)
    for session in sessions()[::EVERY]:
        visitor = Client()
        told = visitor.post("/c/web/begin").json()
        no, headers = told["no"], {"X-Visitor": told["secret"]}
        visitor.post("/c/web/human", {"no": no}, headers=headers)
        talking.take_over(no, by=cast.lin, now=NOON)
        for number, line in enumerate(session.lines):
            said: dict[str, Any] = {"key": f"{no}-{number:04d}", "text": line.text}
            if line.is_agent:
                answer = agent.post(f"/desk/talk/{no}/say/", said)
            else:
                answer = visitor.post("/c/web/say", {"no": no, **said}, headers=headers)
            assert answer.status_code == 200, (line.text, answer.content.decode())
        page = visitor.get("/c/web/news", {"no": no}, headers=headers).json()["messages"]
        words = [(one["side"] == "agent", one["text"]) for one in page if one["side"] != "house"]
        assert words == [(line.is_agent, line.text) for line in session.lines]
        items = agent.get(f"/desk/talk/{no}/words/").json()["items"]
        stored = Message.objects.filter(conversation__no=no).order_by("seq").values_list("seq", "key")
        assert [(int(seq), key) for seq, key in SEQ.findall(items)] == list(stored)
