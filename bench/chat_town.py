"""An installation for chats: database, web with two processes, one push process, a worker, agents with sessions."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import ground
from bench.chatters import Agent, Place
from bench.wire import Http


@dataclass
class Town:
    """The running processes, and what they serve."""

    var: Path
    web: subprocess.Popen[bytes]
    push: subprocess.Popen[bytes]
    web_port: int
    push_port: int

    def place(self) -> Place:
        return Place(Http(self.web_port), self.push_port)


@contextmanager
def town() -> Iterator[Town]:
    """All of it, on a data folder that goes away afterwards."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        var = Path(folder)
        prepare(var)
        web_port, push_port = ground.free_port(), ground.free_port()
        web = _started(stack, "web", "--port", str(web_port), "--workers", "2")
        push = _started(stack, "push", "--port", str(push_port))
        _started(stack, "worker")
        for port in (web_port, push_port):
            ground.wait_for(port)
        stack.callback(ground.leave)
        yield Town(var, web, push, web_port, push_port)


def prepare(var: Path) -> None:
    """A fresh database with the cast on stage and the ready entrances open round the clock."""
    ground.lay(var)
    from huhang.channels.actions import entrances
    from huhang.channels.models import Entrance
    from tests.cast import assemble

    assemble()
    entrances.load_pack()
    Entrance.objects.update(calendar=None)


def _started(stack: ExitStack, *words: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", "huhang.config", *words])
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def agents(place: Place, count: int, chats: int) -> list[Agent]:
    """People at workbenches, each with room for so many conversations."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from huhang.channels.models import ServiceQueue
    from huhang.desk.actions import seats
    from huhang.kit import live
    from huhang.network.models import Grant, OrgUnit, Person

    root, service = (OrgUnit.objects.get(code=code) for code in ("HQ", "HQ-CS"))
    skills = list(ServiceQueue.objects.exclude(skill="").values_list("skill", flat=True).distinct())
    now, found = datetime.now(UTC), []
    for number in range(count):
        person = Person.objects.create_user(
            username=f"agent{number}", display_name=f"客服{number}", home=service
        )
        Grant.objects.create(person=person, role="agent", unit=root)
        seat = seats.open_seat(person=person, unit=service, by=None, now=now)
        type(seat).objects.filter(pk=seat.pk).update(chats=chats, skills=skills)
        seats.set_status(seat_id=seat.pk, status="busy", by=person, now=now)
        seats.beat(person_id=person.pk, now=now)
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session.create()
        topics = [f"channels.words@/{person.pk}/"]
        found.append(Agent(place, person.pk, str(session.session_key), live.sign(topics)))
    return found


async def at_their_seats() -> None:
    """What the pages of people at work say every few seconds: without it their talks would go back into the line."""
    from huhang.desk.models import Seat

    while True:
        await asyncio.to_thread(lambda: Seat.objects.update(last_seen_at=datetime.now(UTC)))
        await asyncio.sleep(5)
