"""Ten thousand open pages on one push process, and what a word needs from one side's hand to the other side's page.

    STREAMS=500 RATE=50 SECONDS=5 python -m bench chats        a short look

Words go through the true doors: a visitor's over the widget, an agent's over the workbench, half of them each; a word
has arrived when the other side's page has heard of it by its stream, asked for it, and got it. Beside it stands what
PostgreSQL alone takes for a row and a NOTIFY, in the same seconds on the same busy machine.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench import cpu
from bench.chat_town import Town, agents, at_their_seats, town
from bench.chatters import Agent, Side, Talk, Visitor
from bench.report import Report

STREAMS = int(os.environ.get("STREAMS", "10000"))
RATE = float(os.environ.get("RATE", "200"))
SECONDS = float(os.environ.get("SECONDS", "30"))
TALKS = int(os.environ.get("TALKS", "200"))
PER_AGENT = 8
HOLDERS = 2
WARM_UP = 3.0
MEMORY = 1.5 * 1024  # MiB that the streams may take
PROMISE = 300.0  # ms from the hand to the other side's page, of 99 in 100
BARE_RATE = 50.0


class Word(NamedTuple):
    """One message of the plan: when, from whom, to whom."""

    at: float
    sender: Side
    hearer: Side
    key: str


class Taken(NamedTuple):
    """Milliseconds that a word took."""

    heard: float
    shown: float


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    report = Report("chats")
    with town() as place, _holders(place, STREAMS) as said:
        report.add("memory allowed for the streams", MEMORY, "MiB")
        asyncio.run(_measure(place, report))
        cut = said()
        report.remark(
            f"{cut} of {STREAMS} streams were cut." if cut else f"None of {STREAMS} streams was cut."
        )
    report.remark(f"load of the machine at the end: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    report.finish()


@contextmanager
def _holders(place: Town, streams: int) -> Iterator[Callable[[], int]]:
    """Processes that hold the silent streams; says at the end how many were cut."""
    idle = max(0, streams - TALKS - len(range(0, TALKS, PER_AGENT)))
    holders = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.streams", str(place.push_port), str(idle // HOLDERS), f"127.0.0.{n + 2}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for n in range(HOLDERS)
    ]  # fmt: skip
    with ExitStack() as stack:
        for holder in holders:
            stack.callback(holder.wait)
            stack.callback(holder.kill)
            if holder.stdout is None or holder.stdout.readline() != b"open\n":
                sys.exit("not all streams could be opened")
        yield lambda: sum(int(holder.communicate(b"\n")[0]) for holder in holders)


async def _measure(place: Town, report: Report) -> None:
    people = await asyncio.to_thread(agents, place.place(), len(range(0, TALKS, PER_AGENT)), PER_AGENT)
    _listen(at_their_seats())
    pairs = await _begin(place, people)
    server = _server(place.push.pid)
    sockets, memory = _sockets(server), _memory(server)
    report.add("sockets that the push process holds", sockets, "")
    report.add(f"its memory with {STREAMS} streams", memory, "MiB", beside="memory allowed for the streams")
    before = _used(place)
    bare = asyncio.create_task(_bare())
    taken = await _talk(pairs)
    spent = {name: used - before[name] for name, used in _used(place).items()}
    _tell(report, taken, await bare)
    whole = "processor time per word, all servers"
    report.add(whole, 1000 * sum(spent.values()) / len(taken), "ms")
    for name, used in spent.items():
        report.add(f"of it {name}", 1000 * used / len(taken), "ms", beside=whole)
    heard = sum(agent.heard for agent in people)
    report.remark(f"{len(taken)} words at {RATE:.0f}/s in {TALKS} talks; {heard} changes heard by agents.")


def _used(place: Town) -> dict[str, float]:
    """Processor seconds of each server."""
    database = int((place.var / "pg/postmaster.pid").read_text().split()[0])
    pids = {"web": place.web.pid, "the database": database, "push": place.push.pid}
    return {name: cpu.used([pid]) for name, pid in pids.items()}


async def _begin(place: Town, people: list[Agent]) -> list[tuple[Visitor, Talk]]:
    """Everybody has come, everybody has somebody, everybody listens."""
    from huhang.kit import live

    visitors = [Visitor(place.place(), address=f"10.9.{n >> 8}.{n & 255}") for n in range(TALKS)]
    for visitor in visitors:
        await visitor.come()
        assert visitor.ears
        _listen(visitor.ears.listen())
    await asyncio.to_thread(_give, {visitor.no: people[n // PER_AGENT] for n, visitor in enumerate(visitors)})
    last = await asyncio.to_thread(live.latest)
    pairs = []
    for number, visitor in enumerate(visitors):
        agent = people[number // PER_AGENT]
        pairs.append((visitor, agent.open(visitor.no)))
    for agent in people:
        _listen(agent.listen_from(last).listen())
    for ears in [*(visitor.ears for visitor in visitors), *(agent.ears for agent in people)]:
        assert ears
        await ears.is_open.wait()
    for visitor, talk in pairs:
        await visitor.news()
        await talk.news()
    return pairs


_listening: list[asyncio.Task[None]] = []


def _listen(work: Coroutine[Any, Any, None]) -> None:
    _listening.append(asyncio.ensure_future(work))


def _give(whose: dict[str, Agent]) -> None:
    """Everybody gets their own; the worker gives nothing, as nobody says that they are free."""
    from huhang.channels.actions import talking
    from huhang.network.models import Person

    for no, agent in whose.items():
        talking.take_over(no, by=Person.objects.get(pk=agent.person), now=datetime.now(UTC))


async def _talk(pairs: list[tuple[Visitor, Talk]]) -> list[Taken]:
    """All words at their moments, whatever the answers take; what the first seconds took is not counted."""
    begin = time.monotonic() + 0.5
    plan = []
    for number in range(int((SECONDS + WARM_UP) * RATE)):
        pair = pairs[number % len(pairs)]
        sender, hearer = pair if number // len(pairs) % 2 else reversed(pair)
        plan.append(Word(begin + number / RATE, sender, hearer, f"bench-{number:08d}"))
    numbers = await asyncio.gather(*(_said(word) for word in plan))
    until = time.monotonic() + 30
    while (
        any(n not in word.hearer.shown for word, n in zip(plan, numbers, strict=True))
        and time.monotonic() < until
    ):
        await asyncio.sleep(0.1)
    counted = [(word, n) for word, n in zip(plan, numbers, strict=True) if word.at >= begin + WARM_UP]
    lost = sum(n not in word.hearer.shown for word, n in counted)
    if lost:
        sys.exit(f"{lost} words never came to the other side")
    return [
        Taken(1000 * (_heard_after(word.hearer, word.at) - word.at), 1000 * (word.hearer.shown[n] - word.at))
        for word, n in counted
    ]


async def _said(word: Word) -> int:
    await asyncio.sleep(max(0.0, word.at - time.monotonic()))
    return await word.sender.say(word.key, "您好，我的包裹三天没有更新了，麻烦查一下到哪里了")


def _heard_after(side: Side, at: float) -> float:
    return side.heard[min(bisect_left(side.heard, at), len(side.heard) - 1)]


def _tell(report: Report, taken: list[Taken], bare: list[float]) -> None:
    report.add("promised from hand to page, 99 of 100", PROMISE, "ms")
    for share in (50, 99):
        report.add(f"bare row and NOTIFY heard, p{share}", _at(bare, share), "ms")
    for share in (50, 99):
        beside = f"bare row and NOTIFY heard, p{share}"
        report.add(
            f"word heard by the other side, p{share}",
            _at([t.heard for t in taken], share),
            "ms",
            beside=beside,
        )
        report.add(
            f"word on the other side's page, p{share}",
            _at([t.shown for t in taken], share),
            "ms",
            beside=beside,
        )
    report.add(
        "word on the page, p99, of the promise", _at([t.shown for t in taken], 99), "ms",
        beside="promised from hand to page, 99 of 100",
    )  # fmt: skip


def _at(taken: list[float], share: int) -> float:
    found = sorted(taken)
    return found[min(len(found) - 1, len(found) * share // 100)]


async def _bare() -> list[float]:
    """In a process of its own, so that our own clients do not hold it up."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.bare_notify", str(BARE_RATE), str(SECONDS), stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    found: list[float] = json.loads(said)
    return found


def _server(pid: int) -> int:
    """The process below that holds the streams."""
    below = [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _parent(folder) == pid
    ]
    return max([*below, pid], key=_sockets)


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _sockets(pid: int) -> int:
    found = 0
    for file in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += str(file.readlink()).startswith("socket:")
        except OSError:
            continue
    return found


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
