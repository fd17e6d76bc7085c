"""Notices by template, which need no open window: the older template messages, and subscription notices."""

import json
from typing import Any

from huhang.channels.rules.gateway import GatewayRefused, Letter
from huhang.channels.rules.incoming import name_of

TEMPLATE, SUBSCRIBE = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
NO_PARAMS = "模板参数不是 JSON 对象"


def notice(letter: Letter) -> tuple[str, dict[str, Any]]:
    """Where to post a notice, and what."""
    extra = letter.extra
    body: dict[str, Any] = {
        "touser": letter.number,
        "template_id": extra["template"],
        "data": {name: {"value": value} for name, value in _params(letter).items()},
    }
    if extra.get("appid"):
        body["miniprogram"] = {"appid": extra["appid"], "pagepath": extra.get("pagepath", "")}
    if extra.get("by") == "subscribe":
        return SUBSCRIBE, body | ({"page": extra["url"]} if extra.get("url") else {})
    return TEMPLATE, body | {"url": extra.get("url", ""), "client_msg_id": name_of(letter.key)}


def _params(letter: Letter) -> dict[str, str]:
    try:
        given = json.loads(letter.extra.get("params") or "{}")
        return {str(name): str(value) for name, value in given.items()}
    except (ValueError, AttributeError) as error:
        raise GatewayRefused(NO_PARAMS) from error
