"""What was said in a talk is found by those who may read it on the workbench, and by nobody else."""

import pytest

from huhang.channels.actions import talking
from huhang.channels.models import Conversation
from huhang.desk.queries import find
from tests.cast import NOON, Cast
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    entrance = factory.entrance(cast.unit("JS"), key="web")
    talk = factory.conversation(entrance, at=NOON)
    talking.customer_says(talk.no, text="门卫大爷把包裹放在菜鸟驿站三号架了", key="k1", now=NOON)
    talking.note(talk.no, text="这位客户电话 13800001234 要核对监控", by=cast.lin, key="k2", now=NOON)
    return talk


def found(cast: Cast, term: str, who: str = "lin") -> list[str]:
    return [
        hit["title"].split()[0] for hit in find(cast.people[who], term, now=NOON) if hit["kind"] == "会话"
    ]


@pytest.mark.parametrize("term", ["菜鸟驿站三号架", "门卫", "核对监控", "13800001234"])
def test_finds_a_talk_by_what_was_said(cast: Cast, talk: Conversation, term: str) -> None:
    assert found(cast, term) == [talk.no]


def test_finds_a_talk_by_its_number(cast: Cast, talk: Conversation) -> None:
    assert found(cast, talk.no) == found(cast, f"c{int(talk.no[1:])}") == [talk.no]


@pytest.mark.parametrize("who", ["qian", "nobody"])
@pytest.mark.parametrize("term", ["菜鸟驿站", "number"])
def test_who_may_not_read_it_finds_nothing(cast: Cast, talk: Conversation, who: str, term: str) -> None:
    assert found(cast, talk.no if term == "number" else term, who) == []


def test_shows_whose_words_they_are_and_no_phone(cast: Cast, talk: Conversation) -> None:
    [hit] = find(cast.lin, "核对监控", now=NOON)
    assert "内部备注：" in hit["line"]
    assert "<mark>核对监控</mark>" in hit["line"]
    assert "13800001234" not in hit["line"]
    assert hit["url"] == f"/desk/talk/#{talk.no}"


def test_words_of_the_house_are_not_what_people_look_for(cast: Cast, talk: Conversation) -> None:
    talking.close(talk.no, because="done", by=None, now=NOON)  # type: ignore[arg-type]
    assert found(cast, "感谢您的耐心") == []
