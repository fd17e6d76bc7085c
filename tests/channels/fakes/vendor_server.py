"""A vendor's server on this machine: real sockets, real HTTP, so that what is tested is what leaves the house."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What we asked the vendor."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def in_json(body: object, *, status: int = 200) -> Answer:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Answer(content, status, {"Content-Type": "application/json; charset=utf-8"})


Door = Callable[[Request], Answer]


class VendorServer:
    """Doors by method and path; a vendor's fake adds its own and keeps what came in `asked`."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.doors: dict[tuple[str, str], Door] = {}
        # Takes the next request, does what it asks and hangs up without a word, as lines do.
        self.hang_up_after_next = False
        # Answers of the next requests, before any door is asked.
        self.out_of_order: list[Answer] = []
        self.lock = Lock()
        # Opened by `with`: who only wants its callbacks needs no socket.
        self._http: _Server | None = None

    @property
    def url(self) -> str:
        assert self._http is not None
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.house = self
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._http is not None
        self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()
        self._thread.join()

    def answer(self, request: Request) -> Answer | None:
        """One request after another, as if the vendor had one database; None hangs up."""
        with self.lock:
            self.asked.append(request)
            if self.out_of_order:
                return self.out_of_order.pop(0)
            door = self.doors.get((request.method, request.path))
            said = door(request) if door else Answer(status=404)
            if self.hang_up_after_next:
                self.hang_up_after_next = False
                return None
            return said


class _Server(ThreadingHTTPServer):
    house: VendorServer
    daemon_threads = True

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._lines: set[socket] = set()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._lines.add(request)
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._lines.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Callers keep their lines for the next request; nobody is here any more to take it."""
        for line in list(self._lines):
            with suppress(OSError):  # it ended by itself
                line.shutdown(SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """Who asked does not wait any more: nothing that a test should print."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def _take(self) -> None:
        asked = urlsplit(self.path)
        request = Request(
            self.command,
            asked.path,
            dict(parse_qsl(asked.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        said = self.server.house.answer(request)
        if said is None:
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    def log_message(self, *words: object) -> None:
        pass
