"""`kill -9` of web, push and worker while people talk: no word that was acknowledged is lost or doubled, on no side.

Visitors and agents send again under the same name until it is acknowledged, vendors call back again, streams come back
where they were. HUHANG_KILLS=30 kills more often, HUHANG_SEED=n at other moments. `python -m bench chats` measures the
same people in peace.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import psutil
import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.test import Client

from bench.chatters import Agent, Place, Side, Talk, Visitor
from bench.wire import Http, Refused
from huhang.channels.actions import entrances
from huhang.channels.models import Account, Entrance, Message
from huhang.desk.actions import seats
from huhang.desk.models import Seat
from huhang.kit import live
from tests import asides
from tests.cast import Cast
from tests.channels.fakes import mail_servers
from tests.channels.fakes.mail_servers import PASSWORD, SERVICE
from tests.channels.fakes.wechat import WeChatServer
from tests.channels.test_account_kill import account_at
from tests.channels.test_mail import written
from tests.config.processes import kill, wait_until
from tests.factories import channels as factory
from tests.faults.installation import a_free_port
from tests.stories.conftest import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.alone]

KILLS = int(os.environ.get("HUHANG_KILLS", "4"))
SEED = int(os.environ.get("HUHANG_SEED", "7"))
VISITORS, WORDS = 4, 8
BETWEEN = 10  # words acknowledged from one kill to the next
VICTIMS = ("web", "push", "worker")


class House:
    """Real processes on the test's database, each killed and started again at will."""

    def __init__(self) -> None:
        self.web_port, self.push_port = a_free_port(), a_free_port()
        self.words = {
            "web": ["web", "--port", str(self.web_port)],
            "push": ["push", "--port", str(self.push_port)],
            "worker": ["worker"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in self.words:
            self.start(name)

    def start(self, name: str) -> None:
        given = {
            "DATABASE_URL": database_url(),
            "HUHANG_SECRET_KEY": settings.SECRET_KEY,
            "HUHANG_PROXIES": "1",
        }
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "huhang.config", *self.words[name]], env={**os.environ, **given}
        )

    def kill(self, name: str) -> None:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.running[name].pid)
            kill([*parent.children(recursive=True), parent])
        self.running[name].wait()

    def end(self) -> None:
        for name in self.running:
            self.kill(name)


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    entrances.load_pack()
    Entrance.objects.update(calendar=None)
    house = House()
    yield house
    house.end()


def at_work(cast: Cast, place: Place) -> Agent:
    """Lin sits at the workbench and stays there."""
    seat = seats.open_seat(person=cast.lin, unit=cast.unit("HQ-CS"), by=None, now=datetime.now(UTC))
    seats.set_status(seat_id=seat.pk, status="busy", by=cast.lin, now=datetime.now(UTC))
    skills = list(Entrance.objects.values_list("queue__skill", flat=True).distinct())
    Seat.objects.update(last_seen_at=datetime.now(UTC) + timedelta(hours=1), skills=skills)
    client = Client()
    client.force_login(cast.lin)
    return Agent(
        place, cast.lin.pk, client.cookies["sessionid"].value, live.sign([f"channels.words@/{cast.lin.pk}/"])
    )


class Story:
    """Everybody talks until enough was killed, and then a little more."""

    def __init__(self, house: House, agent: Agent, callbacks: list[tuple[str, bytes]]) -> None:
        self.house, self.agent, self.callbacks = house, agent, callbacks
        self.visitors = [Visitor(agent.place, address=f"10.7.0.{number}") for number in range(VISITORS)]
        self.chance = random.Random(SEED)
        self.kills = 0
        self.acknowledged: dict[tuple[str, int], str] = {}

    async def run(self) -> None:
        hearing = [asyncio.ensure_future(self.agent.listen_from(0).listen())]
        for visitor in self.visitors:
            await visitor.come()
            assert visitor.ears
            hearing.append(asyncio.ensure_future(visitor.ears.listen()))
            talk = self.agent.open(visitor.no)
            await self.agent.place.web.ask(f"/desk/talk/{visitor.no}/take/", talk.headers, {})
        killing = asyncio.ensure_future(self._kill())
        sides: list[tuple[str, Side]] = [(v.no, v) for v in self.visitors]
        sides += [(talk.no, talk) for talk in self.agent.talks.values()]
        await asyncio.gather(killing, self._vendor(), *(self._talk(no, side) for no, side in sides))
        for no, side in sides:
            last = max(seq for talk, seq in self.acknowledged if talk == no)
            async with asyncio.timeout(180):
                while side.last < last:
                    await asyncio.sleep(0.1)
        for task in hearing:
            task.cancel()

    async def _kill(self) -> None:
        while self.kills < KILLS:
            while len(self.acknowledged) < BETWEEN * (self.kills + 1):  # everybody is at it again
                await asyncio.sleep(0.01)
            await asyncio.sleep(self.chance.uniform(0, 0.3))
            victim = VICTIMS[self.kills % len(VICTIMS)]
            await asyncio.to_thread(self.house.kill, victim)
            self.house.start(victim)
            self.kills += 1

    async def _talk(self, no: str, side: Side) -> None:
        number = 0
        while number < WORDS or self.kills < KILLS:
            text = f"{type(side).__name__} {number}"
            async with asyncio.timeout(180):
                seq = await side.say(f"word-{no}-{number}", text)
            self.acknowledged[no, seq] = text
            number += 1
            await asyncio.sleep(self.chance.uniform(0.3, 0.7))

    async def _vendor(self) -> None:
        """Each callback until it is answered, and once more for good measure, as vendors do."""
        for path, body in self.callbacks:
            for _ in range(2):
                while not await self._called_back(path, body):
                    await asyncio.sleep(0.2)

    async def _called_back(self, path: str, body: bytes) -> bool:
        with suppress(OSError, EOFError, Refused):
            await self.agent.place.web.ask(path, {"Content-Type": "text/xml"}, body)
            return True
        return False


def test_no_word_is_lost_or_doubled(cast: Cast, house: House) -> None:
    place = Place(Http(house.web_port), house.push_port)
    agent = at_work(cast, place)
    with ExitStack() as stack:
        wechat = stack.enter_context(WeChatServer())
        wechat.now = datetime.now(UTC)
        account = account_at(cast, "wechat", wechat)
        said = [wechat.says(f"o-{number % 3}", f"微信第 {number} 句") for number in range(6)]
        door = f"/channels/in/{account.key}/"
        callbacks = [(f"{door}?{urlencode(one.query)}", one.body) for one in said]
        mails = 0 if mail_servers.missing() else _mails(cast, stack)
        story = Story(house, agent, callbacks)
        asides.run(story.run())
        wait_until(lambda: _heard("微信第").count() == len(said), seconds=300)
        wait_until(lambda: _heard("邮件第").count() == mails, seconds=300)
    _check(story)
    for number in range(len(said)):
        assert _heard(f"微信第 {number} 句").count() == 1
    for number in range(mails):
        assert _heard(f"邮件第 {number} 封").count() == 1
    attempts = sum(side.attempts for side in (*story.visitors, *agent.talks.values()))
    openings = sum(visitor.ears.openings for visitor in story.visitors if visitor.ears)
    print(
        f"\n{story.kills} kills; {len(story.acknowledged)} words acknowledged after {attempts} attempts;"
        f" {openings} openings of {VISITORS} visitors' streams; {len(said)} callbacks twice each, {mails} mails"
    )


def _mails(cast: Cast, stack: ExitStack) -> int:
    """Three letters lie in a true mailbox; the workers fetch them while they are killed."""
    servers = stack.enter_context(mail_servers.running())
    account: Account = factory.account(
        cast.unit("HQ-CS"), adapter="mail", settings=servers.settings(servers.folder / "huhang"),
        secrets={"password": PASSWORD},
    )  # fmt: skip
    factory.entrance(cast.unit("HQ-CS"), kind="email", account=account)
    for number in range(3):
        servers.post(written(number, f"邮件第 {number} 封"))
    servers.await_mail(SERVICE, 3)
    return 3


def _heard(words: str) -> QuerySet[Message]:
    return Message.objects.filter(text__startswith=words, side="customer")


def _check(story: Story) -> None:
    pages = {visitor.no: (visitor, story.agent.talks[visitor.no]) for visitor in story.visitors}
    for no, (visitor, talk) in pages.items():
        rows = list(Message.objects.filter(conversation__no=no).order_by("seq"))
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        told = [(row.seq, row.text) for row in rows if row.side in ("customer", "agent")]
        assert told == sorted((seq, text) for (of, seq), text in story.acknowledged.items() if of == no)
        for side in ("customer", "agent"):  # each side's own words in the order in which they were said
            numbers = [int(row.text.split()[1]) for row in rows if row.side == side]
            assert numbers == list(range(len(numbers)))
        _check_pages(visitor, talk, dict(told))


def _check_pages(visitor: Visitor, talk: Talk, told: dict[int, str]) -> None:
    """Both pages have every number once, in its order, with the same words."""
    assert {seq: visitor.messages[seq]["text"] for seq in told} == told
    assert set(told) <= set(talk.keys)
    for page in (visitor, talk):
        assert list(page.shown) == sorted(page.shown)
