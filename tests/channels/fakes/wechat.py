"""An official account's server: tokens, windows, files, notices, and the callbacks of people who write."""

from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from xml.sax.saxutils import escape

from huhang.channels.rules.wire import Callback
from tests.channels.fakes.vendor_server import Answer, Request, in_json
from tests.channels.fakes.weixin import OK, Person, Seal, Token, WeixinServer, no

APP_ID, APP_SECRET = "wx5823bf96d3bd56c7", "b1d9ac89fd3cb1d9ac89fd3c5c45ff5e"
SEAL = Seal("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", APP_ID)
OURS = "gh_huhang"
TWO_DAYS, A_MINUTE = timedelta(hours=48), timedelta(minutes=1)
NESTED = {"ScanCodeInfo", "SubscribeMsgSentEvent", "SubscribeMsgPopupEvent"}
# By what somebody did: how many, and for how long.
GRANTS = {
    "message": (5, TWO_DAYS),
    "CLICK": (3, A_MINUTE),
    "scancode_waitmsg": (3, A_MINUTE),
    "menu_reply": (3, A_MINUTE),
    "subscribe": (3, A_MINUTE),
    "SCAN": (3, A_MINUTE),
}
MUST = {
    "text": ["content"],
    "image": ["media_id"],
    "voice": ["media_id"],
    "video": ["media_id"],
    "news": ["articles"],
    "msgmenu": ["head_content", "list"],
    "miniprogrampage": ["title", "appid", "pagepath", "thumb_media_id"],
}


class WeChatServer(WeixinServer):
    """What https://api.weixin.qq.com says, as far as we ask."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Person] = {}
        self.sent: list[dict[str, Any]] = []
        self.notices: list[dict[str, Any]] = []
        self.templates = {"T1"}
        self.subscriptions: set[tuple[str, str]] = set()
        self.forced_at: list[datetime] = []
        self._known_notices: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._number = 3_147_483_330
        self.doors["POST", "/cgi-bin/stable_token"] = self._stable_token
        self.doors["POST", "/cgi-bin/message/custom/send"] = self.with_token(self._custom_send)
        self.doors["POST", "/cgi-bin/message/template/send"] = self.with_token(self._template_send)
        self.doors["POST", "/cgi-bin/message/subscribe/bizsend"] = self.with_token(self._bizsend)

    @property
    def settings(self) -> dict[str, str]:
        """What our side must know of this account."""
        return {
            "name": "wechat", "base_url": self.url, "app_id": APP_ID, "app_secret": APP_SECRET,
            "token": SEAL.token, "aes_key": SEAL.aes_key,
        }  # fmt: skip

    # What people do, as callbacks.

    def says(self, who: str, text: str = "", *, sort: str = "text", **told: str) -> Callback:
        """Somebody writes; their window opens."""
        self._act(who, "menu_reply" if "bizmsgmenuid" in told else "message")
        self._number += 1
        words = {"Content": text} if sort == "text" else {}
        return self.callback(who, {"MsgType": sort, **words, **told, "MsgId": str(self._number)})

    def does(self, who: str, event: str, key: str = "", **told: str) -> Callback:
        """Somebody presses, scans, follows or leaves."""
        if event == "unsubscribe":
            self.people[who] = Person(is_following=False)
        elif event in GRANTS:
            self._act(who, event)
        return self.callback(who, {"MsgType": "event", "Event": event, "EventKey": key, **told})

    def finished(self, number: str, who: str, status: str = "success") -> Callback:
        """A template message came to its end."""
        told = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": status}
        return self.callback(who, told)

    def callback(self, who: str, told: dict[str, str]) -> Callback:
        seconds = str(int(self.now.timestamp()))
        rows = {"ToUserName": OURS, "FromUserName": who, "CreateTime": seconds, **told}
        return SEAL.callback(
            f"<xml>{''.join(_row(name, value) for name, value in rows.items())}</xml>",
            at=self.now, outer=_row("ToUserName", OURS),
        )  # fmt: skip

    def plain(self, xml: str) -> Callback:
        """As it is pushed in plain mode: signed, and open to read."""
        timestamp, nonce = str(int(self.now.timestamp())), token_hex(5)
        query = {"signature": SEAL.signed(timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        return Callback("POST", query, {}, xml.encode(), self.now)

    def checks_url(self, echo: str) -> Callback:
        asked = self.plain("")
        return replace(asked, method="GET", query={**asked.query, "echostr": echo}, body=b"")

    def _act(self, who: str, cause: str) -> None:
        messages, span = GRANTS[cause]
        self.people.setdefault(who, Person()).act(cause, messages, self.now + span)

    # What we ask.

    def _stable_token(self, request: Request) -> Answer:
        asked = request.json()
        if asked.get("grant_type") != "client_credential":
            return no(40002, "invalid grant_type")
        if asked.get("appid") != APP_ID:
            return no(40013, "invalid appid")
        if asked.get("secret") != APP_SECRET:
            return no(40125, "invalid appsecret")
        token = self._forced() if asked.get("force_refresh") else self._in_force()
        seconds = int((token.ends_at - self.now).total_seconds())
        return in_json({"access_token": token.value, "expires_in": seconds})

    def _in_force(self) -> Token:
        """The same for everybody, until five minutes before its end; old and new overlap."""
        running = [token for token in self.tokens if token.ends_at - timedelta(minutes=5) > self.now]
        return running[-1] if running else self.new_token()

    def _forced(self) -> Token:
        """At most twenty a day, thirty seconds apart; else nothing changes. The one before stops at once."""
        today = [at for at in self.forced_at if at > self.now - timedelta(days=1)]
        if len(today) >= 20 or (today and self.now - today[-1] < timedelta(seconds=30)):
            return self._in_force()
        self.forced_at.append(self.now)
        self.refused_tokens |= {token.value for token in self.tokens}
        return self.new_token()

    def _custom_send(self, request: Request) -> Answer:
        if b"\\u" in request.body:
            return no(
                40033, "invalid charset. please check your request, if include \\uxxxx will create fail!"
            )
        asked = request.json()
        content = asked.get(asked.get("msgtype"), {})
        if any(not content.get(name) for name in MUST.get(asked.get("msgtype"), ["?"])):
            return no(40008, "invalid message type")
        if len(content.get("content", "").encode()) > 2048:
            return no(45002, "content size out of limit")
        if any(content.get(name, "") not in ("", *self.files) for name in ("media_id", "thumb_media_id")):
            return no(40007, "invalid media_id")
        person = self.people.get(asked.get("touser"))
        if person is None:
            return no(40003, "invalid openid")
        if not person.is_following:
            return no(43004, "require subscribe")
        if code := person.spend(self.now):
            return no(code, "response out of time limit" if code == 45015 else "out of response count limit")
        self.sent.append(asked)
        return in_json(OK)

    def _template_send(self, request: Request) -> Answer:
        asked = request.json()
        if asked.get("template_id") not in self.templates:
            return no(40037, "invalid template_id")
        key = asked["touser"], asked.get("client_msg_id", "")
        at, number = self._known_notices.get(key, (None, 0))
        if key[1] and at and self.now - at < timedelta(minutes=10):
            return in_json({**OK, "msgid": number})
        self._number += 1
        self._known_notices[key] = self.now, self._number
        self.notices.append(asked)
        return in_json({**OK, "msgid": self._number})

    def _bizsend(self, request: Request) -> Answer:
        """One subscription, one notice."""
        asked = request.json()
        subscription = asked["touser"], asked["template_id"]
        if subscription not in self.subscriptions:
            return no(43101, "user refuse to accept the msg")
        self.subscriptions.remove(subscription)
        self.notices.append(asked)
        return in_json(OK)


def _row(name: str, value: str) -> str:
    """Words in CDATA as WeChat writes them, numbers bare; what ends a CDATA is written as entities."""
    if value.isdigit() and name not in ("Content", "EventKey"):
        return f"<{name}>{value}</{name}>"
    if name in NESTED:
        return f"<{name}>{value}</{name}>"
    if "]]>" in value:
        return f"<{name}>{escape(value)}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"
