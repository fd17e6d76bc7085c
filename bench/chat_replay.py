"""Real chats lived again: visitors over the widget's door, agents over the workbench's, fifty times as fast.

    SESSIONS=50 SPEED=50 A_SECOND=20 python -m bench chat_replay

The corpus knows who said what in which order, not when. The plan gives every word its moment, from its length and a
chance that is the same each time; what Huhang stored must then show the same words in the same order, none lost, none
doubled, each side's page the same, and response times equal to the plan's, but for what the machine itself took.
"""

import asyncio
import csv
import gzip
import io
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from random import Random

from bench.chat_town import Town, agents, at_their_seats, town
from bench.chatters import Agent, Talk, Visitor
from bench.report import Report

FOLDER = Path(os.environ.get("HUHANG_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FILE = FOLDER / "jddc_chats" / "chat.tsv.gz"
SPEED = float(os.environ.get("SPEED", "50"))
SESSIONS = int(os.environ.get("SESSIONS", "0"))
A_SECOND = float(os.environ.get("A_SECOND", "25"))  # words, of all sessions together
AGENTS = 12
PLANNED = "response time of the plan"


@dataclass(frozen=True, slots=True)
class Line:
    """One word of the corpus, and when it is said, in seconds of its session's own time."""

    text: str
    is_agent: bool
    at: float


@dataclass
class Session:
    """A chat as it was, and what became of it here."""

    name: str
    lines: list[Line]
    begins: float = 0.0
    seqs: list[int] = field(default_factory=list)
    visitor: Visitor | None = None
    talk: Talk | None = None
    sent: list[tuple[bool, float]] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)


def read(file: Path, at_most: int = 0) -> list[Session]:
    """The chats of the file in its order, with the plan's moments."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(io.StringIO(lines.read()), delimiter="\t", quoting=csv.QUOTE_NONE))
    sessions = [
        Session(name, list(_planned(name, list(said))))
        for name, said in groupby(rows, lambda row: row["session_id"])
    ]
    return sessions[:at_most] if at_most else sessions


def _planned(name: str, rows: list[dict[str, str]]) -> Iterator[Line]:
    """People read, think and type: the longer the words, the later; never two words in the same second."""
    chance, at = Random(name), 0.0
    for row in rows:
        is_agent = row["waiter_send"] == "1"
        thinks, types = (9.0, 0.25) if is_agent else (6.0, 0.5)
        at += min(120.0, (thinks + types * len(row["content"])) * chance.uniform(0.6, 1.8))
        yield Line(row["content"], is_agent, at)


def responses(moments: list[tuple[bool, float]]) -> list[float]:
    """From a customer's first unanswered word to the agent's next one, in the order of the talk."""
    waits_from, found = None, []
    for is_agent, at in moments:
        if not is_agent:
            waits_from = at if waits_from is None else waits_from
        elif waits_from is not None:
            found.append(at - waits_from)
            waits_from = None
    return found


def main() -> None:
    if not FILE.exists():
        print(f"chat_replay: {FILE} is not on this machine")
        return
    sessions = read(FILE, SESSIONS)
    report = Report("chat_replay")
    with town() as place:
        began = time.monotonic()
        asyncio.run(play(place, sessions))
        took = time.monotonic() - began
        stored = _stored(sessions)
    _tell(report, sessions, stored, took)
    report.finish()


async def play(place: Town, sessions: list[Session]) -> None:
    """All sessions, each at its moment, until both sides have seen all of them."""
    people = await asyncio.to_thread(agents, place.place(), AGENTS, 1000)
    running = [asyncio.ensure_future(at_their_seats())]
    for agent in people:
        running.append(asyncio.ensure_future(agent.listen_from(0).listen()))
        assert agent.ears
        await agent.ears.is_open.wait()
    words, begin = 0, time.monotonic() + 0.5
    for session in sessions:
        session.begins = begin + words / A_SECOND
        words += len(session.lines)
    await asyncio.gather(
        *(
            _live(place, session, people[n % AGENTS], f"10.8.{n >> 8}.{n & 255}")
            for n, session in enumerate(sessions)
        )
    )
    for task in running:
        task.cancel()


async def _live(place: Town, session: Session, agent: Agent, address: str) -> None:
    await asyncio.sleep(max(0.0, session.begins - time.monotonic()))
    visitor = session.visitor = Visitor(agent.place, address=address)
    await visitor.come()
    assert visitor.ears
    hearing = asyncio.ensure_future(visitor.ears.listen())
    talk = session.talk = agent.open(visitor.no)
    await agent.place.web.ask(f"/desk/talk/{visitor.no}/take/", talk.headers, {})
    await talk.news()
    begin = time.monotonic()
    for number, line in enumerate(session.lines):
        due = begin + line.at / SPEED
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        session.lateness.append(time.monotonic() - due)
        session.sent.append((line.is_agent, time.time()))
        side = talk if line.is_agent else visitor
        session.seqs.append(await side.say(f"{session.name}-{number}"[-60:], line.text))
    until = time.monotonic() + 60
    while (
        not (session.seqs[-1] <= visitor.last and session.seqs[-1] <= talk.last) and time.monotonic() < until
    ):
        await asyncio.sleep(0.05)
    await agent.place.web.ask(f"/desk/talk/{visitor.no}/close/", talk.headers, {})
    hearing.cancel()


def _stored(sessions: list[Session]) -> dict[str, list[tuple[int, str, str, str, float]]]:
    """What Huhang has of every session: number, side, name, text and moment of each word."""
    from huhang.channels.models import Message

    rows = Message.objects.order_by("conversation__no", "seq").values_list(
        "conversation__no", "seq", "side", "key", "text", "at"
    )
    found: dict[str, list[tuple[int, str, str, str, float]]] = {}
    for no, seq, side, key, text, at in rows:
        found.setdefault(no, []).append((seq, side, key, text, at.timestamp()))
    return found


def _tell(
    report: Report,
    sessions: list[Session],
    stored: dict[str, list[tuple[int, str, str, str, float]]],
    took: float,
) -> None:
    planned, measured, by_hand, wrong = [], [], [], []
    for session in sessions:
        assert session.visitor
        rows = stored.get(session.visitor.no, [])
        wrong += [f"{session.name}: {what}" for what in differences(session, rows)]
        plan = responses([(line.is_agent, line.at) for line in session.lines])
        said = [(side == "agent", at) for _, side, _, _, at in rows if side in ("agent", "customer")]
        planned += plan
        by_hand += [SPEED * one for one in responses(session.sent)]
        measured += [SPEED * one for one in responses(said)]
    words = sum(len(session.lines) for session in sessions)
    report.add("words of the corpus", words, "words")
    kept = sum(side in ("agent", "customer") for rows in stored.values() for _, side, *_ in rows)
    report.add("words stored", kept, "words", beside="words of the corpus")
    report.add(f"mean {PLANNED}", statistics.fmean(planned), "s")
    report.add("mean response time measured", statistics.fmean(measured), "s", beside=f"mean {PLANNED}")
    report.add(f"median {PLANNED}", statistics.median(planned), "s")
    report.add("median response time measured", statistics.median(measured), "s", beside=f"median {PLANNED}")
    # A busy machine's hand is late before anything is sent; what it then really did is the fairer measure.
    for what, wanted in (("plan", planned), ("hand", by_hand)):
        off = sorted(abs(one - other) for one, other in zip(measured, wanted, strict=True))
        for share in (50, 99):
            found = off[min(len(off) - 1, len(off) * share // 100)]
            report.add(f"off the {what}, p{share}, at {SPEED:.0f}x", found, "s", beside=f"median {PLANNED}")
            report.add(f"off the {what}, p{share}, on the machine's clock", 1000 * found / SPEED, "ms")
    late = sorted(one for session in sessions for one in session.lateness)
    report.add("our own hand was late, p99", 1000 * late[len(late) * 99 // 100], "ms")
    report.remark(
        f"{len(sessions)} chats in {took:.0f} s, {len(planned)} responses; "
        + (
            "; ".join(wrong[:5])
            if wrong
            else "same words, same order, none lost or doubled, both pages the same."
        )
    )
    report.remark(f"load of the machine at the end: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")


def differences(session: Session, rows: list[tuple[int, str, str, str, float]]) -> list[str]:
    """What is not as it should be: in the table, on the visitor's page, on the agent's."""
    assert session.visitor and session.talk
    found = []
    said = [(side == "agent", text) for _, side, _, text, _ in rows if side in ("agent", "customer")]
    if said != [(line.is_agent, line.text) for line in session.lines]:
        found.append("other words or another order in the table")
    if [seq for seq, *_ in rows] != list(range(1, len(rows) + 1)):
        found.append("numbers with gaps")
    numbers = [seq for seq, side, *_ in rows if side in ("agent", "customer")]
    if numbers != session.seqs:
        found.append("other numbers than were acknowledged")
    pages = {"the visitor's page": session.visitor, "the workbench": session.talk}
    for where, page in pages.items():
        if list(page.shown) != sorted(page.shown) or page.last < numbers[-1]:
            found += [f"another order, or the end is missing, on {where}"]
    texts = [
        session.visitor.messages[number]["text"] for number in numbers if number in session.visitor.messages
    ]
    if texts != [line.text for line in session.lines]:
        found.append("other words on the visitor's page")
    keys = {seq: key for seq, _, key, _, _ in rows}
    if any(session.talk.keys.get(number) != keys[number] for number in numbers):
        found.append("other words on the workbench")
    return found
