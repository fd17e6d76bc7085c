"""The push server's only question, asked in ways that no browser would."""

from typing import Any

import pytest

from huhang.kit import live, push
from tests import asides


@pytest.mark.parametrize("last", ["²", "9" * 25, "9" * 5000, "-1", "1.5", "\xff", "%ff", "١"])
@pytest.mark.parametrize("in_header", [True, False])
def test_a_last_id_that_is_none(monkeypatch: pytest.MonkeyPatch, last: str, in_header: bool) -> None:
    async def nothing(*_: Any) -> list[str]:
        return []

    monkeypatch.setattr(push, "missed", nothing)
    monkeypatch.setattr(push, "_pump", nothing)
    monkeypatch.setattr(push.hub, "start", lambda: None)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    query = f"token={live.sign(['x@/'])}" + ("" if in_header else f"&last={last}")
    headers = [(b"last-event-id", last.encode())] if in_header else []
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/push",
        "query_string": query.encode(),
        "headers": headers,
    }
    asides.run(push.application(scope, nothing, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 200


@pytest.mark.parametrize("query", [b"", b"token=", b"token=x", b"token=%ff", b"\xff=\xff", b"token=a:b:c"])
def test_a_token_that_is_none(query: bytes) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/push", "query_string": query, "headers": []}
    asides.run(push.application(scope, send, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 403
