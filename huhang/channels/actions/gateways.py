"""Which gateway a medium goes out by. Wiring, so it stands in the settings: a class, or `account:<key>`."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from huhang.channels.actions import accounts
from huhang.channels.models import Account
from huhang.channels.rules.gateway import Gateway

ACCOUNT = "account:"


def gateway() -> Gateway:
    """The gateway of this installation; without one of its own, the file that stands in for it."""
    if is_account():
        return accounts.vendor(Account.objects.get(key=settings.HUHANG_GATEWAY.removeprefix(ACCOUNT)))
    return _made(settings.HUHANG_GATEWAY, settings.VAR / "outbox")


def is_account() -> bool:
    """Does it leave by an account? What comes back by accounts is taken elsewhere (`inbox`, `sessions`)."""
    return bool(settings.HUHANG_GATEWAY.startswith(ACCOUNT))


@cache
def _made(path: str, folder: Path) -> Gateway:
    made: Gateway = import_string(path)(folder)
    return made
