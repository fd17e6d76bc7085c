"""Tencent Cloud's signature V3, TC3-HMAC-SHA256."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

ALGORITHM = "TC3-HMAC-SHA256"


def authorization(
    secret_id: str, secret_key: str, *, service: str, at: datetime, headers: Mapping[str, str], body: bytes
) -> str:
    """The Authorization header of a POST. `headers` are those to be signed, names and values in small letters."""
    names = sorted(headers)
    signed, day = ";".join(names), f"{at.astimezone(UTC):%Y-%m-%d}"
    canonical = "\n".join(
        ["POST", "/", "", "".join(f"{n}:{headers[n].strip()}\n" for n in names), signed, _digest(body)]
    )
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"{ALGORITHM}\n{int(at.timestamp())}\n{scope}\n{_digest(canonical.encode())}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), sha256)
    signature = hmac.digest(key, to_sign.encode(), sha256).hex()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
