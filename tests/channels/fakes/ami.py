"""An Asterisk for tests: a manager interface over TCP, and events in the form of the published reference.

Fields and their order are those of "AMI Events" (docs.asterisk.org, Asterisk 20 and 22); `Timestamp` is what
`timestampevents = yes` adds. The proof of a log-in is that of the reference's "AMI Actions: Login".
"""

import hashlib
import socketserver
import threading
from contextlib import suppress

CALLER, AGENT_LEG = "1763600400.130", "1763600420.131"
CHANNEL = {
    "Channel": "PJSIP/trunk-00000036", "ChannelState": "6", "ChannelStateDesc": "Up",
    "CallerIDNum": "13800001234", "CallerIDName": "<unknown>", "ConnectedLineNum": "<unknown>",
    "ConnectedLineName": "<unknown>", "Language": "zh", "AccountCode": "", "Context": "from-trunk",
    "Exten": "95500", "Priority": "51", "Uniqueid": CALLER, "Linkedid": CALLER,
}  # fmt: skip
DEST = {
    "DestChannel": "PJSIP/1001-00000037", "DestChannelState": "6", "DestChannelStateDesc": "Up",
    "DestCallerIDNum": "1001", "DestExten": "1001", "DestUniqueid": AGENT_LEG, "DestLinkedid": CALLER,
}  # fmt: skip
MEMBER = {"Queue": "support", "MemberName": "林晓", "Interface": "PJSIP/1001"}

# Event → what the reference lists beyond the channel.
documented: dict[str, dict[str, str]] = {
    "Newchannel": {},
    "QueueCallerJoin": {"Queue": "support", "Position": "1", "Count": "1"},
    "QueueCallerLeave": {"Queue": "support", "Position": "1", "Count": "0"},
    "QueueCallerAbandon": {"Queue": "support", "Position": "1", "OriginalPosition": "1", "HoldTime": "6"},
    "AgentCalled": DEST | MEMBER,
    "AgentRingNoAnswer": DEST | MEMBER | {"RingTime": "5000"},
    "AgentConnect": DEST | MEMBER | {"RingTime": "3", "HoldTime": "20"},
    "AgentComplete": DEST | MEMBER | {"HoldTime": "20", "TalkTime": "61", "Reason": "caller"},
    "Hangup": {"Cause": "16", "Cause-txt": "Normal Clearing"},
    "DTMFEnd": {"Digit": "7", "DurationMs": "100", "Direction": "Received"},
    "Hold": {"MusicClass": "default"},
    "Unhold": {},
    "BlindTransfer": {
        "Result": "Success", "TransfererChannel": "PJSIP/1001-00000037", "TransfererLinkedid": CALLER,
        "Extension": "1002",
    },
    "QueueMemberPause": MEMBER | {"Paused": "1", "PausedReason": "lunch"},
    "VarSet": {"Variable": "MIXMONITOR_FILENAME", "Value": "/var/spool/asterisk/monitor/a.wav"},
    "UserEvent": {"UserEvent": "CallBackAsked"},
    "DialBegin": DEST | {"DialString": "1001"},
    "DialEnd": DEST | {"DialStatus": "ANSWER"},
}  # fmt: skip


def example(event, second=0.0, **more):
    """A published event, said so many seconds after 2025-11-20 01:00 UTC."""
    stamp = {"Timestamp": f"{1763600400 + second:.6f}"}
    head = {"Event": event, "Privilege": "call,all"}
    return head | stamp | CHANNEL | documented[event] | {k.replace("__", "-"): v for k, v in more.items()}


def packet(told: dict[str, str]) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in told.items()) + "\r\n").encode()


class Asterisk:
    """A listening manager interface with one account."""

    challenge = "840415273"

    def __init__(self, user: str = "huhang", secret: str = "geheim") -> None:
        self.user, self.secret = user, secret
        self.actions: list[dict[str, str]] = []
        self._connections: list[_Connection] = []
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.asterisk = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def key(self) -> str:
        return hashlib.md5((self.challenge + self.secret).encode(), usedforsecurity=False).hexdigest()

    def tell(self, told: dict[str, str]) -> int:
        ready = [connection for connection in self._connections if connection.is_in]
        return sum(connection.send(packet(told)) for connection in ready)

    def hang_up(self) -> None:
        for connection in list(self._connections):
            with suppress(OSError):
                connection.connection.shutdown(2)

    def close(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    asterisk: Asterisk


class _Connection(socketserver.StreamRequestHandler):
    server: _Server
    is_in = False

    def handle(self) -> None:
        asterisk = self.server.asterisk
        asterisk._connections.append(self)
        self.send(b"Asterisk Call Manager/9.0.0\r\n")
        with suppress(OSError):
            while action := self._action():
                asterisk.actions.append(action)
                self.send(packet({**self._answer(asterisk, action), "ActionID": action.get("ActionID", "")}))
        asterisk._connections.remove(self)

    def _action(self) -> dict[str, str]:
        action: dict[str, str] = {}
        while line := self.rfile.readline().decode().strip("\r\n"):
            name, _, value = line.partition(": ")
            action[name] = value
        return action

    def _answer(self, asterisk: Asterisk, action: dict[str, str]) -> dict[str, str]:
        if action["Action"] == "Challenge":
            return {"Response": "Success", "Challenge": asterisk.challenge}
        if action["Action"] == "Login":
            self.is_in = (action["Username"], action["Key"]) == (asterisk.user, asterisk.key())
            if not self.is_in:
                return {"Response": "Error", "Message": "Authentication failed"}
            return {"Response": "Success", "Message": "Authentication accepted"}
        if not self.is_in:
            return {"Response": "Error", "Message": "Permission denied"}
        return {"Response": "Success", "Ping": "Pong"}

    def send(self, data: bytes) -> bool:
        try:
            self.connection.sendall(data)
        except OSError:
            return False
        return True
