"""Weibo's server, as its documents of 2014 to 2022 describe it."""

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from hashlib import sha1
from secrets import token_hex
from typing import Any

from huhang.channels.rules.wire import Callback
from tests.channels.fakes.vendor_server import Answer, Request, VendorServer, in_json
from tests.channels.fakes.weixin import NOON, Person

APP_SECRET, ACCESS_TOKEN, OURS = "xyz123xyz", "2.00jZrXqC", 1_902_538_057
TWO_DAYS = timedelta(hours=48)
WITHOUT_LIMIT = 1_000_000


class WeiboServer(VendorServer):
    """What https://m.api.weibo.com and https://upload.api.weibo.com say, as far as we ask."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.people: dict[str, Person] = {}
        self.sent: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.token = ACCESS_TOKEN
        self.doors["POST", "/2/messages/reply.json"] = self._reply
        self.doors["GET", "/2/mss/msget"] = self._msget

    @property
    def settings(self) -> dict[str, str]:
        return {
            "name": "weibo", "base_url": self.url, "upload_url": self.url, "app_secret": APP_SECRET,
            "access_token": ACCESS_TOKEN,
        }  # fmt: skip

    def says(self, who: int, text: str, *, sort: str = "text", **data: Any) -> Callback:
        messages = 1 if sort == "mention" else WITHOUT_LIMIT
        self.people.setdefault(str(who), Person()).act(sort, messages, self.now + TWO_DAYS)
        told = {
            "type": sort, "receiver_id": OURS, "sender_id": who, "created_at": written(self.now), "text": text,
            "data": data,
        }  # fmt: skip
        return self.callback(json.dumps(told).encode())

    def callback(self, body: bytes, *, method: str = "POST", **query: str) -> Callback:
        timestamp, nonce = str(int(self.now.timestamp() * 1000)), token_hex(4)
        signed = sha1(
            "".join(sorted((APP_SECRET, timestamp, nonce))).encode(), usedforsecurity=False
        ).hexdigest()
        told = {"signature": signed, "timestamp": timestamp, "nonce": nonce, **query}
        return Callback(method, told, {"content-type": "application/json"}, body, self.now)

    def _reply(self, request: Request) -> Answer:
        asked = request.form()
        if asked.get("access_token") != self.token:
            return _no(21332, "invalid_access_token")
        data = json.loads(asked["data"])
        if asked.get("type") not in ("text", "articles", "position") or not any(data.values()):
            return _no(10008, "param error")
        # That it is refused is published; the number of this no is not.
        if self.people.setdefault(asked["receiver_id"], Person()).spend(self.now):
            return _no(20999, "not allowed to reply")
        self.sent.append({**asked, "data": data})
        return in_json({"result": True, "receiver_id": int(asked["receiver_id"]), "type": asked["type"]})

    def _msget(self, request: Request) -> Answer:
        if request.query.get("access_token") != self.token:
            return _no(21332, "invalid_access_token")
        found = self.files.get(request.query.get("fid", ""))
        if found is None:
            return _no(20101, "file does not exist")
        return Answer(found, headers={"Content-Type": "image/jpeg"})


def written(at: datetime) -> str:
    """As they write moments: of Beijing, in English."""
    local = at.astimezone(timezone(timedelta(hours=8)))
    day, date, month, year, clock, zone = format_datetime(local).replace(",", "").split()
    return f"{day} {month} {date} {clock} {zone} {year}"


def _no(code: int, words: str) -> Answer:
    return in_json({"error": words, "error_code": code, "request": "/2/messages/reply.json"}, status=400)
