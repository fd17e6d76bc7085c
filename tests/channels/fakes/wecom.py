"""WeCom's server: callbacks that hold nothing, pages that hold everything, and messages under names of ours."""

from collections.abc import Iterable
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

from huhang.channels.rules.wire import Callback
from tests.channels.fakes.vendor_server import Answer, Request, in_json
from tests.channels.fakes.weixin import OK, Person, Seal, WeixinServer, no

CORP_ID, SECRET = "wx5823bf96d3bd56c7", "kf-secret-of-the-app"
SEAL = Seal("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", CORP_ID)
DOOR = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
TWO_DAYS, THREE_DAYS, TEN_MINUTES = timedelta(hours=48), timedelta(days=3), timedelta(minutes=10)
MUST = {
    "text": ["content"],
    "image": ["media_id"],
    "voice": ["media_id"],
    "video": ["media_id"],
    "file": ["media_id"],
    "link": ["title", "url", "thumb_media_id"],
    "miniprogram": ["appid", "thumb_media_id", "pagepath"],
    "msgmenu": ["list"],
}


class WeComServer(WeixinServer):
    """What https://qyapi.weixin.qq.com says, as far as we ask."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Person] = {}
        # Who is not ours to answer any more: the session ended, or a colleague took it in the app.
        self.ended: set[str] = set()
        self.waiting: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.welcome_codes: set[str] = set()
        # Smaller than the thousand that they allow, so that tests need not write a thousand messages.
        self.page = 1000
        self._pull_tokens: dict[str, Any] = {}
        self.doors["GET", "/cgi-bin/gettoken"] = self._gettoken
        self.doors["POST", "/cgi-bin/kf/sync_msg"] = self.with_token(self._sync_msg)
        self.doors["POST", "/cgi-bin/kf/send_msg"] = self.with_token(self._send_msg)
        self.doors["POST", "/cgi-bin/kf/send_msg_on_event"] = self.with_token(self._send_on_event)

    @property
    def settings(self) -> dict[str, str]:
        """What our side must know of this enterprise."""
        return {
            "name": "wecom", "base_url": self.url, "corp_id": CORP_ID, "secret": SECRET, "open_kfid": DOOR,
            "token": SEAL.token, "aes_key": SEAL.aes_key,
        }  # fmt: skip

    # What people do.

    def says(self, who: str, text: str = "", *, sort: str = "text", **told: Any) -> Callback:
        """A customer writes: it waits, and we are told that something does."""
        self.people.setdefault(who, Person()).act("message", 5, self.now + TWO_DAYS)
        self.ended.discard(who)
        return self.keeps(who, sort, {"content": text} if sort == "text" else told, origin=3)

    def does(self, who: str, event: str, **told: Any) -> Callback:
        return self.keeps(
            who, "event", {"event_type": event, "external_userid": who, "open_kfid": DOOR, **told}, origin=4
        )

    def keeps(self, who: str, sort: str, told: dict[str, Any], *, origin: int) -> Callback:
        self.waiting.append(
            {
                "msgid": token_urlsafe(16), "open_kfid": DOOR, "external_userid": who,
                "send_time": int(self.now.timestamp()), "origin": origin, "msgtype": sort, sort: told,
            }
        )  # fmt: skip
        return self.calls_back()

    def calls_back(self) -> Callback:
        token = token_urlsafe(32)
        self._pull_tokens[token] = self.now
        return SEAL.callback(
            f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><CreateTime>{int(self.now.timestamp())}</CreateTime>"
            "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event>"
            f"<Token><![CDATA[{token}]]></Token><OpenKfId><![CDATA[{DOOR}]]></OpenKfId></xml>",
            at=self.now, outer=f"<ToUserName><![CDATA[{CORP_ID}]]></ToUserName>",
        )  # fmt: skip

    def checks_url(self, echo: bytes) -> Callback:
        timestamp, nonce = str(int(self.now.timestamp())), "263014780"
        sealed = SEAL.sealed(echo)
        signed = SEAL.signed(timestamp, nonce, sealed)
        query = {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce, "echostr": sealed}
        return Callback("GET", query, {}, b"", self.now)

    # What we ask.

    def _gettoken(self, request: Request) -> Answer:
        if request.query.get("corpid") != CORP_ID:
            return no(40013, "invalid corpid")
        if request.query.get("corpsecret") != SECRET:
            return no(40001, "invalid credential")
        running = [
            token
            for token in self.tokens
            if token.ends_at > self.now and token.value not in self.refused_tokens
        ]
        token = running[-1] if running else self.new_token()
        seconds = int((token.ends_at - self.now).total_seconds())
        return in_json({**OK, "access_token": token.value, "expires_in": seconds})

    def _sync_msg(self, request: Request) -> Answer:
        asked = request.json()
        given = asked.get("token")
        if given and (given not in self._pull_tokens or self.now - self._pull_tokens[given] > TEN_MINUTES):
            return no(95007, "invalid msg token")
        if not 1 <= asked.get("limit", 1000) <= 1000:
            return no(40058, "invalid request parameter")
        start = int(asked["cursor"].removeprefix("c")) if asked.get("cursor") else 0
        oldest = int((self.now - THREE_DAYS).timestamp())
        taken = self.waiting[start : start + min(asked["limit"], self.page)]
        end = start + len(taken)
        page = [item for item in taken if item.get("send_time", oldest) >= oldest]
        return in_json(
            {**OK, "next_cursor": f"c{end}", "has_more": int(end < len(self.waiting)), "msg_list": page}
        )

    def _send_msg(self, request: Request) -> Answer:
        asked = request.json()
        if refusal := self._shape(asked):
            return refusal
        if asked.get("open_kfid") != DOOR:
            return no(95000, "invalid open_kfid")
        who = asked.get("touser")
        if who in self.ended:
            return no(95018, "send msg session status invalid")
        if code := self.people.setdefault(who, Person()).spend(self.now):
            return no(
                95001 if code == 45047 else 95002, "send msg count limit" if code == 45047 else "out of time"
            )
        return self._taken(asked)

    def _send_on_event(self, request: Request) -> Answer:
        asked = request.json()
        if asked.get("code") not in self.welcome_codes:
            return no(95019, "invalid code")
        self.welcome_codes.discard(asked["code"])
        return self._shape(asked) or self._taken(asked)

    def _shape(self, asked: dict[str, Any]) -> Answer | None:
        sort = asked.get("msgtype", "")
        content = asked.get(sort, {})
        if any(not content.get(name) for name in MUST.get(sort, ["?"])):
            return no(40008, "invalid message type")
        if len(content.get("content", "").encode()) > 2048:
            return no(45002, "content size out of limit")
        if any(content.get(name, "") not in ("", *self.files) for name in ("media_id", "thumb_media_id")):
            return no(40007, "invalid media_id")
        if asked.get("msgid") in _names(self.sent):
            # That it is an error is published; its number is not.
            return no(95999, "msgid is repeated")
        return None

    def _taken(self, asked: dict[str, Any]) -> Answer:
        self.sent.append(asked)
        return in_json({**OK, "msgid": asked.get("msgid")})


def _names(sent: Iterable[dict[str, Any]]) -> list[str]:
    return [said["msgid"] for said in sent]
