"""What WeChat and WeCom do alike: sealing callbacks, handing out tokens, taking files, saying no by number.

Written from the vendors' documents and not from our adapters, so that a mistake is not made twice; the sealing is held
against the vendor's published sample (`tests/channels/adapters/test_weixin.py`).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.parser import BytesParser
from hashlib import sha1
from secrets import token_hex, token_urlsafe
from struct import pack

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from huhang.channels.rules.wire import Callback
from tests.channels.fakes.vendor_server import Answer, Request, VendorServer, in_json

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seal:
    """The vendor's side of the envelope."""

    token: str
    aes_key: str
    receiver: str

    def sealed(self, message: bytes, *, noise: bytes = b"") -> str:
        key = b64decode(f"{self.aes_key}=")
        padder = PKCS7(256).padder()
        inside = (
            (noise or token_hex(8).encode()) + pack(">I", len(message)) + message + self.receiver.encode()
        )
        padded = padder.update(inside) + padder.finalize()
        pen = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return b64encode(pen.update(padded) + pen.finalize()).decode()

    def signed(self, *words: str) -> str:
        return sha1("".join(sorted((self.token, *words))).encode(), usedforsecurity=False).hexdigest()

    def callback(self, xml: str, *, at: datetime, outer: str = "", noise: bytes = b"") -> Callback:
        """A message as it is pushed: sealed, and signed over what was sealed."""
        timestamp, nonce = str(int(at.timestamp())), token_hex(5)
        sealed = self.sealed(xml.encode(), noise=noise)
        query = {
            "signature": self.signed(timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": self.signed(timestamp, nonce, sealed),
        }
        body = f"<xml>{outer}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return Callback("POST", query, {"content-type": "text/xml"}, body.encode(), at)


def no(code: int, words: str) -> Answer:
    return in_json({"errcode": code, "errmsg": f"{words} rid: 6743a2c1-1f-2e"})


OK = {"errcode": 0, "errmsg": "ok"}


@dataclass
class Token:
    value: str
    ends_at: datetime


class WeixinServer(VendorServer):
    """A house with one account, one clock and one token in force."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.tokens: list[Token] = []
        self.refused_tokens: set[str] = set()
        self.files: dict[str, tuple[str, str, bytes]] = {}
        self.largest = {
            "image": 10 << 20,
            "voice": 2 << 20,
            "video": 10 << 20,
            "file": 20 << 20,
            "thumb": 64 << 10,
        }
        self.doors["POST", "/cgi-bin/media/upload"] = self.with_token(self.take_file)
        self.doors["GET", "/cgi-bin/media/get"] = self.with_token(self.give_file)

    def pass_time(self, span: timedelta) -> None:
        self.now += span

    def new_token(self) -> Token:
        """The tokens before it go on until their end, unless somebody refuses them."""
        token = Token(token_urlsafe(64), self.now + timedelta(seconds=7200))
        self.tokens.append(token)
        return token

    def with_token(self, door: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
        def guarded(request: Request) -> Answer:
            shown = request.query.get("access_token")
            if not shown:
                return no(41001, "access_token missing")
            known = [token for token in self.tokens if token.value == shown]
            if not known or shown in self.refused_tokens:
                return no(40001, "invalid credential, access_token is invalid or not latest")
            if known[0].ends_at <= self.now:
                return no(42001, "access_token expired")
            return door(request)

        return guarded

    def take_file(self, request: Request) -> Answer:
        sort = request.query.get("type", "")
        if sort not in self.largest:
            return no(40004, "invalid media type")
        part = _only_part(request)
        if part is None:
            return no(41005, "media data missing")
        name, content_type, content = part
        if len(content) > self.largest[sort]:
            return no(40009 if sort == "image" else 40006, "invalid media size")
        media_id = token_urlsafe(32)
        self.files[media_id] = name, content_type, content
        return in_json({"type": sort, "media_id": media_id, "created_at": int(self.now.timestamp())})

    def give_file(self, request: Request) -> Answer:
        found = self.files.get(request.query.get("media_id", ""))
        if found is None:
            return no(40007, "invalid media_id")
        name, content_type, content = found
        return Answer(
            content,
            headers={"Content-Type": content_type, "Content-disposition": f'attachment; filename="{name}"'},
        )


@dataclass
class Grant:
    """So many messages until then, as the vendor counts them."""

    cause: str
    left: int
    until: datetime


@dataclass
class Person:
    """Somebody with a telephone. Each act of theirs opens a window; a message of ours uses up what ends first."""

    is_following: bool = True
    grants: list[Grant] = field(default_factory=list)

    def act(self, cause: str, messages: int, until: datetime) -> None:
        self.grants = [grant for grant in self.grants if grant.cause != cause]
        self.grants.append(Grant(cause, messages, until))

    def spend(self, now: datetime) -> int:
        """0 when it may be sent, else the number of the no."""
        running = sorted((grant for grant in self.grants if now < grant.until), key=lambda grant: grant.until)
        usable = [grant for grant in running if grant.left]
        if not usable:
            return 45047 if running else 45015
        usable[0].left -= 1
        return 0


def _only_part(request: Request) -> tuple[str, str, bytes] | None:
    """The one file of a form, read by the standard library."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    form: Message = BytesParser().parsebytes(head + request.body)
    for part in form.get_payload() if form.is_multipart() else ():
        if isinstance(part, Message) and part.get_param("name", header="content-disposition") == "media":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return _file_name(request.body), part.get_content_type(), content
    return None


def _file_name(form: bytes) -> str:
    """As browsers write it: bare UTF-8, which the standard library does not read in a header."""
    found = re.search(rb'filename="([^"]*)"', form)
    return found[1].decode() if found else ""
