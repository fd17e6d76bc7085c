"""API tokens are kept as digests: who reads the table cannot call."""

from hashlib import sha256


def digest_of(token: str) -> str:
    """256 random bits need no slow hash."""
    return sha256(token.encode()).hexdigest()
