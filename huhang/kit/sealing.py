"""Secrets that must be read again (a vendor's password): sealed with the installation's key before they are stored.

Who reads the table, or a copy of it, reads nothing. A new `SECRET_KEY` opens what the old one sealed as long as the old
one stands in `SECRET_KEY_FALLBACKS`.
"""

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac

from huhang.kit.errors import DomainError

SALT = "huhang.kit.sealing"


class CannotUnseal(DomainError):
    """这项密钥是用另一个系统密钥加密的，无法读取；请重新填写。"""


def seal(value: Any) -> str:
    """Anything that JSON can hold, as a text that only this installation reads."""
    return _box().encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def unseal(text: str) -> Any:
    """What was sealed; CannotUnseal when another installation did it, or somebody changed it."""
    try:
        return json.loads(_box().decrypt(text.encode()))
    except InvalidToken as error:
        raise CannotUnseal from error


def _box() -> MultiFernet:
    return MultiFernet(
        [Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _key(secret: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(salted_hmac(SALT, b"", secret=secret, algorithm="sha256").digest())


class SealedField(models.TextField):  # type: ignore[type-arg]
    """A dict of strings that lies sealed in the table; empty ones are stored as such."""

    def from_db_value(self, value: str | None, *_: object) -> dict[str, str]:
        return unseal(value) if value else {}

    def to_python(self, value: Any) -> dict[str, str]:
        return value if isinstance(value, dict) else (unseal(value) if value else {})

    def get_prep_value(self, value: Any) -> str:
        return seal(value) if value else ""
