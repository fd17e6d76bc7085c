"""Many browsers in one process: requests over kept lines, and event streams that come back as browsers do."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """The server said no."""

    def __init__(self, status: int, said: bytes) -> None:
        super().__init__(f"{status} {said.decode(errors='replace')[:300]}")
        self.status = status


class Http:
    """Requests to one port. A line that is cut is opened again; whether to ask again is the caller's affair."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(
        self, path: str, headers: dict[str, str], form: dict[str, Any] | bytes | None = None
    ) -> bytes:
        """The answer; `form` is posted as a form, or as it is."""
        body = form if isinstance(form, bytes) else urlencode(form or {}).encode()
        lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [] if form is None else [f"Content-Length: {len(body)}"]
        lines += [f"Content-Type: {FORM}"] if isinstance(form, dict) else []
        reader, writer = (
            self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self.port)
        )
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            status, said = await _answer(reader)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        if status >= 400:
            raise Refused(status, said)
        return said

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status, length = int(head[9:12]), 0
    for line in head.split("\r\n"):
        if line.startswith("content-length:"):
            length = int(line.partition(":")[2])
        if line.startswith("transfer-encoding:"):
            return status, await _chunks(reader)
    return status, await reader.readexactly(length)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while length := int(await reader.readline(), 16):
        found += await reader.readexactly(length)
        await reader.readline()
    await reader.readline()
    return found


class Ears:
    """An event stream: every change is told as (when it came, its number, reference); a cut line comes back."""

    def __init__(self, port: int, token: str, last: int, hear: Callable[[float, int, str], None]) -> None:
        self.port, self.token, self.last, self.hear = port, token, last, hear
        self.is_open = asyncio.Event()
        self.openings = 0
        self.numbers: list[int] = []
        self._retry = 2.0

    async def listen(self) -> None:
        while True:
            with suppress(OSError, EOFError):
                await self._once()
            self.is_open.clear()
            await asyncio.sleep(self._retry)

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            path = f"/push?token={quote(self.token)}&last={self.last}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            if b" 200 " not in await reader.readuntil(b"\r\n\r\n"):
                raise OSError(path)
            while line := await reader.readline():
                self._take(line)
        finally:
            writer.close()

    def _take(self, line: bytes) -> None:
        if line.startswith(b": open"):
            self.openings += 1
            self.is_open.set()
        elif line.startswith(b"retry: "):
            self._retry = int(line[7:]) / 1000
        elif line.startswith(b"data: "):
            told = json.loads(line[6:])
            self.last = told["id"]
            self.numbers.append(told["id"])
            self.hear(time.monotonic(), told["id"], told["ref"])
