"""One verified account at Weibo."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from huhang.channels.adapters.weibo.reading import heard
from huhang.channels.adapters.weixin import UNSURE, is_signed
from huhang.channels.adapters.weixin.parts import NO_SUCH_SORT
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, Post, Shelf
from huhang.channels.rules.incoming import Pulled, Reading, name_of
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.wire import Ask, Callback, Forged, NotReached, Said, Wire, WireAway

BASE, UPLOADS = "https://m.api.weibo.com", "https://upload.api.weibo.com"
# The house is busy, or has counted enough calls for this hour.
BUSY = frozenset({10001, 10009, 10010, 10022, 10023, 10024})
# The token ended or was taken back: letters wait until somebody puts a new one in.
TOKEN = frozenset({21314, 21315, 21316, 21317, 21319, 21327, 21332})


class Weibo:
    """Reads private messages and mentions, and answers with words or a link. No published number says "too late"."""

    is_real = True
    is_experimental = True

    def __init__(self, settings: Mapping[str, str], wire: Wire, shelf: Shelf) -> None:
        self.name = settings.get("name", "weibo")
        self._settings, self._wire = settings, wire
        self._base = settings.get("base_url") or BASE
        self._uploads = settings.get("upload_url") or UPLOADS

    def read(self, callback: Callback) -> Reading:
        """Check and translate a callback; an empty answer keeps it from being told again."""
        query, secret = callback.query, self._settings.get("app_secret", "")
        words = secret, query.get("timestamp", ""), query.get("nonce", "")
        if not secret or not is_signed(query.get("signature", ""), *words):
            raise Forged("signature")
        if callback.method == "GET":
            return Reading(reply=query.get("echostr", "").encode("utf-8", "replace"))
        return Reading(incoming=(heard(callback.body),))

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """Nothing ever waits there: everything is pushed."""
        return Pulled((), cursor, has_more=False)

    def fetch(self, ref: str) -> Media:
        """A picture or sound that a customer sent us."""
        answer = self._asked(
            "GET", f"{self._uploads}/2/mss/msget?{urlencode({**self._token(), 'fid': ref})}", b""
        )
        content_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        if answer.status != 200 or content_type == "application/json":
            raise self._no(_as_json(answer))
        return Media("", content_type, answer.body, ref)

    def send(self, letter: Letter, *, again: bool) -> str:
        """Hand words or a link over. Nothing can be looked for there: what may have arrived is refused."""
        sort, told = _shaped(letter)
        if again:
            raise GatewayRefused(UNSURE)
        body = {
            **self._token(),
            "type": sort,
            "receiver_id": letter.number,
            "data": json.dumps(told, ensure_ascii=False),
            "save_sender_box": "1",
        }
        answer = self._asked("POST", f"{self._base}/2/messages/reply.json", urlencode(body).encode())
        said = _as_json(answer)
        if said.get("result") is not True:
            raise self._no(said)
        return name_of(letter.key)

    def collect(self) -> Iterator[Post]:
        """Nothing is reported."""
        return iter(())

    def _token(self) -> dict[str, str]:
        return {"access_token": self._settings.get("access_token", "")}

    def _asked(self, method: str, url: str, body: bytes) -> Said:
        try:
            return self._wire(Ask(method, url, {"content-type": "application/x-www-form-urlencoded"}, body))
        except NotReached as away:
            raise NotTaken(str(away)) from away
        except WireAway as away:
            raise GatewayAway(str(away)) from away

    def _no(self, said: Mapping[str, Any]) -> Exception:
        words = str(said.get("error", ""))[:120]
        try:
            code = int(said["error_code"])
        except (KeyError, TypeError, ValueError):
            return GatewayAway("neither yes nor no")
        return (NotTaken if code in BUSY | TOKEN else GatewayRefused)(f"{code} {words}")


def _shaped(letter: Letter) -> tuple[str, dict[str, Any]]:
    """Words, or an article that leads somewhere; files have no way."""
    extra = letter.extra
    if extra.get("url") and letter.sort in (Sort.LINK, Sort.CARD):
        article = {
            "display_name": extra.get("title") or letter.text,
            "summary": extra.get("description", ""),
            "image": extra.get("picture", ""),
            "url": extra["url"],
        }
        return "articles", {"articles": [article]}
    if letter.media or not letter.text:
        raise GatewayRefused(NO_SUCH_SORT)
    return "text", {"text": letter.text}


def _as_json(answer: Said) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
