"""The envelope of WeChat and WeCom: the vendor's published sample opens and seals alike, everything else is refused."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.channels.adapters.weixin import Envelope, fields, moment, parsed
from huhang.channels.adapters.weixin.api import _as_form
from huhang.channels.adapters.weixin.envelope import signature
from huhang.channels.rules.matter import Media
from huhang.channels.rules.pieces import cut
from huhang.channels.rules.wire import Forged, Unreadable
from tests.channels.fakes.weixin import Seal

# From Sample.cs of the vendor's own WXBizMsgCrypt, and the same in the guide of WeCom (document/path/90968).
TOKEN, RECEIVER = "QDG6eK", "wx5823bf96d3bd56c7"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
    "JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
    "c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9"
    "EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
    "lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
# (what was sealed, its signature, timestamp, nonce, the noise inside, the message)
SAMPLES = [
    (
        ECHO, "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780",
        b"c41b64491c2468d0", b"1616140317555161061",
    ),
    (
        MESSAGE, "477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", b"0960688932c47ef1",
        b"<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n"
        b"<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n"
        b"<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n"
        b"<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>",
    ),
]  # fmt: skip
ENVELOPE = Envelope(TOKEN, AES_KEY, RECEIVER)


@pytest.mark.parametrize(("sealed", "signed", "timestamp", "nonce", "noise", "message"), SAMPLES)
class TestThePublishedExample:
    def test_the_published_example(self, sealed, signed, timestamp, nonce, noise, message) -> None:
        assert ENVELOPE.open(sealed, signature=signed, timestamp=timestamp, nonce=nonce) == message

    def test_is_sealed_alike(self, sealed, signed, timestamp, nonce, noise, message) -> None:
        assert ENVELOPE.seal(message, timestamp=timestamp, nonce=nonce, noise=noise) == (sealed, signed)

    def test_the_fake_speaks_the_same(self, sealed, signed, timestamp, nonce, noise, message) -> None:
        seal = Seal(TOKEN, AES_KEY, RECEIVER)
        assert seal.sealed(message, noise=noise) == sealed
        assert seal.signed(timestamp, nonce, sealed) == signed


class TestForged:
    @pytest.mark.parametrize(
        "changed",
        [
            {"signature": "0" * 40},
            {"signature": ""},
            {"signature": "签名"},
            {"timestamp": "1"},
            {"nonce": "1"},
        ],
    )
    def test_a_word_that_is_not_theirs(self, changed: dict[str, str]) -> None:
        told = {"signature": SAMPLES[0][1], "timestamp": "1409659589", "nonce": "263014780"}
        with pytest.raises(Forged):
            ENVELOPE.open(ECHO, **{**told, **changed})

    def test_sealed_for_somebody_else(self) -> None:
        sealed, signed = Envelope(TOKEN, AES_KEY, "wx_another").seal(b"x", timestamp="1", nonce="2")
        with pytest.raises(Forged, match="receiver"):
            ENVELOPE.open(sealed, signature=signed, timestamp="1", nonce="2")

    def test_an_account_without_a_token_believes_nobody(self) -> None:
        open_house = Envelope("", AES_KEY, RECEIVER)
        sealed, signed = open_house.seal(b"x", timestamp="1", nonce="2")
        with pytest.raises(Forged):
            open_house.open(sealed, signature=signed, timestamp="1", nonce="2")

    @pytest.mark.parametrize("key", ["", "short", "x" * 42, "x" * 44, "钥" * 43])
    def test_a_key_that_is_none_is_named_but_not_to_strangers(self, key: str) -> None:
        envelope = Envelope(TOKEN, key, RECEIVER)
        told = {"signature": SAMPLES[0][1], "timestamp": "1409659589", "nonce": "263014780"}
        with pytest.raises(Unreadable, match="EncodingAESKey"):
            envelope.open(ECHO, **told)
        with pytest.raises(Forged):
            envelope.open(ECHO, **{**told, "nonce": "1"})


@settings(max_examples=50)
@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_what_was_sealed_opens(message: bytes, timestamp: str, nonce: str) -> None:
    sealed, signed = ENVELOPE.seal(message, timestamp=timestamp, nonce=nonce)
    assert ENVELOPE.open(sealed, signature=signed, timestamp=timestamp, nonce=nonce) == message


@given(st.binary(max_size=200), st.booleans())
def test_rubbish_under_a_true_signature_is_unreadable(content: bytes, is_base64: bool) -> None:
    sealed = b64encode(content).decode() if is_base64 else content.decode("latin-1")
    with pytest.raises((Forged, Unreadable)):
        ENVELOPE.open(sealed, signature=signature(TOKEN, "1", "2", sealed), timestamp="1", nonce="2")


class TestXml:
    def test_reads_words_and_numbers(self) -> None:
        told = fields(parsed("<xml><A><![CDATA[<字>]]></A><B>2</B><A>later</A></xml>".encode()))
        assert told == {"A": "<字>", "B": "2"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"<xml>",
            b"<xml>\x00</xml>",
            b'<?xml version="1.0" encoding="no-such"?><xml/>',
            b'<!DOCTYPE xml [<!ENTITY a "aaaa">]><xml>&a;</xml>',
            b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml/>',
        ],
    )
    def test_refuses_what_is_none_and_what_reaches_out(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            parsed(body)

    @pytest.mark.parametrize("seconds", ["", "x", "-1", "9" * 30, "1e9", "99999999999", None])
    def test_refuses_moments_that_are_none(self, seconds: object) -> None:
        with pytest.raises(Unreadable):
            moment(seconds)

    @given(st.binary(max_size=200))
    def test_any_bytes_are_read_or_unreadable(self, body: bytes) -> None:
        with suppress(Unreadable):
            fields(parsed(body))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(0, 200))
def test_words_that_are_cut_are_all_there(text: str, times: int) -> None:
    pieces = cut(text * times)
    assert "".join(pieces) == text * times
    assert all(0 < len(piece.encode()) <= 2048 for piece in pieces)


@given(st.text(max_size=30), st.text(max_size=30), st.binary(max_size=100))
def test_no_file_breaks_the_form_that_carries_it(name: str, content_type: str, content: bytes) -> None:
    mark = "a" * 32
    head, _, rest = _as_form(Media(name, content_type, content), mark).partition(b"\r\n\r\n")
    assert head.count(b"\r\n") == 2
    assert rest == content + f"\r\n--{mark}--\r\n".encode()
