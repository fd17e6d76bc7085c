"""Visitors at the chat and agents at the workbench, as their pages behave, many of each in one process.

Each side hears by its event stream that something is new, and asks for it after the last number that it has. What it
sends has a name of its own and is sent again until it is acknowledged.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.wire import Ears, Http, Refused

SEQ = re.compile(r'data-seq="(\d+)"[^>]*data-key="([^"]*)"')
AGAIN_AFTER = 0.3


@dataclass
class Place:
    """Where to find the installation."""

    web: Http
    push: int
    entrance: str = "web-home"


@dataclass
class Side:
    """One page: what it has seen, by number, and when; when it heard that something is new."""

    place: Place
    shown: dict[int, float] = field(default_factory=dict)
    heard: list[float] = field(default_factory=list)
    last: int = 0
    attempts: int = 0
    told: Callable[[int], None] = lambda _: None
    _asking: bool = False
    _again: bool = False
    # Announcements of what this page did itself: it need not ask for those. What is heard while something is on its
    # way waits for the answer.
    _own: set[int] = field(default_factory=set)
    _held: list[int] = field(default_factory=list)
    _sending: int = 0

    async def news(self) -> None:
        """One question at a time; whoever asks meanwhile is answered by one more."""
        self._again = True
        if self._asking:
            return
        self._asking = True
        try:
            while self._again:
                self._again = False
                try:
                    numbers = await self.fetch()
                except (OSError, EOFError, Refused):
                    await asyncio.sleep(AGAIN_AFTER)
                    self._again = True
                    continue
                self.show(numbers)
        finally:
            self._asking = False

    def show(self, numbers: list[int]) -> None:
        for number in numbers:
            if number > self.last:
                self.last = number
                self.shown[number] = time.monotonic()
                self.told(number)

    def hear(self, at: float, number: int) -> None:
        self.heard.append(at)
        if self._sending:
            self._held.append(number)
        elif number not in self._own:
            _soon(self.news())

    async def fetch(self) -> list[int]:
        raise NotImplementedError

    async def post(self, path: str, **facts: Any) -> Any:
        raise NotImplementedError

    async def say(self, key: str, text: str) -> int:
        """The number that a word got, however often it had to be sent."""
        while True:
            self.attempts += 1
            self._sending += 1
            try:
                told = await self.speak(key, text)
                self._own.update(told["announced"])
                return int(told["seq"])
            except Refused as refused:
                if refused.status < 500 and refused.status != 429:
                    raise
            except (OSError, EOFError, ValueError):
                pass
            finally:
                self._release()
            await asyncio.sleep(AGAIN_AFTER)

    def _release(self) -> None:
        self._sending -= 1
        if not self._sending and not self._own.issuperset(self._held):
            _soon(self.news())
        if not self._sending:
            self._held.clear()

    async def speak(self, key: str, text: str) -> dict[str, Any]:
        """Send a word, and show what the answer tells."""
        raise NotImplementedError


@dataclass
class Visitor(Side):
    """A customer's telephone. `address` is theirs alone, as no telephone stands in for all of them."""

    address: str = ""
    secret: str = ""
    no: str = ""
    ears: Ears | None = None
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def come(self) -> None:
        told = json.loads(await self._until_answered("begin"))
        self.secret, self.no = told["secret"], told["no"]
        self._keep(told["messages"])
        self.last = max(self.messages, default=0)
        self.ears = Ears(self.place.push, told["topic"], told["last"], self._hear)
        await self._until_answered("human", no=self.no)

    async def _until_answered(self, path: str, **facts: Any) -> bytes:
        while True:
            try:
                return await self.place.web.ask(self._path(path), self.headers, facts)
            except (OSError, EOFError):
                await asyncio.sleep(AGAIN_AFTER)

    async def post(self, path: str, **facts: Any) -> Any:
        return json.loads(await self.place.web.ask(self._path(path), self.headers, {"no": self.no, **facts}))

    async def fetch(self) -> list[int]:
        path = self._path(f"news?no={self.no}&after={self.last}")
        return self._keep(json.loads(await self.place.web.ask(path, self.headers))["messages"])

    def _keep(self, messages: list[dict[str, Any]]) -> list[int]:
        for message in messages:
            self.messages[message["seq"]] = message
        return [message["seq"] for message in messages]

    async def speak(self, key: str, text: str) -> dict[str, Any]:
        told: dict[str, Any] = await self.post("say", key=key, text=text)
        if told["seq"] == self.last + 1:
            self.show(self._keep([{"seq": told["seq"], "key": key, "side": "customer", "text": text}]))
        elif told["seq"] > self.last:
            _soon(self.news())
        return told

    def _hear(self, at: float, number: int, ref: str) -> None:
        self.hear(at, number)

    def _path(self, path: str) -> str:
        return f"/c/{self.place.entrance}/{path}"

    @property
    def headers(self) -> dict[str, str]:
        known = {"X-Visitor": self.secret} if self.secret else {}
        return {"X-Forwarded-For": self.address, **known}


@dataclass
class Talk(Side):
    """One conversation on an agent's workbench."""

    no: str = ""
    cookies: str = ""
    keys: dict[int, str] = field(default_factory=dict)

    async def post(self, path: str, **facts: Any) -> Any:
        said = await self.place.web.ask(f"/desk/talk/{self.no}/{path}/", self.headers, facts)
        return json.loads(said)

    async def fetch(self) -> list[int]:
        path = f"/desk/talk/{self.no}/words/?after={self.last}"
        return self._found(json.loads(await self.place.web.ask(path, self.headers)))

    async def speak(self, key: str, text: str) -> dict[str, Any]:
        told: dict[str, Any] = await self.post("say", key=key, text=text, after=self.last)
        self.show(self._found(told))
        return told

    def _found(self, told: dict[str, Any]) -> list[int]:
        found = {int(number): key for number, key in SEQ.findall(told["items"])}
        self.keys |= found
        return sorted(found)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Cookie": f"sessionid={self.cookies}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "HX-Request": "true",
            "Accept-Language": "zh-CN",
        }


CSRF = "a" * 32


@dataclass
class Agent:
    """A workbench with several conversations; one stream for all of them."""

    place: Place
    person: int
    session: str
    token: str
    talks: dict[str, Talk] = field(default_factory=dict)
    ears: Ears | None = None
    heard: int = 0

    def open(self, no: str) -> Talk:
        self.talks[no] = Talk(self.place, no=no, cookies=self.session)
        return self.talks[no]

    def listen_from(self, last: int) -> Ears:
        self.ears = Ears(self.place.push, self.token, last, self._hear)
        return self.ears

    def _hear(self, at: float, number: int, ref: str) -> None:
        self.heard += 1
        for talk in self.talks.values() if not ref else filter(None, [self.talks.get(ref)]):
            talk.hear(at, number)


_running: set[asyncio.Task[None]] = set()


def _soon(work: Any) -> None:
    task = asyncio.ensure_future(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
