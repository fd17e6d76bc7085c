"""A vendor that does as the scene wants, and a talk with somebody there."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from huhang.channels.actions import hearing, talking
from huhang.channels.models import Account, Conversation, Message
from huhang.channels.rules.gateway import Letter, Post
from huhang.channels.rules.incoming import Incoming, Pulled, Reading
from huhang.channels.rules.matter import Media
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import channels as factory


class Scripted:
    """Sends, or raises what comes next; fetches what `file` makes."""

    name, is_real = "scripted", True

    def __init__(self, *troubles: Exception | None, file: Callable[[str], Media] | None = None) -> None:
        self.troubles, self.sent, self.file = list(troubles), list[str](), file

    def send(self, letter: Letter, *, again: bool) -> str:
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        self.sent.append(letter.text)
        return f"v-{letter.key}"[:100]

    def fetch(self, ref: str) -> Media:
        assert self.file is not None
        return self.file(ref)

    def read(self, callback: object) -> Reading:
        return Reading()

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        return Pulled((), cursor, has_more=False)

    def collect(self) -> Iterator[Post]:
        return iter(())


def wechat(cast: Cast, **facts: object) -> Account:
    """An official account with an entrance."""
    unit = cast.unit("HQ-CS")
    account = factory.account(unit, **{"adapter": "wechat", **facts})
    factory.entrance(unit, kind="wechat", account=account)
    return account


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def writes(account: Account, number: int, *, seconds: float = 0, **facts: object) -> Message:
    """The customer writes; a moment later it is made something of."""
    told = Incoming(f"m-{number}", "o-1", at(seconds), text=f"第 {number} 句", **facts)  # type: ignore[arg-type]
    message = hearing.hear(account, told, now=at(seconds))
    assert message is not None
    return message


def answers(talk: Conversation, text: str, by: Person, *, seconds: float = 1) -> Message:
    """The agent answers, having taken the talk if nobody had it."""
    talking.take(talk.no, by=by, now=at(seconds))
    return talking.say(talk.no, text=text, by=by, key=f"k-{text[:40]}", now=at(seconds))
