"""Aliyun's request signature V3, ACS3-HMAC-SHA256."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def query_of(params: Mapping[str, str]) -> str:
    """Parameters sorted and percent-encoded as RFC 3986 has it."""
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(params.items()))


def authorization(
    key_id: str, secret: str, *, method: str, query: str, headers: Mapping[str, str], body: bytes = b""
) -> str:
    """The Authorization header. `headers` are in small letters: host and every x-acs-…."""
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        [method, "/", query, "".join(f"{n}:{headers[n].strip()}\n" for n in names), signed, digest(body)]
    )
    to_sign = f"{ALGORITHM}\n{digest(canonical.encode())}"
    signature = hmac.new(secret.encode(), to_sign.encode(), sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
