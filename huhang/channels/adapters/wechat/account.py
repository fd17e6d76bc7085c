"""One official account."""

import json
from collections.abc import Iterator, Mapping

from huhang.channels.adapters.wechat.notices import notice
from huhang.channels.adapters.wechat.reading import heard
from huhang.channels.adapters.weixin import UNSURE, Api, Codes, Envelope, is_signed, parsed, sealed
from huhang.channels.adapters.weixin.parts import HALF_SENT, Part, parts
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, Post, Shelf
from huhang.channels.rules.incoming import Pulled, Reading, name_of
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Callback, Forged, Wire

BASE = "https://api.weixin.qq.com"
# What it wants to hear within five seconds; the work is done later.
TAKEN = b"success"
FILES = frozenset({Sort.IMAGE, Sort.VOICE, Sort.VIDEO})
CODES = Codes(
    closed={
        45015: Closed.TOO_LATE,
        45047: Closed.USED_UP,
        43004: Closed.NOT_FOLLOWING,
        50005: Closed.NOT_FOLLOWING,
        43019: Closed.UNWANTED,
        43101: Closed.UNWANTED,
        48002: Closed.UNWANTED,
    },
    # The secret was changed, or our address is not on the console's list: until somebody puts it right.
    waiting=frozenset({40013, 40125, 40164}),
)


class WeChat:
    """Answers callbacks at once, and writes where a window is open (`rules.quotas`)."""

    is_real = True

    def __init__(self, settings: Mapping[str, str], wire: Wire, shelf: Shelf) -> None:
        self.name = settings.get("name", "wechat")
        self._settings = settings
        self._base = settings.get("base_url") or BASE
        self._api = Api(self._base, wire, shelf, self._renew, CODES)

    def read(self, callback: Callback) -> Reading:
        """Check and translate a callback; the URL check is answered with its own word."""
        if callback.method == "GET":
            self._check_signature(callback)
            return Reading(reply=callback.query.get("echostr", "").encode("utf-8", "replace"))
        incoming, reports = heard(parsed(self._message(callback)))
        return Reading(incoming=incoming, reports=reports, reply=TAKEN)

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """Nothing ever waits there: everything is pushed."""
        return Pulled((), cursor, has_more=False)

    def fetch(self, ref: str) -> Media:
        """A picture, sound or film that a customer sent: kept there for three days."""
        said, media = self._api.download("/cgi-bin/media/get", ref)
        if "video_url" not in said:
            return media
        film = self._api.say("GET", str(said["video_url"]), {}, b"")
        return Media(content_type="video/mp4", data=film.body, ref=ref)

    def send(self, letter: Letter, *, again: bool) -> str:
        """Hand a message or notice over. Messages cannot be looked for: one that may have arrived is refused."""
        if letter.extra.get("template"):
            return self._notify(letter, again=again)
        if again:
            raise GatewayRefused(UNSURE)
        for number, part in enumerate(
            parts(letter, self._upload, cards="miniprogrampage", links="news", files=FILES)
        ):
            self._say(letter, part, is_first=number == 0)
        return name_of(letter.key)

    def try_out(self) -> None:
        """Does the vendor know our secret and our address? Raises GatewayAway with its words."""
        self._renew("")

    def collect(self) -> Iterator[Post]:
        """Nothing to fetch: reports come by callback."""
        return iter(())

    def _notify(self, letter: Letter, *, again: bool) -> str:
        path, body = notice(letter)
        # Within ten minutes the same client_msg_id is the same notice; the newer sort has none.
        if again and "client_msg_id" not in body:
            raise GatewayRefused(UNSURE)
        return str(self._api.post(path, body).get("msgid", ""))

    def _upload(self, media: Media, sort: Sort) -> str:
        return self._api.upload("/cgi-bin/media/upload", media, sort=sort.value)

    def _say(self, letter: Letter, part: Part, *, is_first: bool) -> None:
        body = {"touser": letter.number, "msgtype": part.msgtype, part.msgtype: _shaped(part)}
        try:
            self._api.post("/cgi-bin/message/custom/send", body)
        except (GatewayAway, GatewayRefused) as trouble:
            if is_first:
                raise
            raise GatewayRefused(f"{HALF_SENT}：{trouble}") from trouble

    def _message(self, callback: Callback) -> bytes:
        """The message in the clear, however it came."""
        aes_key = self._settings.get("aes_key")
        if not aes_key:
            self._check_signature(callback)
            return callback.body
        query = callback.query
        return Envelope(self._settings.get("token", ""), aes_key, self._settings.get("app_id", "")).open(
            sealed(callback.body),
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
        )

    def _check_signature(self, callback: Callback) -> None:
        """In plain mode it covers the moment and the nonce, not the words."""
        token, query = self._settings.get("token", ""), callback.query
        words = token, query.get("timestamp", ""), query.get("nonce", "")
        if not token or not is_signed(query.get("signature", ""), *words):
            raise Forged("signature")

    def _renew(self, stale: str) -> tuple[str, int]:
        """The stable token. It is the same for all who ask; only when that very one was refused is a new one forced."""
        token, seconds = self._stable_token(force=False)
        return self._stable_token(force=True) if token == stale else (token, seconds)

    def _stable_token(self, *, force: bool) -> tuple[str, int]:
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.get("app_id", ""),
            "secret": self._settings.get("app_secret", ""),
            "force_refresh": force,
        }
        headers = {"content-type": "application/json"}
        said = self._api.say("POST", f"{self._base}/cgi-bin/stable_token", headers, json.dumps(body).encode())
        return self._api.token_from(said)


def _shaped(part: Part) -> dict[str, object]:
    if part.msgtype != "msgmenu":
        return part.content
    choices = [{"id": name, "content": words} for name, words in part.content["choices"]]
    return {
        "head_content": part.content["head_content"],
        "list": choices,
        "tail_content": part.content["tail_content"],
    }
