"""Any other switch: signed JSON."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.call_http import read_calls, sign
from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy
from huhang.channels.rules.wire import Callback, Forged, Unreadable

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
EVENT = {"id": "1", "call": "c1", "kind": "queued", "at": "2026-11-20T12:00:00+08:00", "queue": "customers"}


def posted(body, *, secret="geheim", at=NOW, signature=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(at.timestamp()))
    headers = {"x-huhang-timestamp": stamp, "x-huhang-signature": signature or sign(secret, stamp, content)}
    return Callback("POST", {}, headers, content, NOW)


def read(callback):
    return read_calls(callback, secret="geheim")


class TestIntake:
    def test_reads_what_is_signed(self):
        told = EVENT | {
            "ended_by": "caller",
            "outbound": True,
            "seq": 3,
            "ani": "13800001234",
            "state": "ready",
        }
        assert read(posted({"events": [told]})) == [
            CallEvent(
                "http/1", "c1", CallKind.QUEUED, NOW, seq=3, queue="customers", ani="13800001234",
                is_outbound=True, ended_by=EndedBy.CALLER, extra={"state": "ready"},
            )
        ]  # fmt: skip

    def test_the_signature_of_the_how_to(self):
        # Worked out with `openssl dgst -sha256 -hmac geheim`.
        assert sign("geheim", "1763600400", b'{"events": []}') == (
            "sha256=7d1561d984e7d9a0dc4b8349976693a1d7ff1bca196d051debb03bebc4926a0e"
        )

    @pytest.mark.parametrize(
        "callback",
        [
            posted({"events": [EVENT]}, secret="falsch"),
            posted({"events": [EVENT]}, signature="sha256=00"),
            posted({"events": [EVENT]}, signature="ß"),
            posted({"events": [EVENT]}, at=NOW - timedelta(minutes=6)),
            posted({"events": [EVENT]}, at=NOW + timedelta(minutes=6)),
            Callback("POST", {}, {}, b"{}", NOW),
        ],
    )
    def test_believes_nobody_else(self, callback):
        with pytest.raises(Forged):
            read(callback)

    def test_without_a_secret_believes_nobody(self):
        with pytest.raises(Forged):
            read_calls(posted({"events": []}, secret=""), secret="")

    @pytest.mark.parametrize(
        "body",
        [
            b"{", b"[" * 100_000, [], {}, {"events": {}}, {"events": [1]}, {"events": [EVENT] * 1001},
            {"events": [EVENT | {"kind": "lunch"}]}, {"events": [EVENT | {"at": "2026-11-20T12:00:00"}]},
            {"events": [EVENT | {"at": "0001-01-01T00:00:00+08:00"}]}, {"events": [EVENT | {"at": None}]},
            {"events": [EVENT | {"id": ""}]}, {"events": [EVENT | {"call": 7}]}, {"events": [EVENT | {"seq": -1}]},
            {"events": [EVENT | {"seq": True}]}, {"events": [EVENT | {"agent": "a\0"}]},
            {"events": [EVENT | {"ani": "1" * 33}]}, {"events": [EVENT | {"wish": "more"}]},
            {"events": [EVENT | {"ended_by": "cat"}]},
        ],
    )  # fmt: skip
    def test_takes_nothing_of_what_it_cannot_read(self, body):
        with pytest.raises(Unreadable):
            read(posted(body))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from([*EVENT, "events", "seq"]), inner)
            ),
        )
    )
    def test_of_any_body_is_read_or_refused(self, body):
        try:
            read(posted({"events": [EVENT | body]} if isinstance(body, dict) else body))
        except Unreadable:
            return
