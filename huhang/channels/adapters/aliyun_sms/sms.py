"""Aliyun's SMS account as a vendor."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from huhang.channels.adapters.aliyun_sms import acs3, callbacks
from huhang.channels.adapters.aliyun_sms.refusals import refusal
from huhang.channels.adapters.sms_service import SmsService, asked_back
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter
from huhang.channels.rules.incoming import Reading
from huhang.channels.rules.sms import CHINA, our_id, unsigned
from huhang.channels.rules.wire import Ask, Callback, Said

ENDPOINT = "https://dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
# Their records reach back 30 days; a page holds at most 50, and nobody may be sent that many in a day.
RECORDED, PAGE, MOST_PAGES = timedelta(days=29), 50, 10


class AliyunSms(SmsService):
    """SendSms is not idempotent: before a letter goes out again, their records are asked for our number of it."""

    default_name = "aliyun_sms"
    default_endpoint = ENDPOINT

    def _send(self, letter: Letter, again: bool) -> str:
        """The number returned is our own: it comes back with every receipt."""
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

    def _read(self, callback: Callback) -> Reading:
        return callbacks.read(callback)

    def _params(self, letter: Letter, out_id: str) -> dict[str, str]:
        free = {self._settings.get("param") or "content": unsigned(letter.text)}
        params = {
            "PhoneNumbers": letter.number,
            "SignName": self._sign(letter),
            "TemplateCode": self._template(letter),
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
            said = asked_back(partial(self._ask, "QuerySendDetails", asked))
            if said.get("Code") != "OK":
                raise GatewayAway(f"QuerySendDetails {said.get('Code')}"[:200])
            held = said.get("SmsSendDetailDTOs") or {}
            rows = held.get("SmsSendDetailDTO", ()) if isinstance(held, dict) else held
            if any(row.get("OutId") == out_id for row in rows):
                return True
            if page * PAGE >= int(said.get("TotalCount") or 0):
                return False
        raise GatewayRefused("当日发送记录过多，无法确认此前是否已发出")

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
        return _answer(self._over_the_wire(Ask("POST", f"{self._endpoint}/?{query}", headers)))


def _answer(said: Said) -> dict[str, Any]:
    try:
        found = json.loads(said.body)
    except (ValueError, RecursionError) as error:
        raise GatewayAway(f"HTTP {said.status}") from error
    if not isinstance(found, dict):
        raise GatewayAway(f"HTTP {said.status}")
    return found
