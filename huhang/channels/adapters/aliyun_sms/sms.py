"""Aliyun's SMS account as a vendor."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from huhang.channels.adapters.aliyun_sms import acs3, callbacks
from huhang.channels.adapters.aliyun_sms.refusals import refusal
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, Post, Shelf
from huhang.channels.rules.incoming import Pulled, Reading
from huhang.channels.rules.matter import Media
from huhang.channels.rules.sms import CHINA, believe, our_id, unsigned
from huhang.channels.rules.wire import Ask, Callback, NotReached, Said, Wire, WireAway

ENDPOINT = "https://dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
# Their records reach back 30 days; a page holds at most 50, and nobody may be sent that many in a day.
RECORDED, PAGE, MOST_PAGES = timedelta(days=29), 50, 10


def _now() -> datetime:
    return datetime.now(UTC)


class AliyunSms:
    """SendSms is not idempotent: before a letter goes out again, their records are asked for our number of it."""

    is_real = True

    def __init__(
        self, settings: Mapping[str, str], wire: Wire, shelf: Shelf, *, now: Callable[[], datetime] = _now
    ) -> None:
        self.name = settings.get("name") or "aliyun_sms"
        self._settings, self._wire, self._now = settings, wire, now
        self._endpoint = settings.get("endpoint") or ENDPOINT

    def send(self, letter: Letter, *, again: bool) -> str:
        """See `Gateway`. The number returned is our own: it comes back with every receipt."""
        try:
            return self._send(letter, again)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise GatewayAway(f"答复无法读懂：{error}"[:200]) from error

    def _send(self, letter: Letter, again: bool) -> str:
        out_id = our_id(letter.key)
        if again and self._was_taken(letter, out_id):
            return out_id
        said = self._ask("SendSms", self._params(letter, out_id))
        if said.get("Code") != "OK":
            raise refusal(str(said.get("Code")), str(said.get("Message")))
        return out_id

    def try_out(self) -> None:
        """Do they let us in? Raises GatewayAway or GatewayRefused."""
        said = self._ask("QuerySmsSignList", {"PageIndex": "1", "PageSize": "1"})
        if said.get("Code") != "OK":
            raise refusal(str(said.get("Code")), str(said.get("Message")))

    def collect(self) -> Iterator[Post]:
        """Nothing waits: they call back."""
        return iter(())

    def read(self, callback: Callback) -> Reading:
        """See `Vendor`. Nothing is signed: a secret in the address shows that the caller is theirs."""
        believe(callback, self._settings.get("callback_secret", ""))
        return callbacks.read(callback)

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """Nothing to pull."""
        return Pulled((), cursor, has_more=False)

    def fetch(self, ref: str) -> Media:
        """SMS holds no media."""
        raise GatewayRefused("短信不含附件")

    def _params(self, letter: Letter, out_id: str) -> dict[str, str]:
        template = letter.extra.get("template") or self._settings.get("template", "")
        if not template:
            raise GatewayRefused("没有配置短信模板")
        free = {self._settings.get("param") or "content": unsigned(letter.text)}
        params = {
            "PhoneNumbers": letter.number,
            "SignName": letter.extra.get("sign") or self._settings.get("sign_name", ""),
            "TemplateCode": template,
            "TemplateParam": letter.extra.get("params") or json.dumps(free, ensure_ascii=False),
            "OutId": out_id,
        }
        return params | ({"SmsUpExtendCode": letter.door} if letter.door.isdigit() else {})

    def _was_taken(self, letter: Letter, out_id: str) -> bool:
        """Do their records of the days since it was queued hold our number?"""
        day, today = letter.queued_at.astimezone(CHINA).date(), self._now().astimezone(CHINA).date()
        if today - day > RECORDED:
            raise GatewayRefused("超出可查询发送记录的期限，无法确认此前是否已发出")
        while day <= today:
            if self._is_recorded(letter.number, f"{day:%Y%m%d}", out_id):
                return True
            day += timedelta(days=1)
        return False

    def _is_recorded(self, number: str, day: str, out_id: str) -> bool:
        for page in range(1, MOST_PAGES + 1):
            asked = {"PhoneNumber": number, "SendDate": day, "PageSize": str(PAGE), "CurrentPage": str(page)}
            said = self._asked_back(asked)
            if said.get("Code") != "OK":
                raise GatewayAway(f"QuerySendDetails {said.get('Code')}"[:200])
            held = said.get("SmsSendDetailDTOs") or {}
            rows = held.get("SmsSendDetailDTO", ()) if isinstance(held, dict) else held
            if any(row.get("OutId") == out_id for row in rows):
                return True
            if page * PAGE >= int(said.get("TotalCount") or 0):
                return False
        raise GatewayRefused("当日发送记录过多，无法确认此前是否已发出")

    def _asked_back(self, asked: Mapping[str, str]) -> dict[str, Any]:
        try:
            return self._ask("QuerySendDetails", asked)
        except NotTaken as away:  # the question was not; of the letter we know as little as before
            raise GatewayAway(str(away)) from away

    def _ask(self, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        query = acs3.query_of(params)
        headers = {
            "host": urlsplit(self._endpoint).netloc,
            "x-acs-action": action,
            "x-acs-content-sha256": acs3.digest(b""),
            "x-acs-date": f"{self._now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-version": VERSION,
        }
        key_id, secret = self._settings.get("access_key_id", ""), self._settings.get("access_key_secret", "")
        headers["authorization"] = acs3.authorization(
            key_id, secret, method="POST", query=query, headers=headers
        )
        try:
            return _answer(self._wire(Ask("POST", f"{self._endpoint}/?{query}", headers)))
        except NotReached as away:
            raise NotTaken(str(away)) from away
        except WireAway as away:
            raise GatewayAway(str(away)) from away


def _answer(said: Said) -> dict[str, Any]:
    try:
        found = json.loads(said.body)
    except (ValueError, RecursionError) as error:
        raise GatewayAway(f"HTTP {said.status}") from error
    if not isinstance(found, dict):
        raise GatewayAway(f"HTTP {said.status}")
    return found
