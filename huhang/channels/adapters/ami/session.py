"""Our side of the manager interface: a challenge, a log-in that does not show the password, events, actions.

← Asterisk Call Manager/9.0.0       → Action: Challenge, AuthType: MD5
← Challenge: 840415273              → Action: Login, Key: md5(challenge + secret)
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from huhang.channels.adapters.ami.frames import Packet, Packets
from huhang.channels.adapters.ami.words import OUR_CALL, Plan, events_of
from huhang.channels.rules.calls import CallEvent
from huhang.channels.rules.phone import NotAWord, SwitchRefused, word

PORT = 5038
# Classes of events that we hear; the account in `manager.conf` must be allowed to read them.
CLASSES = "call,agent,dtmf,user,dialplan"


class AmiSession:
    """One connection of one manager account."""

    def __init__(
        self,
        user: str,
        secret: str,
        *,
        plan: Plan | None = None,
        technology: str = "PJSIP",
        context: str = "from-internal",
    ) -> None:
        self.is_ready = False
        self._user = word(user)
        self._secret = secret
        self._plan = plan or Plan()
        self._technology = word(technology)
        self._context = word(context)
        self._packets = Packets()
        self._waiting = ""
        self._asked = 0

    def receive(self, data: bytes, *, now: datetime) -> Iterator[CallEvent]:
        for packet in self._packets.feed(data):
            yield from self._hear(packet, now)

    def to_send(self) -> bytes:
        waiting, self._waiting = self._waiting, ""
        return waiting.encode()

    def _say(self, action: str, **fields: str) -> None:
        lines = {"Action": action, "ActionID": f"{action}-{self._asked}", **fields}
        self._asked += 1
        if any(set("\r\n") & set(value) for value in lines.values()):
            raise NotAWord(action)
        self._waiting += "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"

    def _hear(self, packet: Packet, now: datetime) -> Iterator[CallEvent]:
        if "banner" in packet:
            self._say("Challenge", AuthType="MD5")
        elif "response" in packet:
            self._hear_response(packet)
        else:
            yield from events_of(packet, self._plan, now=now)

    def _hear_response(self, packet: Packet) -> None:
        if self.is_ready:
            return
        if packet["response"] != "Success":
            raise SwitchRefused(packet.get("message", "")[:100])
        if challenge := packet.get("challenge"):
            self._say(
                "Login",
                AuthType="MD5",
                Username=self._user,
                Key=key_of(challenge, self._secret),
                Events=CLASSES,
            )
        else:
            self.is_ready = True

    def keep_alive(self) -> None:
        self._say("Ping")

    def call(self, extension: str, number: str, *, key: str) -> None:
        self._say(
            "Originate",
            Channel=f"{self._technology}/{word(extension)}",
            Exten=word(number),
            Context=self._context,
            Priority="1",
            ChannelId=f"{OUR_CALL}{word(key)}",
            Async="true",
        )

    def pause(self, agent: str, *, reason: str = "") -> None:
        shown = "".join(letter for letter in reason if letter.isprintable())[:60]
        self._pause(agent, "true", shown)

    def resume(self, agent: str) -> None:
        self._pause(agent, "false", "")

    def _pause(self, agent: str, paused: str, reason: str) -> None:
        interface = f"{self._technology}/{word(agent)}"
        self._say("QueuePause", Interface=interface, Paused=paused, Reason=reason)

    def transfer(self, call_id: str, extension: str) -> None:
        """Here a call is named by its channel (`extra["channel"]` of its arrival)."""
        self._say(
            "Redirect", Channel=word(call_id), Exten=word(extension), Context=self._context, Priority="1"
        )


def key_of(challenge: str, secret: str) -> str:
    """The log-in's proof: the protocol knows MD5 and nothing else."""
    return hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()
