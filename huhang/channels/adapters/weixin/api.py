"""Asking the vendor: JSON or files with a token in the address; a refused token is renewed once, by one of us."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, NotTaken, Shelf, WindowClosed
from huhang.channels.rules.matter import Media
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Ask, NotReached, Said, Wire, WireAway

STALE_TOKEN = frozenset({40001, 40014, 41001, 42001})
# System busy, and the quotas of calls per minute and per day: it will be taken later.
BUSY = frozenset({-1, 45009, 45011})
UNSURE = "上次发送时线路中断，无法确认客户是否收到；请核对后再决定是否重发"

TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


class Refused(GatewayRefused):
    """The vendor's own no, with its number."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words[:120]}".strip())
        self.code = code


@dataclass(frozen=True, slots=True)
class Codes:
    """What a vendor's numbers mean beyond the common ones."""

    closed: Mapping[int, Closed] = field(default_factory=dict)
    # Ours to put right in the console (secret, allow list): letters wait for that rather than fail.
    waiting: frozenset[int] = frozenset()


class Api:
    """One account's calls. `renew` gets the stale token, or nothing, and fetches one that holds for so many seconds."""

    def __init__(
        self, base: str, wire: Wire, shelf: Shelf, renew: Callable[[str], tuple[str, int]], codes: Codes
    ) -> None:
        self._base, self._wire, self._shelf, self._renew, self._codes = base, wire, shelf, renew, codes

    def post(self, path: str, body: object) -> dict[str, Any]:
        """Post JSON and return what was said. Characters stay as they are: `\\uXXXX` would reach the customer so."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        said, _ = self._with_token("POST", path, {}, {"content-type": "application/json"}, content)
        if not said:
            raise GatewayAway("the answer is not JSON")
        return said

    def upload(self, path: str, media: Media, *, sort: str) -> str:
        """Give a file to the vendor and return its name for it."""
        mark = token_hex(16)
        headers = {"content-type": f"multipart/form-data; boundary={mark}"}
        try:
            said, _ = self._with_token("POST", path, {"type": sort}, headers, _as_form(media, mark))
            return str(said["media_id"])
        except KeyError as error:
            raise NotTaken("media_id") from error
        except GatewayAway as away:
            # A file that nobody was sent yet: uploading it twice repeats nothing.
            raise NotTaken(str(away)) from away

    def download(self, path: str, ref: str) -> tuple[dict[str, Any], Media]:
        """The bytes behind a reference, or what was said in place of them."""
        said, answer = self._with_token("GET", path, {"media_id": ref}, {}, b"")
        return said, _as_media(answer, ref)

    def say(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Said:
        """Ask without a token. NotTaken when the request surely did not arrive."""
        try:
            answer = self._wire(Ask(method, url, headers, body))
        except NotReached as away:
            raise NotTaken(str(away)) from away
        except WireAway as away:
            raise GatewayAway(str(away)) from away
        if answer.status != 200:
            raise GatewayAway(f"HTTP {answer.status}")
        return answer

    def checked(self, answer: Said) -> dict[str, Any]:
        """What was said in JSON; a file says nothing. Raises what its number means."""
        said = _as_json(answer)
        code = said.get("errcode", 0)
        if code == 0:
            return said
        raise self._meaning(code if isinstance(code, int) else -1, str(said.get("errmsg", "")))

    def token_from(self, answer: Said) -> tuple[str, int]:
        """The token in an answer. NotTaken whatever was wrong: no letter was handed over yet."""
        try:
            said = self.checked(answer)
            return str(said["access_token"]), int(said["expires_in"])
        except GatewayRefused as refusal:
            raise NotTaken(str(refusal)) from refusal
        except (KeyError, TypeError, ValueError) as error:
            raise NotTaken("access_token") from error

    def _with_token(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[dict[str, Any], Said]:
        stale = ""
        while True:
            token = self._token(stale)
            address = f"{self._base}{path}?{urlencode({'access_token': token, **query})}"
            answer = self.say(method, address, headers, body)
            try:
                return self.checked(answer), answer
            except Refused as refusal:
                if refusal.code not in STALE_TOKEN:
                    raise
                if stale:
                    raise NotTaken(str(refusal)) from refusal
            stale = token

    def _token(self, stale: str) -> str:
        try:
            return self._shelf.token(lambda: self._renew(stale), stale=stale)
        except NotTaken:
            raise
        except GatewayAway as away:
            # Nobody was asked to take a letter: only the token was asked for.
            raise NotTaken(str(away)) from away

    def _meaning(self, code: int, words: str) -> Exception:
        if code in self._codes.closed:
            return WindowClosed(self._codes.closed[code])
        if code in BUSY or code in self._codes.waiting:
            return NotTaken(f"{code} {words[:120]}")
        return Refused(code, words)


def _as_json(answer: Said) -> dict[str, Any]:
    """What was said, whatever they call its type. What has a file's name is a file, even one full of JSON."""
    if "content-disposition" in answer.headers:
        return {}
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _as_media(answer: Said, ref: str) -> Media:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    _, _, name = answer.headers.get("content-disposition", "").partition("filename=")
    return Media(name.strip().strip('"')[:200], content_type, answer.body, ref)


def _as_form(media: Media, mark: str) -> bytes:
    name = "".join(sign for sign in media.name if sign not in '"\r\n\\') or "file"
    sort = media.content_type if TYPE.fullmatch(media.content_type) else "application/octet-stream"
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="media"; filename="{name}"; '
        f"filelength={len(media.data)}\r\nContent-Type: {sort}\r\n\r\n"
    )
    return head.encode("utf-8", "replace") + media.data + f"\r\n--{mark}--\r\n".encode()
