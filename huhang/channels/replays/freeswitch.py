"""A switch that speaks the event socket over real TCP, and says what `mod_callcenter` says; for replays and tests.

Like the true one it forgets what happens while nobody listens, and keeps the records of calls (`mod_json_cdr`) until
somebody takes them.
"""

import json
import socketserver
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from heapq import merge
from typing import Any
from urllib.parse import quote

from huhang.channels.replays.bank import BankCall

CORE = "9f1c0d3e-0000-4000-8000-000000001999"
LINE = "95500"
DOMAIN = "bank"
Told = dict[str, str]


def told_of(call: BankCall) -> list[tuple[datetime, Told]]:
    """What the switch says of a call, in the order in which it happens."""
    leg = str(uuid.uuid5(uuid.UUID(CORE), str(call.no)))
    channel = {
        "Unique-ID": leg, "Channel-Call-UUID": leg, "Call-Direction": "inbound",
        "Caller-Caller-ID-Number": call.customer or "anonymous", "Caller-Destination-Number": LINE,
    }  # fmt: skip
    said = [(call.arrived_at, {"Event-Name": "CHANNEL_CREATE", **channel})]
    variables: Told = {}
    if call.queued_at:
        said += _in_queue(call, leg, call.queued_at)
        variables = _variables(call, call.queued_at)
    end = {"Event-Name": "CHANNEL_HANGUP_COMPLETE", **channel, **variables, "Hangup-Cause": "NORMAL_CLEARING"}
    return [*said, (call.ended_at, end)]


def _in_queue(call: BankCall, leg: str, joined: datetime) -> Iterator[tuple[datetime, Told]]:
    queue = {
        "Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "CC-Queue": f"{call.queue}@{DOMAIN}",
        "CC-Member-UUID": str(uuid.uuid5(uuid.UUID(leg), "member")), "CC-Member-Session-UUID": leg,
        "CC-Member-CID-Name": "", "CC-Member-CID-Number": call.customer or "anonymous",
    }  # fmt: skip
    left = joined + call.wait
    yield joined, queue | {"CC-Action": "member-queue-start"}
    times = {"CC-Member-Joined-Time": _epoch(joined)}
    if not call.agent:
        reason = {
            "CC-Cause": "Cancel",
            "CC-Cancel-Reason": "BREAK_OUT",
            "CC-Member-Leaving-Time": _epoch(left),
        }
        yield left, queue | times | reason | {"CC-Action": "member-queue-end"}
        return
    agent = {"CC-Agent": call.agent, "CC-Agent-System": "single_box", "CC-Agent-Called-Time": _epoch(left)}
    yield left, queue | agent | {"CC-Action": "agent-offering"}
    agent["CC-Agent-Answered-Time"] = _epoch(left)
    yield left, queue | agent | times | {"CC-Action": "bridge-agent-start"}
    end = _epoch(call.ended_at)
    yield (
        call.ended_at,
        queue | agent | times | {"CC-Action": "bridge-agent-end", "CC-Bridge-Terminated-Time": end},
    )
    over = {"CC-Cause": "Terminated", "CC-Member-Leaving-Time": end}
    yield call.ended_at, queue | agent | times | over | {"CC-Action": "member-queue-end"}


def _variables(call: BankCall, joined: datetime) -> Told:
    """What `mod_callcenter` writes on the caller's channel, for the records."""
    left = _epoch(joined + call.wait)
    kept = {
        "cc_side": "member",
        "cc_queue": f"{call.queue}@{DOMAIN}",
        "cc_queue_joined_epoch": _epoch(joined),
    }
    if call.agent:
        kept |= {
            "cc_agent": call.agent, "cc_agent_bridged": "true", "cc_cause": "answered",
            "cc_queue_answered_epoch": left, "cc_queue_terminated_epoch": _epoch(call.ended_at),
        }  # fmt: skip
    else:
        kept |= {"cc_cause": "cancel", "cc_cancel_reason": "BREAK_OUT", "cc_queue_canceled_epoch": left}
    return {f"variable_{name}": value for name, value in kept.items()}


def _epoch(at: datetime) -> str:
    return str(int(at.timestamp()))


def in_time(calls: Iterable[BankCall]) -> Iterator[Told]:
    """What the switch says of all these calls, as time goes by; each event with its moment and its number."""
    said = merge(*(told_of(call) for call in calls), key=lambda pair: pair[0])
    for number, (at, told) in enumerate(said, 1):
        stamp = str(int(at.timestamp()) * 10**6)
        yield {**told, "Core-UUID": CORE, "Event-Sequence": str(number), "Event-Date-Timestamp": stamp}


def record_of(ended: Told) -> bytes:
    """The record that `mod_json_cdr` posts when a leg has ended."""
    variables = {k.removeprefix("variable_"): v for k, v in ended.items() if k.startswith("variable_")}
    variables |= {
        "uuid": ended["Unique-ID"], "call_uuid": ended["Channel-Call-UUID"], "direction": "inbound",
        "end_uepoch": ended["Event-Date-Timestamp"], "hangup_cause": ended["Hangup-Cause"],
    }  # fmt: skip
    profile = {
        "caller_id_number": ended["Caller-Caller-ID-Number"],
        "destination_number": ended["Caller-Destination-Number"],
    }
    body: dict[str, Any] = {
        "core-uuid": ended["Core-UUID"],
        "variables": variables,
        "callflow": [{"caller_profile": profile}],
    }
    return json.dumps(body).encode()


class Switch:
    """A listening event socket. Whoever signed in and subscribed is told; nobody else is."""

    def __init__(self, password: str = "ClueCon", *, host: str = "127.0.0.1") -> None:  # the shipped default
        self.password = password
        self.commands: list[str] = []
        # Records of calls whose end nobody heard, as they wait to be posted.
        self.records: list[bytes] = []
        self._listeners: list[_Listener] = []
        self._lock = threading.Lock()
        self._server = _Server((host, 0), _Listener)
        self._server.switch = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.heard = threading.Condition(self._lock)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def tell(self, told: Mapping[str, str]) -> int:
        """Say it to all who listen; how many did. The end of a call leaves a record all the same."""
        with self._lock:
            listeners = [listener for listener in self._listeners if listener.wants(told)]
        reached = sum(listener.say(told) for listener in listeners)
        if told["Event-Name"] == "CHANNEL_HANGUP_COMPLETE":
            self.records.append(record_of(dict(told)))
        return reached

    def wait_for(self, number: int, seconds: float = 10) -> bool:
        """Wait until so many listen."""
        with self.heard:
            return self.heard.wait_for(lambda: len(self._listening()) >= number, seconds)

    def _listening(self) -> list["_Listener"]:
        return [listener for listener in self._listeners if listener.words]

    def hang_up(self) -> None:
        """Say goodbye to everybody; the door stays open."""
        with self._lock:
            leaving = list(self._listeners)
        for listener in leaving:
            listener.goodbye()

    def close(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    switch: Switch


class _Listener(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server

    def setup(self) -> None:
        super().setup()
        self.words = ""
        self.names: set[str] = set()
        self.filters: set[tuple[str, str]] = set()
        self.saying = threading.Lock()

    def handle(self) -> None:
        switch = self.server.switch
        self._send("Content-Type: auth/request\n\n")
        with suppress(OSError):
            while (command := self._command()) is not None:
                if not self._answer(switch, command):
                    return

    def finish(self) -> None:
        switch = self.server.switch
        with switch.heard:
            if self in switch._listeners:
                switch._listeners.remove(self)
        with suppress(OSError):
            super().finish()

    def _command(self) -> str | None:
        lines: list[str] = []
        while line := self.rfile.readline().decode():
            if not line.strip():
                return "\n".join(lines)
            lines.append(line.strip())
        return None

    def _answer(self, switch: Switch, command: str) -> bool:
        word, _, rest = command.partition(" ")
        if not self.words and word == "auth" and rest != switch.password:
            self._reply("-ERR invalid")
            self.goodbye()
            return False
        if word == "event":
            self._subscribe(switch, rest)
            return True
        switch.commands.append("auth" if word == "auth" else command)
        if word == "filter":
            name, _, value = rest.partition(" ")
            self.filters.add((name, value))
            self._reply(f"+OK filter added. [{name}]=[{value}]")
        elif word == "bgapi":
            job = str(uuid.uuid4())
            self._reply(f"+OK Job-UUID: {job}\nJob-UUID: {job}")
        elif word == "exit":
            self._reply("+OK bye")
            self.goodbye()
            return False
        else:
            self._reply("+OK accepted" if word == "auth" else "-ERR command not found")
        return True

    def _subscribe(self, switch: Switch, rest: str) -> None:
        words, *names = rest.split()
        self.names = set(names)
        # Nothing is said before the answer to the subscription, and nothing after it is missed.
        with switch.heard:
            self._reply(f"+OK event listener enabled {words}")
            self.words = words
            switch._listeners.append(self)
            switch.heard.notify_all()

    def wants(self, told: Mapping[str, str]) -> bool:
        name = told.get("Event-Subclass") or told["Event-Name"]
        is_through = not self.filters or any(told.get(key) == value for key, value in self.filters)
        return bool(self.words) and is_through and bool({name, "ALL", "all"} & self.names)

    def say(self, told: Mapping[str, str]) -> bool:
        if self.words == "json":
            body = json.dumps(told, ensure_ascii=False)
        else:
            body = "".join(f"{name}: {quote(value)}\n" for name, value in told.items()) + "\n"
        return self._send(
            f"Content-Length: {len(body.encode())}\nContent-Type: text/event-{self.words}\n\n{body}"
        )

    def goodbye(self) -> None:
        words = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
        self._send(f"Content-Type: text/disconnect-notice\nContent-Length: {len(words)}\n\n{words}")
        with suppress(OSError):
            self.connection.shutdown(2)

    def _reply(self, text: str) -> None:
        self._send(f"Content-Type: command/reply\nReply-Text: {text}\n\n")

    def _send(self, text: str) -> bool:
        try:
            with self.saying:
                self.connection.sendall(text.encode())
        except OSError:
            return False
        return True
