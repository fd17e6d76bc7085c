"""How the other processes of the house hand letters to the one that holds the line: a local port, a shared key."""

import hmac
import json
import os
import secrets
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken
from huhang.channels.rules.outgoing import Medium

LONGEST = 64 * 1024
NOBODY = "短信网关未连接：没有工作进程持有线路"
_ERRORS: dict[str, type[Exception]] = {
    error.__name__: error for error in (GatewayAway, NotTaken, GatewayRefused)
}


class Hatch:
    """Open while this process holds the line."""

    def __init__(self, file: Path, send: Callable[[Letter], str]) -> None:
        key = secrets.token_hex(16)

        class Handler(socketserver.StreamRequestHandler):
            timeout = 10

            def handle(self) -> None:
                with suppress(OSError):
                    self.wfile.write(
                        json.dumps(_handed_in(self.rfile.readline(LONGEST), key, send)).encode() + b"\n"
                    )

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, args=[0.2], name="cmpp-hatch", daemon=True
        ).start()
        _write(file, {"port": self._server.server_address[1], "key": key})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def hand_in(file: Path, letter: Letter, *, timeout: float) -> str:
    """Give a letter to whoever holds the line; as `Gateway.send`. NotTaken when nobody is there."""
    try:
        where = json.loads(file.read_bytes())
        line = socket.create_connection(("127.0.0.1", where["port"]), 5)
    except (OSError, ValueError, KeyError) as error:
        raise NotTaken(NOBODY) from error
    with line:
        line.settimeout(timeout)
        try:
            line.sendall(json.dumps(_facts(letter) | {"key_of_hatch": where["key"]}).encode() + b"\n")
            said = json.loads(line.makefile("rb").readline(LONGEST))
        except (OSError, ValueError) as error:
            # Whether it had left already stands in the journal; the next attempt finds it there.
            raise GatewayAway("持有线路的工作进程没有答复") from error
    if not isinstance(said, dict):
        raise GatewayAway("持有线路的工作进程没有答复")
    if "error" in said:
        raise _ERRORS.get(said["error"], GatewayAway)(said["words"])
    return str(said["id"])


def _handed_in(line: bytes, key: str, send: Callable[[Letter], str]) -> dict[str, str]:
    try:
        facts = json.loads(line)
        if not hmac.compare_digest(str(facts.pop("key_of_hatch")).encode(), key.encode()):
            return {"error": "NotTaken", "words": NOBODY}
        letter = Letter(
            facts["key"], Medium.SMS, facts["number"], facts["text"], datetime.fromisoformat(facts["queued_at"]),
            door=facts["door"],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"error": "NotTaken", "words": NOBODY}
    try:
        return {"id": send(letter)}
    except (GatewayAway, GatewayRefused) as trouble:
        return {"error": type(trouble).__name__, "words": str(trouble)}


def _facts(letter: Letter) -> dict[str, Any]:
    return {
        "key": letter.key, "number": letter.number, "text": letter.text, "door": letter.door,
        "queued_at": letter.queued_at.isoformat(),
    }  # fmt: skip


def _write(file: Path, facts: dict[str, Any]) -> None:
    fresh = file.with_suffix(".new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        json.dump(facts, written)
    fresh.replace(file)
