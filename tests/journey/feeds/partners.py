"""Partners as they push: bodies of forms, signed as kuaidi100 and kdniao sign them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from huhang.journey.feeds import kdniao, kuaidi100

SHANGHAI = ZoneInfo("Asia/Shanghai")
LINES = [
    "【杭州市】西湖网点 张三 已揽收",
    "快件离开【西湖网点】，已发往【苏州分拨中心】",
    "快件到达【苏州分拨中心】",
]


def local(at: datetime) -> str:
    """As both write times."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def now() -> datetime:
    return datetime.now(UTC)


def data(count: int = 2, *, last: datetime | None = None) -> list[dict[str, str]]:
    """A trace as kuaidi100 lists it: newest first, an hour between two lines."""
    end = last or now() - timedelta(hours=1)
    times = [end - timedelta(hours=count - 1 - place) for place in range(count)]
    entries = [
        {"context": LINES[place % len(LINES)], "time": local(at), "ftime": local(at), "status": "在途"}
        for place, at in enumerate(times)
    ]
    return entries[::-1]


def param(entries: list[dict[str, str]], **changes: Any) -> dict[str, Any]:
    told = {"status": "polling", "message": "", "autoCheck": "0", "comOld": "", "comNew": ""}
    result = {"message": "ok", "state": "0", "com": "yuantong", "nu": "YT1234567890123", "data": entries}
    return told | {"lastResult": result | changes.pop("result", {})} | changes


def kuaidi100_body(told: Any, secret: str = "salt", **fields: str) -> bytes:
    content = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    signed = {"sign": kuaidi100.signature(content, secret).decode(), "param": content, **fields}
    return urlencode(signed).encode()


def kdniao_told(entries: list[dict[str, str]], **changes: Any) -> dict[str, Any]:
    traces = [{"AcceptTime": e["ftime"], "AcceptStation": e["context"]} for e in entries[::-1]]
    parcel = {
        "ShipperCode": "YTO",
        "LogisticCode": "YT1234567890123",
        "Success": True,
        "State": "2",
        "Traces": traces,
    }
    parcel |= changes.pop("parcel", {})
    return {"EBusinessID": "1237100", "PushTime": local(now()), "Count": "1", "Data": [parcel]} | changes


def kdniao_body(told: Any, secret: str = "salt", **fields: str) -> bytes:
    content = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    signed = {
        "RequestData": content,
        "DataSign": kdniao.signature(content, secret).decode(),
        "RequestType": "101",
    }
    return urlencode(signed | fields).encode()
