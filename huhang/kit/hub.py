"""Who listens to what, and what was announced lately: the memory of the push server.

One database connection hears everything. What it heard is kept in the order of the commits, so that a browser which
comes back after a cut line is told from memory, exactly what it missed and without a question to the database: ten
thousand may come back at once.
"""

import asyncio
import json
import logging
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import cycle
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from huhang.kit import live

log = logging.getLogger(__name__)

# So much may wait to be written to one browser; who is slower starts again from what it has.
QUEUE = 256
KEEP_ALIVE = 15.0
# Streams are kept alive in so many turns: never all at once, which would hold up what is new.
TURNS = 150
STILL_HERE = b": still here\n\n"
REMEMBERED = 20_000
# What was read from the table stands in the order of its ids, given before commit: a replay reaches back so far in it.
OVERLAP = 2000
# Seconds by which the clocks of our machines may differ.
SKEW = 5.0
RECENT = (
    "SELECT id, kind, path, ref FROM (SELECT id, kind, path, ref FROM kit_outbox ORDER BY id DESC LIMIT %s) r"
    " ORDER BY id"
)
SINCE = "SELECT id, kind, path, ref FROM kit_outbox WHERE id > %s ORDER BY id LIMIT %s"


class Stream:
    """What waits to be written to one browser."""

    __slots__ = ("_bell", "_waiting", "is_over", "painted_at", "topics", "turn")

    def __init__(self, topics: list[str], *, painted_at: float = 0.0) -> None:
        self.topics = topics
        self.painted_at = painted_at
        self.turn: set[Stream] = set()
        self.is_over = False
        self._waiting: list[bytes] = []
        self._bell = asyncio.Event()

    def put(self, words: bytes) -> None:
        if len(self._waiting) >= QUEUE:
            self.end()
        elif not self.is_over:
            self._waiting.append(words)
            self._bell.set()

    def end(self) -> None:
        """Nothing more: the browser has gone, or must come back and be told what it missed."""
        self._waiting.clear()
        self.is_over = True
        self._bell.set()

    def forget(self) -> None:
        """Let go of what waits: it is told in another way."""
        self._waiting.clear()

    async def next(self) -> bytes:
        """All that waits, as soon as anything does; nothing once it is over."""
        while not (self._waiting or self.is_over):
            self._bell.clear()
            await self._bell.wait()
        words = b"".join(self._waiting)
        self._waiting.clear()
        return words


class Memory:
    """The latest announcements by topic, each with its place in the order in which they were heard."""

    def __init__(self) -> None:
        self.newest = 0
        self.places: dict[int, int] = {}
        # Places up to here were read from the table, at this moment, not heard.
        self.read_up_to, self.read_at = 0, 0.0
        self._next = 1
        self._order: deque[tuple[int, list[str]]] = deque()
        self._of_topic: dict[str, deque[tuple[int, bytes]]] = defaultdict(deque)

    def knows(self, number: int) -> bool:
        return number in self.places

    def keep(self, number: int, topics: list[str], words: bytes) -> None:
        if len(self._order) >= REMEMBERED:
            self._forget_oldest()
        self.newest = max(self.newest, number)
        self.places[number] = self._next
        self._order.append((number, topics))
        for topic in topics:
            self._of_topic[topic].append((self._next, words))
        self._next += 1

    def after(self, number: int, topics: Iterable[str], *, painted_at: float = 0.0) -> list[bytes] | None:
        """What these topics were told after an announcement; None when it is too long ago to know.

        A page painted after the table was read had all that was in it.
        """
        if number > self.newest:
            return []  # the page was painted before its announcement came to us: what follows is heard
        place = self.places.get(number)
        if place is None:
            return None
        if place <= self.read_up_to and painted_at <= self.read_at + SKEW:
            place -= OVERLAP
        found: dict[int, bytes] = {}
        for topic in topics:
            for heard, words in reversed(self._of_topic.get(topic, ())):
                if heard <= place:
                    break
                found[heard] = words
        return [found[heard] for heard in sorted(found)]

    def _forget_oldest(self) -> None:
        number, topics = self._order.popleft()
        del self.places[number]
        for topic in topics:
            told = self._of_topic[topic]
            told.popleft()
            if not told:
                del self._of_topic[topic]


class Hub:
    """Every open stream, and one database connection that hears everything."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[Stream]] = defaultdict(set)
        self.memory = Memory()
        self.is_ready = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self._turns: list[set[Stream]] = [set() for _ in range(TURNS)]
        self._turn_of = cycle(self._turns)

    def start(self) -> None:
        if not self.tasks or any(task.done() for task in self.tasks):
            self.stop()
            self.tasks = [
                asyncio.create_task(self._listen_forever()),
                asyncio.create_task(self._keep_alive()),
            ]

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()

    def join(self, stream: Stream) -> None:
        for topic in stream.topics:
            self.listeners[topic].add(stream)
        stream.turn = next(self._turn_of)
        stream.turn.add(stream)

    def leave(self, stream: Stream) -> None:
        for topic in stream.topics:
            self.listeners[topic].discard(stream)
            if not self.listeners[topic]:
                del self.listeners[topic]
        stream.turn.discard(stream)

    def tell(self, number: int, kind: str, path: str, ref: str) -> None:
        """Pass an announcement on to whoever listens; one that was passed on already is not told again."""
        if self.memory.knows(number):
            return
        topics, words = live.topics_of(kind, path, ref), as_event(number, kind, ref)
        self.memory.keep(number, topics, words)
        told: set[Stream] = set()
        for topic in topics:
            told |= self.listeners.get(topic, set())
        for stream in told:
            stream.put(words)

    async def _keep_alive(self) -> None:
        """A word to everybody now and then, so that no proxy believes the line dead."""
        for turn in cycle(self._turns):
            await asyncio.sleep(KEEP_ALIVE / TURNS)
            for stream in turn:
                stream.put(STILL_HERE)

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError as error:
                log.warning("push lost the database (%s); trying again", error)
            self.is_ready.clear()
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        async with await connect() as db:
            await db.execute(sql.SQL("LISTEN {}").format(sql.Identifier(live.CHANNEL)))
            await self._catch_up(db)
            self.is_ready.set()
            async for notice in db.notifies():
                self.tell(*live.parse(notice.payload))

    async def _catch_up(self, db: psycopg.AsyncConnection[Any]) -> None:
        """What was announced while nobody listened: told when the database was away, remembered at the start."""
        if self.memory.newest:
            found = await db.execute(SINCE, [self.memory.newest - OVERLAP, REMEMBERED])
            rows = await found.fetchall()
            if len(rows) < REMEMBERED:
                for row in rows:
                    self.tell(*row)
                return
            self._start_again()
        self.memory = Memory()
        for number, kind, path, ref in await (await db.execute(RECENT, [REMEMBERED])).fetchall():
            self.memory.keep(number, live.topics_of(kind, path, ref), as_event(number, kind, ref))
        self.memory.read_up_to, self.memory.read_at = len(self.memory.places), time.time()

    def _start_again(self) -> None:
        for streams in list(self.listeners.values()):
            for stream in streams:
                stream.end()


async def connect() -> psycopg.AsyncConnection[Any]:
    """A connection of our own (LISTEN needs one that stays), to the database of the settings."""
    kwargs = connection.get_connection_params()
    wanted = {k: kwargs[k] for k in ("dbname", "host", "port", "user", "password") if kwargs.get(k)}
    return await psycopg.AsyncConnection.connect(**wanted, autocommit=True)


def as_event(number: int, kind: str, ref: str) -> bytes:
    return f"id: {number}\nevent: change\ndata: {json.dumps({'id': number, 'kind': kind, 'ref': ref})}\n\n".encode()
