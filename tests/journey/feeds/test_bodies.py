"""A body is read whole, in part or not at all, always within its limits."""

import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from huhang.journey.feeds import bodies
from huhang.journey.feeds.bodies import BodyIsBroken, BodyTooLarge


def blocks(content, size=1000):
    return [content[at : at + size] for at in range(0, len(content), size)]


def bomb(megabytes):
    """A gzip of that many megabytes of noughts; a megabyte of it is a gigabyte unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bodies.GZIP)
    for _ in range(megabytes):
        yield packer.compress(bytes(bodies.MEGABYTE))
    yield packer.flush()


class TestReceived:
    def test_plain_and_packed_are_the_same(self):
        content = json.dumps([{"waybill": str(n)} for n in range(9999)]).encode()
        assert bodies.received(blocks(content), is_gzip=False) == content
        assert bodies.received(blocks(gzip.compress(content), 77), is_gzip=True) == content

    def test_several_gzip_members_are_one_body(self):
        assert bodies.received([gzip.compress(b"ab") + gzip.compress(b"cd")], is_gzip=True) == b"abcd"

    def test_a_bomb_of_a_gigabyte_costs_little(self):
        packed = b"".join(bomb(1024))
        tracemalloc.start()
        with pytest.raises(BodyTooLarge) as refused:
            bodies.received(blocks(packed, bodies.BLOCK), is_gzip=True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (refused.value.limit, refused.value.unpacked) == (bodies.UNPACKED_LIMIT, True)
        assert peak < 1.5 * bodies.UNPACKED_LIMIT

    def test_too_much_plain_text_is_refused_too(self):
        with pytest.raises(BodyTooLarge):
            bodies.received([bytes(bodies.MEGABYTE)] * 33, is_gzip=False)

    @pytest.mark.parametrize("cut", [1, 10, 30])
    def test_a_cut_off_gzip_is_refused_with_the_place(self, cut):
        packed = gzip.compress(b"[1, 2, 3]" * 100)
        with pytest.raises(BodyIsBroken) as refused:
            bodies.received([packed[:cut]], is_gzip=True)
        assert refused.value.byte == cut

    def test_what_is_no_gzip_is_refused(self):
        with pytest.raises(BodyIsBroken):
            bodies.received([b"[]"], is_gzip=True)


class TestRows:
    def test_an_array_is_counted_from_one(self):
        found = bodies.rows(b'[{"a": 1}, 7, {"a": 2}]')
        assert (found.numbers, [unread.number for unread in found.unread]) == ([1, 3], [2])

    def test_half_an_array_is_refused_whole_with_the_place(self):
        with pytest.raises(BodyIsBroken) as refused:
            bodies.rows('[{"a": "派件"}, {"a": "派'.encode())
        assert refused.value.what == "json"
        assert refused.value.byte > 0

    def test_lines_keep_their_numbers_and_a_cut_last_line_is_one_bad_row(self):
        found = bodies.rows(b'{"a": 1}\n\n{"a": 2}\r\n{"a": ')
        assert (found.numbers, [unread.number for unread in found.unread]) == ([1, 3], [4])

    @pytest.mark.parametrize("body", [b"", b"\n \n", b"[]", b"\xef\xbb\xbf"])
    def test_nothing_is_no_rows(self, body):
        assert bodies.rows(body).rows == []


def test_a_table_has_only_wanted_columns_and_keeps_numbers():
    rows: list[dict[str, Any]] = [
        {"Code": 15, "waybill": 7, "x" * 9: 1, "text": None},
        {"Code": 4, "waybill": "A", "text": {"a": 1}},
    ]
    table = bodies.table(rows, ["code", "waybill", "text"])
    assert table.to_pydict() == {"Code": [15, 4], "waybill": ["7", "A"], "text": [None, '{"a": 1}']}
