"""Aliyun's and Tencent's SMS servers as far as their documents describe them: real HTTP, signatures worked out anew."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY_ID, SECRET = "AKIDexample", "a-secret-of-an-example"


@dataclass
class SmsServer:
    """Keeps what was sent. `orders` are faults for the next requests: an error code, `drop` (answers nobody)."""

    vendor: str
    sent: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    # Replies that wait to be pulled: handed out once, as their queue does.
    replies: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def order(self) -> str:
        return self.orders.pop(0) if self.orders else ""


@contextmanager
def serving(vendor: str) -> Iterator[SmsServer]:
    """A server of this vendor, for as long as the block runs."""
    server = SmsServer(vendor)
    handler = type("Handler", (_Aliyun if vendor == "aliyun" else _Tencent,), {"server_state": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        server.port = http.server_port
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            http.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server_state: SmsServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = self.answer(body)
        if said is None:
            self.close_connection = True
            return
        content = json.dumps(said, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer(self, body: bytes) -> dict[str, Any] | None:
        raise NotImplementedError

    def log_message(self, *args: object) -> None: ...


class _Aliyun(_Handler):
    def answer(self, body: bytes) -> dict[str, Any] | None:
        state, action = self.server_state, self.headers["x-acs-action"]
        query = urlsplit(self.path).query
        state.asked.append(action)
        if not self._is_signed(query, body):
            return {"Code": "SignatureDoesNotMatch", "Message": "Specified signature is not matched."}
        params, fault = dict(parse_qsl(query)), state.order()
        if action == "QuerySendDetails":
            return {"Code": fault, "Message": ""} if fault else self._details(params)
        if fault and fault not in ("drop", "drop_after"):
            code, _, message = fault.partition(" ")
            return {"Code": code, "Message": message}
        if fault == "drop":
            return None
        state.sent.append(params | {"day": datetime.now(UTC).strftime("%Y%m%d")})
        return None if fault else {"Code": "OK", "Message": "OK", "BizId": f"90061974{len(state.sent)}^0"}

    def _details(self, params: dict[str, str]) -> dict[str, Any]:
        size, page = int(params["PageSize"]), int(params["CurrentPage"])
        mine = [s for s in self.server_state.sent if s["PhoneNumbers"] == params["PhoneNumber"]]
        rows = [{"OutId": s["OutId"], "PhoneNum": s["PhoneNumbers"], "SendStatus": 1} for s in mine]
        return {
            "Code": "OK", "Message": "OK", "TotalCount": str(len(rows)),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows[(page - 1) * size : page * size]},
        }  # fmt: skip

    def _is_signed(self, query: str, body: bytes) -> bool:
        given = self.headers["Authorization"]
        names = given.split("SignedHeaders=")[1].split(",")[0]
        values = {name: self.headers[name] for name in names.split(";")}
        return given.endswith(acs3_signature(SECRET, query, values, names, body))


class _Tencent(_Handler):
    def answer(self, body: bytes) -> dict[str, Any] | None:
        state, action = self.server_state, self.headers["X-TC-Action"]
        state.asked.append(action)
        if not self._is_signed(body):
            return _error("AuthFailure.SignatureFailure")
        params, fault = json.loads(body), state.order()
        if fault.startswith("!"):
            return _error(fault[1:])
        if action == "PullSmsSendStatusByPhoneNumber":
            return {"Response": {"PullSmsSendStatusSet": self._statuses(params), "RequestId": "r"}}
        if action == "PullSmsReplyStatus":
            taken, state.replies = state.replies[: params["Limit"]], state.replies[params["Limit"] :]
            return {"Response": {"PullSmsReplyStatusSet": taken, "RequestId": "r"}}
        if fault == "drop":
            return None
        number = params["PhoneNumberSet"][0]
        if fault and fault != "drop_after":
            status = {"SerialNo": "", "PhoneNumber": number, "Code": fault, "Message": "no"}
            return {"Response": {"SendStatusSet": [status], "RequestId": "r"}}
        state.sent.append(params | {"SerialNo": f"5000:10457106{len(state.sent)}", "reported": False})
        status = {
            "SerialNo": state.sent[-1]["SerialNo"], "PhoneNumber": number, "Fee": 1, "Code": "Ok",
            "SessionContext": params["SessionContext"], "Message": "send success", "IsoCode": "CN",
        }  # fmt: skip
        return None if fault else {"Response": {"SendStatusSet": [status], "RequestId": "r"}}

    def _statuses(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"SerialNo": s["SerialNo"], "SessionContext": s["SessionContext"], "ReportStatus": "SUCCESS"}
            for s in self.server_state.sent
            if params["PhoneNumber"] in s["PhoneNumberSet"] and s["reported"]
        ]

    def _is_signed(self, body: bytes) -> bool:
        at = int(self.headers["X-TC-Timestamp"])
        given = self.headers["Authorization"]
        names = given.split("SignedHeaders=")[1].split(",")[0]
        values = {name: self.headers[name].lower() for name in names.split(";")}
        return given.endswith(tc3_signature(SECRET, "sms", values, names, body, at))


def _error(code: str) -> dict[str, Any]:
    return {"Response": {"Error": {"Code": code, "Message": "…"}, "RequestId": "r"}}


def acs3_signature(secret: str, query: str, headers: dict[str, str], names: str, body: bytes) -> str:
    """ACS3 as the document spells it out, step by step."""
    lines = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def tc3_signature(
    secret: str, service: str, headers: dict[str, str], names: str, body: bytes, at: int
) -> str:
    """TC3 as the document spells it out, step by step."""
    day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
    lines = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{at}\n{day}/{service}/tc3_request\n{hashed}"
    by_date = hmac.new(f"TC3{secret}".encode(), day.encode(), hashlib.sha256).digest()
    by_service = hmac.new(by_date, service.encode(), hashlib.sha256).digest()
    signing = hmac.new(by_service, b"tc3_request", hashlib.sha256).digest()
    return hmac.new(signing, to_sign.encode(), hashlib.sha256).hexdigest()
