"""One POST to an address that a stranger may have chosen."""

import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import urlsplit

from huhang.channels.rules.webhooks import Network, may_reach

TIMEOUT = 15.0
KEPT = 500


class Unreachable(Exception):
    """Why nothing was posted, in words that tell a stranger nothing of our network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; of the words only the beginning."""

    status: int
    words: str


def post(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network]) -> Answer:
    """Post once. Unreachable when the address may not be reached, or nobody answers there."""
    asked = urlsplit(url)
    if asked.scheme not in ("http", "https") or not asked.hostname:
        raise Unreachable("address")
    port = asked.port or (443 if asked.scheme == "https" else 80)
    connection = _connection(asked.scheme, asked.hostname, port, _resolved(asked.hostname, port, allowed))
    path = f"{asked.path or '/'}{'?' + asked.query if asked.query else ''}"
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(KEPT).decode("utf8", "replace"))
    except ssl.SSLError as error:
        raise Unreachable("tls") from error
    except TimeoutError as error:
        raise Unreachable("timeout") from error
    except (OSError, HTTPException) as error:
        raise Unreachable("no answer") from error
    finally:
        connection.close()


def _resolved(host: str, port: int, allowed: Sequence[Network]) -> str:
    """The address that will be connected to: checked here, and not asked for again."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("name") from error
    addresses = [str(row[4][0]).split("%")[0] for row in found]
    if not addresses or not all(may_reach(ip_address(address), allowed) for address in addresses):
        raise Unreachable("address")
    return addresses[0]


def _connection(scheme: str, host: str, port: int, address: str) -> HTTPConnection:
    if scheme == "http":
        return _Plain(host, port, address)
    return _Secure(host, port, address)


class _Plain(HTTPConnection):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT)


class _Secure(HTTPSConnection):
    def __init__(self, host: str, port: int, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT, context=self._tls)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), TIMEOUT)
        # The certificate must be that of the name, whatever address it was found at.
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
