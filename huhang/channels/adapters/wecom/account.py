"""One enterprise, with one or more customer-service accounts (doors)."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from huhang.channels.adapters.wecom.reading import heard
from huhang.channels.adapters.weixin import Api, Codes, Envelope, Refused, fields, parsed, sealed
from huhang.channels.adapters.weixin.parts import HALF_SENT, Part, parts
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, Post, Shelf
from huhang.channels.rules.incoming import Pulled, Reading, name_of
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Callback, Wire

BASE = "https://qyapi.weixin.qq.com"
PAGE = 1000
FILES = frozenset({Sort.IMAGE, Sort.VOICE, Sort.VIDEO, Sort.FILE})
WORN_OUT_TOKEN = 95007
CODES = Codes(
    closed={
        95001: Closed.USED_UP,
        95002: Closed.TOO_LATE,
        95013: Closed.NOT_OURS,
        95018: Closed.NOT_OURS,
    },
    # Rights of the app and its list of addresses: until somebody puts them right in the console.
    waiting=frozenset({40013, 48002, 60020}),
)


class WeCom:
    """Fetches what waits, and writes under names of its own, so that a message said again is one message."""

    is_real = True

    def __init__(self, settings: Mapping[str, str], wire: Wire, shelf: Shelf) -> None:
        self.name = settings.get("name", "wecom")
        self._settings = settings
        self._base = settings.get("base_url") or BASE
        self._api = Api(self._base, wire, shelf, self._renew, CODES)

    def read(self, callback: Callback) -> Reading:
        """Check a callback: all it can say is at which door something waits."""
        if callback.method == "GET":
            return Reading(reply=self._opened(callback, callback.query.get("echostr", "")))
        told = fields(parsed(self._opened(callback, sealed(callback.body))))
        if told.get("Event") != "kf_msg_or_event":
            return Reading(reply=b"success")
        return Reading(reply=b"success", pull_door=told.get("OpenKfId", ""), pull_token=told.get("Token", ""))

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """The page after the cursor. A token holds for ten minutes; without one it goes on, only more seldom."""
        asked = {"cursor": cursor, "limit": PAGE, "voice_format": 0, **({"open_kfid": door} if door else {})}
        try:
            said = self._sync({**asked, "token": token} if token else asked, without_token=asked)
        except GatewayRefused as refusal:
            raise GatewayAway(str(refusal)) from refusal
        incoming, reports = heard(said.get("msg_list"), door)
        further = str(said.get("next_cursor") or cursor)
        # A page may be empty and more may follow; a cursor that stays where it was leads nowhere.
        return Pulled(incoming, further, bool(said.get("has_more")) and further != cursor, reports)

    def fetch(self, ref: str) -> Media:
        """A file that a customer sent: kept there for three days."""
        return self._api.download("/cgi-bin/media/get", ref)[1]

    def send(self, letter: Letter, *, again: bool) -> str:
        """Hand a message over under the name that its key makes. `msg_send_fail` may say later that it got lost."""
        found = parts(letter, self._upload, cards="miniprogram", links="link", files=FILES)
        for number, part in enumerate(found):
            self._say(letter, part, number, again=again)
        return name_of(letter.key)

    def try_out(self) -> None:
        """Does the vendor know our secret and our address? Raises GatewayAway with its words."""
        self._renew("")

    def collect(self) -> Iterator[Post]:
        """Nothing here: failures come with what is pulled."""
        return iter(())

    def _say(self, letter: Letter, part: Part, number: int, *, again: bool) -> None:
        path, body = self._body(letter, part, number)
        try:
            self._api.post(path, body)
        except GatewayRefused as refusal:
            if again and _is_repeat(refusal):
                return
            if number:
                raise GatewayRefused(f"{HALF_SENT}：{refusal}") from refusal
            raise
        except NotTaken as away:
            if number:
                # What stands before it was taken: the next attempt meets its names again.
                raise GatewayAway(str(away)) from away
            raise

    def _body(self, letter: Letter, part: Part, number: int) -> tuple[str, dict[str, Any]]:
        name = name_of(letter.key, str(number)) if number else name_of(letter.key)
        body: dict[str, Any] = {"msgid": name, "msgtype": part.msgtype, part.msgtype: _shaped(part)}
        if code := letter.extra.get("welcome_code"):
            return "/cgi-bin/kf/send_msg_on_event", {"code": code, **body}
        door = letter.door or self._settings.get("open_kfid", "")
        return "/cgi-bin/kf/send_msg", {"touser": letter.number, "open_kfid": door, **body}

    def _upload(self, media: Media, sort: Sort) -> str:
        return self._api.upload("/cgi-bin/media/upload", media, sort=sort.value)

    def _sync(self, body: dict[str, Any], *, without_token: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._api.post("/cgi-bin/kf/sync_msg", body)
        except Refused as refusal:
            if refusal.code != WORN_OUT_TOKEN or body == without_token:
                raise
            return self._api.post("/cgi-bin/kf/sync_msg", without_token)

    def _opened(self, callback: Callback, secret: str) -> bytes:
        settings, query = self._settings, callback.query
        return Envelope(
            settings.get("token", ""), settings.get("aes_key", ""), settings.get("corp_id", "")
        ).open(
            secret,
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
        )

    def _renew(self, stale: str) -> tuple[str, int]:
        asked = {"corpid": self._settings.get("corp_id", ""), "corpsecret": self._settings.get("secret", "")}
        said = self._api.say("GET", f"{self._base}/cgi-bin/gettoken?{urlencode(asked)}", {}, b"")
        return self._api.token_from(said)


def _is_repeat(refusal: GatewayRefused) -> bool:
    """Is it refused because it is there already? They publish that this is an error, not which number it has."""
    return isinstance(refusal, Refused) and "msgid" in str(refusal).lower()


def _shaped(part: Part) -> dict[str, Any]:
    if part.msgtype != "msgmenu":
        return part.content
    choices = [
        {"type": "click", "click": {"id": name, "content": words}} for name, words in part.content["choices"]
    ]
    return {
        "head_content": part.content["head_content"],
        "list": choices,
        "tail_content": part.content["tail_content"],
    }
