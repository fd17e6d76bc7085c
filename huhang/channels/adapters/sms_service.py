"""What SMS services that are asked by HTTP share: nothing is signed, pulled or attached, and they call back."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, Post, Report, Shelf
from huhang.channels.rules.incoming import Incoming, Pulled, Reading
from huhang.channels.rules.matter import Media
from huhang.channels.rules.sms import believe, each, posted
from huhang.channels.rules.wire import Ask, Callback, NotReached, Said, Wire, WireAway


def _now() -> datetime:
    return datetime.now(UTC)


class SmsService:
    """One account at such a service; each says how a letter is sent and what stands in its callbacks."""

    is_real = True
    default_name: ClassVar[str]
    default_endpoint: ClassVar[str]

    def __init__(
        self, settings: Mapping[str, str], wire: Wire, shelf: Shelf, *, now: Callable[[], datetime] = _now
    ) -> None:
        self.name = settings.get("name") or self.default_name
        self._settings, self._wire, self._now = settings, wire, now
        self._endpoint = settings.get("endpoint") or self.default_endpoint

    def send(self, letter: Letter, *, again: bool) -> str:
        """See `Gateway`."""
        try:
            return self._send(letter, again)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise GatewayAway(f"答复无法读懂：{error}"[:200]) from error

    def read(self, callback: Callback) -> Reading:
        """See `Vendor`. Nothing is signed: a secret in the address shows that the caller is theirs."""
        believe(callback, self._settings.get("callback_secret", ""))
        return self._read(callback)

    def collect(self) -> Iterator[Post]:
        """Nothing waits: they call back."""
        return iter(())

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """Nothing to pull."""
        return Pulled((), cursor, has_more=False)

    def fetch(self, ref: str) -> Media:
        """SMS holds no media."""
        raise GatewayRefused("短信不含附件")

    def _send(self, letter: Letter, again: bool) -> str:
        raise NotImplementedError

    def _read(self, callback: Callback) -> Reading:
        raise NotImplementedError

    def _template(self, letter: Letter) -> str:
        template = letter.extra.get("template") or self._settings.get("template", "")
        if not template:
            raise GatewayRefused("没有配置短信模板")
        return template

    def _sign(self, letter: Letter) -> str:
        return letter.extra.get("sign") or self._settings.get("sign_name", "")

    def _over_the_wire(self, ask: Ask) -> Said:
        try:
            return self._wire(ask)
        except NotReached as away:
            raise NotTaken(str(away)) from away
        except WireAway as away:
            raise GatewayAway(str(away)) from away


def asked_back(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Ask what became of a letter: where the question was not taken, we know of the letter as little as before."""
    try:
        return ask()
    except NotTaken as away:
        raise GatewayAway(str(away)) from away


def read_posted(callback: Callback, fact: Callable[..., Incoming | Report], *, taken: bytes) -> Reading:
    """Receipts and replies of one callback, row by row; `taken` is what they want to hear. Raises Unreadable."""
    facts = each(posted(callback.body), partial(fact, now=callback.at))
    return Reading(
        incoming=tuple(fact for fact in facts if isinstance(fact, Incoming)),
        reports=tuple(fact for fact in facts if isinstance(fact, Report)),
        reply=taken,
        content_type="application/json; charset=utf-8",
    )
