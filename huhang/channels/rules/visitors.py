"""Visitors of our own pages: known by a secret that their browser keeps and of which we keep the hash."""

import re
from hashlib import sha256

SECRET = re.compile(r"[A-Za-z0-9_-]{22,64}")
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def is_secret(text: str) -> bool:
    """Could it be a visitor's secret?"""
    return SECRET.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """Could it be a browser's name for a message of its own?"""
    return KEY.fullmatch(text) is not None


def hash_of(secret: str) -> str:
    """By what a secret is known in the tables."""
    return sha256(secret.encode(errors="replace")).hexdigest()
