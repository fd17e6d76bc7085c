"""Two tellings of the same event have one identity."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.journey.watch import identity
from tests.journey.watch.scans import MOMENT

AT = datetime(2026, 3, 2, 8, 15, 30, 250_000, tzinfo=UTC)
texts = st.text(max_size=80)
rows = st.lists(
    st.tuples(texts, texts, st.integers(0, 31), texts, texts, st.one_of(st.none(), texts)), max_size=6
)


def scans(told: list[tuple[str, str, int, str, str, str | None]]) -> pa.Table:
    carrier, waybill, code, node, operator, text = zip(*told, strict=True) if told else ((),) * 6
    return pa.table(
        {
            "carrier": pa.array(carrier, pa.string()).dictionary_encode(),
            "waybill": pa.array(waybill, pa.string()),
            "code": pa.array(code, pa.uint8()),
            "event_time": pa.array([AT] * len(told), MOMENT),
            "node": pa.array(node, pa.string()),
            "operator": pa.array(operator, pa.string()),
            "text": pa.array(text, pa.string()),
        }
    )


def plainly(carrier: str, waybill: str, code: int, node: str, operator: str, text: str | None) -> bytes:
    at = 1772439330250000
    message = "\x1f".join([carrier, waybill, str(code), str(at), node, operator, text or ""])
    return sha256(message.encode()).digest()[:16]


@settings(deadline=None)
@given(rows)
def test_is_the_hash_of_the_joined_fields(told: list[tuple[str, str, int, str, str, str | None]]) -> None:
    assert identity.identities(scans(told)).to_pylist() == [plainly(*row) for row in told]


def test_without_open_ssl_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    table = scans(
        [("sto", "7700000000001", 10, "SZ-WZ", "w1", "快件到达苏州吴中"), ("", "", 0, "", "", None)]
    )
    usual = identity.identities(table)
    monkeypatch.setattr(identity, "_DIGEST", identity._digest_with_hashlib)
    assert identity.identities(table).equals(usual)


def test_a_slice_of_a_table_has_the_identities_of_its_rows() -> None:
    table = scans([("sto", str(number), 10, "SZ-WZ", "w1", "到件") for number in range(9)])
    whole = identity.identities(table).to_pylist()
    assert identity.identities(table.slice(3, 4)).to_pylist() == whole[3:7]
    assert len(set(whole)) == len(np.unique(whole))


def test_machine_code_is_found_again_at_the_next_start():
    # numba saves, but never finds, the code of a function that closes over something: seconds at each start.
    function: Any = identity._digest_with_open_ssl
    assert function.py_func.__closure__ is None
