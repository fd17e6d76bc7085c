"""What the gateway has delivered and we have not acknowledged: it is, once the caller has stored what it means."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from huhang.channels.adapters.cmpp import pdu, texts
from huhang.channels.adapters.cmpp.journal import DELIVERED, NOT_FINAL, Journal
from huhang.channels.adapters.cmpp.marks import Receipt
from huhang.channels.adapters.cmpp.plan import Plan
from huhang.channels.adapters.cmpp.session import Session
from huhang.channels.rules.gateway import Answer, Post, Report
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.outgoing import State

MOST = 64
GAP = "……"


@dataclass(slots=True)
class Held:
    """A delivered message, and by which sessions it was delivered how often: each wants its answer."""

    identity: str
    message: pdu.Deliver
    came: float
    asked: list[tuple[Session, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Round:
    """What goes into one Post."""

    reports: list[Report] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    taken: list[Held] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)


class Mailbag:
    """Filled by the sessions' threads, emptied by whoever collects."""

    def __init__(self, plan: Plan, journal: Journal, *, now: Callable[[], datetime]) -> None:
        self._plan, self._journal, self._now = plan, journal, now
        self._held: dict[str, Held] = {}
        self._lock, self._came = threading.Lock(), threading.Event()

    def put(self, session: Session, sequence: int, message: pdu.Deliver) -> None:
        """A message was delivered, perhaps again."""
        identity = identity_of(message)
        with self._lock:
            held = self._held.setdefault(identity, Held(identity, message, time.monotonic()))
            held.asked.append((session, sequence))
        self._came.set()

    def posts(self, *, linger: float, longest: float) -> Iterator[Post]:
        """Posts until nothing has come for `linger` seconds, or it has gone on for `longest`.

        A Post is acknowledged when the next one is asked for. Whoever does not ask has not taken it: it stays here.
        """
        until = time.monotonic() + longest
        while True:
            self._came.clear()
            found = self._due()
            if found.reports or found.answers:
                yield Post(tuple(found.reports), tuple(found.answers))
            self._acknowledge(found)
            if time.monotonic() > until or (not found.taken and not self._came.wait(linger)):
                return

    def _due(self) -> _Round:
        with self._lock:
            held = list(self._held.values())[:MOST]
        found, parts = _Round(), dict[tuple[object, ...], list[tuple[texts.Part, Held]]]()
        for one in held:
            if one.message.registered == 1:
                self._receipt(one, found)
                continue
            part = texts.part_of(one.message.content, has_header=bool(one.message.tp_udhi))
            if self._journal.is_joined(one.identity):
                found.taken.append(one)
            elif part.total == 1:
                self._answer(one, [(part, one)], found)
            else:
                where = (one.message.src, one.message.dest_id, part.reference, part.total)
                parts.setdefault(where, []).append((part, one))
        for pieces in parts.values():
            self._long(pieces, found)
        return found

    def _receipt(self, one: Held, found: _Round) -> None:
        try:
            receipt = Receipt.of(one.message.content)
        except pdu.Broken:
            found.taken.append(one)
            return
        number = f"{receipt.msg_id:016x}"
        known = self._journal.receipt(number, receipt.stat)
        if known is None and time.monotonic() - one.came < self._plan.patience:
            return  # it overtook the answer to its submit
        found.taken.append(one)
        key, stat = known or ("", "" if receipt.stat in NOT_FINAL else receipt.stat)
        if stat:
            is_there = stat == DELIVERED
            found.reports.append(
                Report(
                    State.DELIVERED if is_there else State.FAILED, receipt.done_at(self._now()), key, number,
                    "" if is_there else stat,
                )
            )  # fmt: skip

    def _long(self, pieces: list[tuple[texts.Part, Held]], found: _Round) -> None:
        """A long reply is one when all its parts are here; parts whose others do not come are told as they are."""
        by_number = {part.number: (part, one) for part, one in reversed(pieces)}
        is_whole = len(by_number) == pieces[0][0].total
        is_late = time.monotonic() - min(one.came for _, one in pieces) >= self._plan.join_wait
        if is_whole or is_late:
            chosen = [by_number[number] for number in sorted(by_number)]
            self._answer(chosen[0][1], chosen, found)
            found.joined += [one.identity for _, one in chosen]

    def _answer(self, first: Held, pieces: list[tuple[texts.Part, Held]], found: _Round) -> None:
        message = first.message
        found.taken += [one for _, one in pieces]
        found.answers.append(
            Answer(
                external_id=first.identity,
                number=plain(message.src),
                text=_text(pieces),
                at=self._now(),
                door=message.dest_id.removeprefix(self._plan.src_id),
            )
        )

    def _acknowledge(self, found: _Round) -> None:
        if found.joined:  # before the first of them is acknowledged: the others may come again alone
            self._journal.join(found.joined)
        with self._lock:
            for one in found.taken:
                self._held.pop(one.identity, None)
        for one in found.taken:
            for session, sequence in one.asked:
                session.answer(pdu.DeliverResp(one.message.msg_id, 0), sequence)


def identity_of(message: pdu.Deliver) -> str:
    """The same when the gateway repeats itself; told apart even where it numbers carelessly."""
    said = f"{message.registered}|{message.src}|{message.dest_id}|".encode() + message.content
    return f"mo:{message.msg_id:016x}-{sha256(said).hexdigest()[:8]}"


def _text(pieces: Iterable[tuple[texts.Part, Held]]) -> str:
    """Bytes are joined before they are read: a phone may cut an emoji in two."""
    runs: list[bytearray] = []
    last, total, fmt = 0, 1, texts.UCS2
    for part, one in pieces:
        if not runs or part.number != last + 1:
            runs += [bytearray()] if last or part.number == 1 else [bytearray(), bytearray()]
        runs[-1] += part.content
        last, total, fmt = part.number, part.total, one.message.fmt
    words = GAP.join(texts.read(bytes(run), fmt) for run in runs)
    return words if last == total else words + GAP
