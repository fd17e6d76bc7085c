"""Our side of the event socket: sign in, ask for events, hear them, give commands.

← Content-Type: auth/request        → auth <password>
← Reply-Text: +OK accepted          → event json CHANNEL_CREATE … CUSTOM callcenter::info
"""

from collections.abc import Iterator
from datetime import datetime

from huhang.channels.adapters.esl.frames import Frame, Frames, event_of
from huhang.channels.adapters.esl.words import WANTED, Plan, events_of
from huhang.channels.rules.calls import CallEvent
from huhang.channels.rules.phone import NotAWord, SwitchRefused, word

PORT = 8021
WORDS = ("json", "plain")


class EslSession:
    """One inbound connection to `mod_event_socket`."""

    def __init__(self, password: str, *, words: str = "json", plan: Plan | None = None) -> None:
        if "\n" in password or "\r" in password:
            raise NotAWord("password")
        if words not in WORDS:
            raise NotAWord(words)
        self.is_ready = False
        self._password = password
        self._words = words
        self._plan = plan or Plan()
        self._frames = Frames()
        self._waiting = ""
        # What was asked and not yet answered, the oldest first: replies come in the order of the questions.
        self._asked: list[str] = []

    def receive(self, data: bytes, *, now: datetime) -> Iterator[CallEvent]:
        for frame in self._frames.feed(data):
            yield from self._hear(frame, now)

    def to_send(self) -> bytes:
        waiting, self._waiting = self._waiting, ""
        return waiting.encode()

    def _say(self, text: str, *, about: str = "") -> None:
        self._waiting += f"{text}\n\n"
        self._asked.append(about)

    def _hear(self, frame: Frame, now: datetime) -> Iterator[CallEvent]:
        if frame.sort == "auth/request":
            self._say(f"auth {self._password}", about="auth")
        elif frame.sort == "command/reply":
            self._hear_reply(frame.headers.get("reply-text", ""))
        elif frame.sort in {"text/rude-rejection", "text/disconnect-notice"}:
            self.is_ready = False
            if frame.sort == "text/rude-rejection":
                raise SwitchRefused("the switch does not talk to this address (acl)")
        else:
            yield from events_of(event_of(frame), self._plan, now=now)

    def _hear_reply(self, text: str) -> None:
        about = self._asked.pop(0) if self._asked else ""
        if about == "auth":
            if not text.startswith("+OK"):
                raise SwitchRefused("the password is wrong")
            self._say(f"event {self._words} {' '.join(WANTED)} CUSTOM callcenter::info", about="event")
        elif about == "event":
            if not text.startswith("+OK"):
                raise SwitchRefused(f"the switch tells us nothing: {text[:80]}")
            self.is_ready = True

    def only(self, header: str, value: str) -> None:
        """Hear of events with this header alone (`filter`); several of them add up."""
        self._say(f"filter {word(header)} {word(value)}")

    def keep_alive(self) -> None:
        self._say("bgapi status")

    def call(self, extension: str, number: str, *, key: str) -> None:
        variables = f"origination_uuid={word(key)},huhang_number={word(number)},ignore_early_media=true"
        self._command(f"originate {{{variables}}}user/{word(extension)} {word(number)} XML default")

    def pause(self, agent: str, *, reason: str = "") -> None:
        self._command(f"callcenter_config agent set status {word(agent)} 'On Break'")

    def resume(self, agent: str) -> None:
        self._command(f"callcenter_config agent set status {word(agent)} Available")

    def transfer(self, call_id: str, extension: str) -> None:
        self._command(f"uuid_transfer {word(call_id)} {word(extension)} XML default")

    def _command(self, text: str) -> None:
        self._say(f"bgapi {text}")
