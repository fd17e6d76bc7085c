"""Tencent Cloud's SMS account as a vendor."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from huhang.channels.adapters.sms_service import SmsService, asked_back
from huhang.channels.adapters.tencent_sms import callbacks, tc3
from huhang.channels.adapters.tencent_sms.refusals import refusal
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter
from huhang.channels.rules.incoming import Pulled, Reading
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.sms import CHINA, each, our_id, unsigned
from huhang.channels.rules.wire import Ask, Callback, Said, Unreadable

ENDPOINT = "https://sms.tencentcloudapi.com"
VERSION, REGION, SERVICE = "2021-01-11", "ap-guangzhou", "sms"
CONTENT = "application/json; charset=utf-8"
# Status can be asked for seven days back, at most 100 at once.
RECORDED, PAGE = timedelta(days=7) - timedelta(hours=1), 100


class TencentSms(SmsService):
    """SendSms is not idempotent, and only letters with a receipt can be asked for: others are refused, not repeated."""

    default_name = "tencent_sms"
    default_endpoint = ENDPOINT

    def _send(self, letter: Letter, again: bool) -> str:
        """Returns their SerialNo, by which receipts name it."""
        ours = our_id(letter.key)
        if again:
            return self._found(letter, ours)
        said = self._ask("SendSms", self._params(letter, ours))
        status = (said.get("SendStatusSet") or [{}])[0]
        if status.get("Code") != "Ok":
            raise refusal(str(status.get("Code")), str(status.get("Message")))
        return str(status.get("SerialNo"))

    def try_out(self) -> None:
        """Do they let us in? Raises GatewayAway or GatewayRefused."""
        today = f"{self._now().astimezone(CHINA):%Y%m%d00}"
        asked = {"BeginTime": today, "EndTime": today, "SmsSdkAppId": self._settings.get("app_id", "")}
        self._ask("SendStatusStatistics", {**asked, "Limit": 0, "Offset": 0})

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """See `Vendor`. Their queue forgets what it has handed out; people must have had it opened for the account."""
        asked = {"Limit": PAGE, "SmsSdkAppId": self._settings.get("app_id", "")}
        try:
            rows = self._ask("PullSmsReplyStatus", asked).get("PullSmsReplyStatusSet") or []
            said = each(rows, partial(callbacks.pulled, now=self._now()))
        except (GatewayRefused, Unreadable, TypeError) as trouble:
            raise GatewayAway(f"拉取短信回复：{trouble}"[:200]) from trouble
        return Pulled(tuple(said), cursor, has_more=len(rows) >= PAGE)

    def _read(self, callback: Callback) -> Reading:
        return callbacks.read(callback)

    def _params(self, letter: Letter, ours: str) -> dict[str, Any]:
        params = {
            "PhoneNumberSet": [_e164(letter.number)],
            "SmsSdkAppId": self._settings.get("app_id", ""),
            "TemplateId": self._template(letter),
            "SignName": self._sign(letter),
            "TemplateParamSet": _template_params(letter),
            "SessionContext": ours,
        }
        return params | ({"ExtendCode": letter.door} if letter.door.isdigit() else {})

    def _found(self, letter: Letter, ours: str) -> str:
        """The SerialNo of a letter that has its receipt. Their silence proves nothing: the letter is refused."""
        now = self._now()
        asked = {
            "BeginTime": int(max(letter.queued_at, now - RECORDED).timestamp()),
            "EndTime": int(now.timestamp()),
            "Offset": 0,
            "Limit": PAGE,
            "PhoneNumber": _e164(letter.number),
            "SmsSdkAppId": self._settings.get("app_id", ""),
        }
        said = asked_back(partial(self._ask, "PullSmsSendStatusByPhoneNumber", asked))
        for row in said.get("PullSmsSendStatusSet") or ():
            if row.get("SessionContext") == ours:
                return str(row.get("SerialNo"))
        raise GatewayRefused("此前是否已发出不明，为避免重复发送不再发送")

    def _ask(self, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        body, at = json.dumps(params, ensure_ascii=False).encode(), self._now()
        signed = {
            "content-type": CONTENT,
            "host": urlsplit(self._endpoint).netloc,
            "x-tc-action": action.lower(),
        }
        secret_id, secret_key = self._settings.get("secret_id", ""), self._settings.get("secret_key", "")
        headers = signed | {
            "x-tc-action": action,
            "x-tc-version": VERSION,
            "x-tc-timestamp": str(int(at.timestamp())),
            "x-tc-region": self._settings.get("region") or REGION,
            "authorization": tc3.authorization(
                secret_id, secret_key, service=SERVICE, at=at, headers=signed, body=body
            ),
        }
        return _answer(self._over_the_wire(Ask("POST", f"{self._endpoint}/", headers, body)))


def _e164(number: str) -> str:
    digits = plain(number)
    return f"+86{digits}" if len(digits) == 11 and digits.startswith("1") else f"+{digits}"


def _template_params(letter: Letter) -> list[str]:
    """The values of a template in its order: a JSON array, or an object whose values count in the order written."""
    if "params" not in letter.extra:
        return [unsigned(letter.text)]
    try:
        given = json.loads(letter.extra["params"])
    except ValueError as error:
        raise GatewayRefused("短信模板参数不是 JSON") from error
    return [str(value) for value in (given.values() if isinstance(given, dict) else given)]


def _answer(said: Said) -> dict[str, Any]:
    try:
        found = json.loads(said.body)["Response"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GatewayAway(f"HTTP {said.status}") from error
    if not isinstance(found, dict):
        raise GatewayAway(f"HTTP {said.status}")
    if trouble := found.get("Error"):
        raise refusal(str(trouble.get("Code")), str(trouble.get("Message")))
    return found
