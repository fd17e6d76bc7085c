"""CMPP's bytes: against published bytes, against themselves, against Wireshark, against noise."""

import shutil
import struct
import subprocess
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.cmpp import marks, pdu, texts
from huhang.channels.adapters.cmpp.pdu import V20, V30
from huhang.channels.rules.sms import CHINA

ASCII = st.characters(min_codepoint=33, max_codepoint=126)
NUMBER = st.text("0123456789", min_size=1, max_size=21)


def text(size):
    return st.text(ASCII, max_size=size)


def uint(size):
    return st.integers(0, (1 << 8 * size) - 1)


SUBMITS = st.builds(
    pdu.Submit, numbers=st.lists(NUMBER, min_size=1, max_size=5).map(tuple), content=st.binary(max_size=160),
    src_id=text(21), sp_id=text(6), service_id=text(10), msg_id=uint(8), total=uint(1), number=uint(1),
    registered=uint(1), level=uint(1), fee_user_type=uint(1), fee_terminal=text(21), tp_pid=uint(1),
    tp_udhi=uint(1), fmt=uint(1), fee_type=text(2), fee_code=text(6), valid_time=text(17), at_time=text(17),
)  # fmt: skip
DELIVERS = st.builds(
    pdu.Deliver, msg_id=uint(8), dest_id=text(21), src=NUMBER, content=st.binary(max_size=160),
    registered=uint(1), service_id=text(10), tp_pid=uint(1), tp_udhi=uint(1), fmt=uint(1),
)  # fmt: skip
SMALL = st.one_of(
    st.builds(
        pdu.Connect, text(6), st.binary(min_size=16, max_size=16), st.sampled_from([0x20, 0x30]), uint(4)
    ),
    st.builds(pdu.ConnectResp, uint(1), st.binary(min_size=16, max_size=16), uint(1)),
    st.builds(pdu.SubmitResp, uint(8), uint(1)),
    st.builds(pdu.DeliverResp, uint(8), uint(1)),
    st.builds(pdu.Query, text(8), uint(1), text(10), text(8)),
    st.builds(pdu.QueryResp, text(8), uint(1), text(10), *[uint(4)] * 8),
    st.builds(pdu.Cancel, uint(8)),
    st.builds(pdu.CancelResp, uint(1)),
    st.sampled_from([pdu.Terminate(), pdu.TerminateResp(), pdu.ActiveTest(), pdu.ActiveTestResp()]),
)
VERSIONS = st.sampled_from([V20, V30])


class TestThePublishedExample:
    """Log-in bytes as gocmpp's and other clients' test vectors hold them: 900001 with 888888 on 21 October 08:05:10."""

    BYTES = bytes.fromhex(
        "0000002700000001000000173930303030 3190d00c1d517abd0b4f65f6bcf8535d16213cdc73be".replace(" ", "")
    )

    def test_of_a_login_reproduces(self):
        at = datetime(2026, 10, 21, 8, 5, 10, tzinfo=CHINA)
        timestamp = marks.stamp(at)
        assert timestamp == 1021080510
        made = pdu.Connect("900001", marks.proof("900001", "888888", timestamp), 0x21, timestamp)
        assert pdu.encode(made, 0x17, V20) == self.BYTES
        assert pdu.decode(self.BYTES, V20) == (0x17, made)

    def test_of_a_january_keeps_its_zero(self):
        assert marks.proof("a", "b", 102030405) == marks.proof("a", "b", int("0102030405"))
        assert marks.stamp(datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)) == 102030405


# Sizes as the standard adds them up: header, fields of the version, numbers and content.
SIZES = [
    (
        pdu.Submit(("13800138000",), b"x" * 10, "1069", "900001"),
        V20,
        12 + 147 + 10,
        "2.0: 126 + 21 for one number",
    ),
    (
        pdu.Submit(("13800138000",), b"x" * 10, "1069", "900001"),
        V30,
        12 + 183 + 10,
        "3.0: 151 + 32 for one number",
    ),
    (pdu.Deliver(1, "1069", "138", b"x" * 10), V20, 12 + 73 + 10, "2.0: 73 + content"),
    (pdu.Deliver(1, "1069", "138", b"x" * 10), V30, 12 + 97 + 10, "3.0: 97 + content"),
    (pdu.SubmitResp(1, 0), V20, 12 + 9, "one-byte result"),
    (pdu.SubmitResp(1, 0), V30, 12 + 12, "four-byte result"),
    (pdu.ConnectResp(0, bytes(16), V20), V20, 30, "one-byte status"),
    (pdu.ConnectResp(0, bytes(16), V30), V30, 33, "four-byte status"),
    (pdu.QueryResp("20261122", 0, "", *range(8)), V20, 12 + 51, "eight numbers"),
]


@pytest.mark.parametrize(("message", "version", "size", "why"), SIZES, ids=[row[3] for row in SIZES])
def test_sizes_are_those_of_the_standard(message, version, size, why):
    assert len(pdu.encode(message, 1, version)) == size, why


class TestRoundTrip:
    @given(message=SUBMITS | DELIVERS | SMALL, sequence=uint(4), version=VERSIONS)
    def test_what_is_written_is_read(self, message, sequence, version):
        assert pdu.decode(pdu.encode(message, sequence, version), version) == (sequence, message)

    @given(message=SUBMITS, link=text(20), version=st.just(V30))
    def test_what_only_3_0_holds_too(self, message, link, version):
        full = replace(message, link_id=link, fee_terminal_type=1, numbers_type=1)
        assert pdu.decode(pdu.encode(full, 1, version), version)[1] == full

    @given(uint(8))
    def test_numbers_of_messages(self, value):
        assert marks.MsgId.of(value).packed() == value

    def test_a_number_of_a_message_lies_as_the_standard_draws_it(self):
        made = marks.MsgId(12, 31, 23, 59, 58, 123456, 65535).packed()
        assert f"{made:064b}" == f"{12:04b}{31:05b}{23:05b}{59:06b}{58:06b}{123456:022b}{65535:016b}"

    @given(uint(8), text(7), text(10), text(10), text(21), uint(4), VERSIONS)
    def test_receipts(self, msg_id, stat, submitted, done, number, sequence, version):
        receipt = marks.Receipt(msg_id, stat, submitted, done, number, sequence)
        content = receipt.encoded(version)
        assert len(content) == (71 if version == V30 else 60)
        assert marks.Receipt.of(content) == receipt

    def test_what_does_not_fit_is_not_written(self):
        with pytest.raises(ValueError, match="does not fit"):
            pdu.encode(pdu.Submit(("1" * 22,), b"", "1069", "900001"), 1, V20)
        with pytest.raises(ValueError, match="does not fit"):
            pdu.encode(pdu.Cancel(1 << 64), 1, V20)


class TestNoise:
    @given(st.binary(max_size=300), VERSIONS)
    def test_any_bytes_are_read_or_broken(self, content, version):
        with suppress(pdu.Broken):
            pdu.decode(content, version)

    @given(st.sampled_from(sorted(pdu.COMMANDS)), st.binary(max_size=300), VERSIONS)
    def test_any_body_is_read_or_broken(self, command, body, version):
        with suppress(pdu.Broken):
            pdu.decode(struct.pack(">III", 12 + len(body), command, 1) + body, version)

    @given(st.binary(max_size=200))
    def test_any_receipt_is_read_or_broken(self, content):
        with suppress(pdu.Broken):
            marks.Receipt.of(content).done_at(datetime.now(UTC))

    @given(st.binary(max_size=150), st.booleans(), uint(1))
    def test_any_content_is_shown(self, content, has_header, fmt):
        part = texts.part_of(content, has_header=has_header)
        assert 1 <= part.number <= part.total
        texts.read(part.content, fmt).encode("utf8", "replace")

    def test_an_absurd_length_is_out_of_step(self):
        with pytest.raises(pdu.Broken):
            list(pdu.Frames().feed(b"HTTP/1.1 400 Bad Request"))


@given(st.lists(SUBMITS | DELIVERS | SMALL, max_size=5), st.data())
def test_a_stream_is_cut_where_messages_end(messages, data):
    stream = b"".join(pdu.encode(m, i, V30) for i, m in enumerate(messages))
    frames, got, at = pdu.Frames(), list[bytes](), 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        got += frames.feed(stream[at : at + size])
        at += size
    assert [pdu.decode(frame, V30)[1] for frame in got] == messages


class TestTexts:
    def test_seventy_characters_are_one_message(self):
        assert len(texts.split("运" * 70, 1)) == 1
        assert len(texts.split("运" * 71, 1)) == 2

    def test_long_ones_are_cut_at_67_with_a_header_of_six_bytes(self):
        parts = texts.split("运" * 134 + "单", 0x1AB)
        assert [len(part) for part in parts] == [6 + 134, 6 + 134, 6 + 2]
        assert [part[:6].hex() for part in parts] == ["050003ab0301", "050003ab0302", "050003ab0303"]

    @given(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=400), uint(1)
    )
    def test_parts_joined_are_the_text(self, words, reference):
        contents = texts.split(words, reference)
        assert all(len(content) <= 140 for content in contents)
        parts = [texts.part_of(content, has_header=len(contents) > 1) for content in contents]
        assert texts.read(b"".join(part.content for part in parts), texts.UCS2) == words
        assert [part.number for part in parts] == list(range(1, len(parts) + 1))

    def test_a_reference_of_two_bytes_is_read(self):
        part = texts.part_of(bytes.fromhex("06080401020302") + b"ab", has_header=True)
        assert (part.reference, part.total, part.number, part.content) == (0x0102, 3, 2, b"ab")

    def test_other_alphabets(self):
        assert texts.read("退订".encode("gbk"), 15) == "退订"
        assert texts.read(b"TD", 0) == "TD"


@pytest.fixture(scope="module")
def tshark():
    found = shutil.which("tshark")
    if not found:
        pytest.skip("tshark is not on this machine: Wireshark's view of our CMPP bytes is not checked")
    return found


def dissected(tshark, folder, frames, *wanted):
    """Wireshark's reading of our bytes, as rows of the wanted fields: a capture of one TCP stream, written by hand."""
    capture, sequence = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101), 1
    for frame in frames:
        tcp = struct.pack(">HHIIBBHHH", 40000, 7890, sequence, 1, 5 << 4, 0x18, 65535, 0, 0) + frame
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, 0x0A000001, 0x0A000002)
        capture += struct.pack("<IIII", 0, 0, len(ip + tcp), len(ip + tcp)) + ip + tcp
        sequence += len(frame)
    file = folder / "cmpp.pcap"
    file.write_bytes(capture)
    fields = [argument for name in wanted for argument in ("-e", name)]
    done = subprocess.run(
        [tshark, "-r", str(file), "-T", "fields", "-E", "separator=|", "-d", "tcp.port==7890,cmpp", *fields],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line.split("|") for line in done.stdout.splitlines()]


class TestWireshark:
    """Its dissector knows CMPP 3.0 (and, of 2.0, what both versions share)."""

    def test_reads_our_login_and_our_heartbeat(self, tshark, tmp_path):
        frames = [
            pdu.encode(pdu.Connect("900001", bytes(range(16)), V30, 1021080510), 7, V30),
            pdu.encode(pdu.ActiveTest(), 8, V30),
            pdu.encode(pdu.ConnectResp(3, bytes(range(16)), V30), 9, V30),
        ]
        rows = dissected(
            tshark, tmp_path, frames, "cmpp.Command_Id", "cmpp.Sequence_Id", "cmpp.Total_Length",
            "cmpp.connect.Source_Addr", "cmpp.Version", "cmpp.connect.Timestamp", "cmpp.connect_resp.Status",
        )  # fmt: skip
        assert rows[0][:4] == ["0x00000001", "7", "39", "900001"], rows
        assert rows[1][:3] == ["0x00000008", "8", "12"]
        assert rows[2][0] == "0x80000001"
        assert rows[2][6] in ("3", "0x00000003")

    def test_reads_a_part_of_a_long_submit(self, tshark, tmp_path):
        [first, _] = texts.split("您的快件已到" * 20, 9)
        message = pdu.Submit(
            ("13800138000",), first, "10690077", "900001", "HH", total=2, number=1, tp_udhi=1
        )
        [row] = dissected(
            tshark, tmp_path, [pdu.encode(message, 1, V30)], "cmpp.submit.Pk_total", "cmpp.submit.Pk_number",
            "cmpp.Servicd_Id", "cmpp.TP_udhi", "cmpp.Msg_Fmt", "cmpp.submit.Msg_src", "cmpp.submit.Src_Id",
            "cmpp.submit.DestUsr_tl", "cmpp.Dest_terminal_Id", "cmpp.Msg_Length", "cmpp.submit.FeeType",
        )  # fmt: skip
        assert [value.rstrip("\\0") for value in row[:2]] == ["2", "1"]
        assert (row[2], row[5], row[6]) == ("HH", "900001", "10690077"), row
        assert (row[3], row[4], row[7], row[8]) == ("1", "8", "1", "13800138000"), row
        assert (row[9], row[10]) == ("140", "01")

    def test_reads_a_receipt(self, tshark, tmp_path):
        msg_id = marks.MsgId(11, 22, 13, 5, 9, 4321, 77).packed()
        receipt = marks.Receipt(msg_id, "DELIVRD", "2611221305", "2611221306", "13800138000", 5)
        message = pdu.Deliver(1, "10690077", "13800138000", receipt.encoded(V30), registered=1, fmt=0)
        [row] = dissected(
            tshark, tmp_path, [pdu.encode(message, 1, V30)], "cmpp.deliver.Report.Status",
            "cmpp.deliver.Report.Submit_time", "cmpp.deliver.Report.Done_time", "cmpp.Msg_Id.timestamp",
            "cmpp.Msg_Id.ismg_code", "cmpp.Msg_Id.sequence_id", "cmpp.deliver.Dest_Id",
        )  # fmt: skip
        assert row[:3] == ["DELIVRD", "2611221305", "2611221306"], row
        assert "11/22 13:05:09" in row[3]
        # Wireshark 4.0 shows the upper 14 of the gateway's 22 bits.
        assert row[4].split(",")[-1] == str(4321 >> 8)
        assert row[5].split(",")[-1] == "77"
        assert row[6] == "10690077"
