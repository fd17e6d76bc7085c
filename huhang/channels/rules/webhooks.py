"""Telling other systems: Standard Webhooks (standardwebhooks.com) — how a message is signed, when it is tried again."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

SECRET_PREFIX = "whsec_"
# The pauses that the standard recommends; after the last one a delivery waits for people.
PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
# After a change of secret both sign, so that a receiver may change in its own time.
BOTH_SIGN_FOR = timedelta(hours=24)
# An address that has answered nothing well for so long is switched off, and its owner told.
GIVE_UP_AFTER = timedelta(days=5)
# A worker that was posting is given up on after this long; the receiver knows a repeat by its id.
LEASE = timedelta(minutes=2)
GONE = 410


class State(StrEnum):
    """How far one delivery has come."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"


def signed(secret: str, *, message_id: str, at: datetime, body: bytes) -> str:
    """`v1,…`: HMAC-SHA-256 of id, timestamp and body by the bytes that the secret encodes."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, content, sha256)).decode()


def headers(secrets: Iterable[str], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of the standard; one signature for each secret that is good now."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(
            signed(secret, message_id=message_id, at=at, body=body) for secret in secrets
        ),
    }


def retry_at(attempts: int, *, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None when people must look."""
    return now + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def is_delivered(status: int) -> bool:
    """Only a 2xx is a receipt: who redirects has not taken the message."""
    return 200 <= status < 300


def wants(events: Iterable[str], event: str) -> bool:
    """Does a subscription hold this event? `ticket.*` holds all of one noun, no subscription holds everything."""
    chosen = list(events)
    return not chosen or event in chosen or f"{event.split('.')[0]}.*" in chosen


Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def networks(texts: Iterable[str]) -> list[Network]:
    """`10.0.0.0/8` and the like, as the settings list them."""
    return [ip_network(text.strip()) for text in texts if text.strip()]


def may_reach(address: Address, allowed: Iterable[Network]) -> bool:
    """Only the public internet, and what this house explicitly allows: no address of a machine beside us."""
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    if any(plain in network for network in allowed if network.version == plain.version):
        return True
    return plain.is_global and not plain.is_multicast
