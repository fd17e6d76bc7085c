"""Tokens of links in messages: random to everybody without the installation's secret, and never stored."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from django.utils.crypto import salted_hmac

SALT = "huhang.channels.link"
TOKEN_BYTES = 16


def token_of(key: str) -> str:
    """The token of a message's link: 128 bits made of the secret and the message's key."""
    digest = salted_hmac(SALT, key, algorithm="sha256").digest()[:TOKEN_BYTES]
    return urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
