"""Which gateway a medium goes out by: wiring, so it stands in the settings."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from huhang.channels.rules.gateway import Gateway


def gateway() -> Gateway:
    """The gateway of this installation; without one of its own, the file that stands in for it."""
    return _made(settings.HUHANG_GATEWAY, settings.VAR / "outbox")


@cache
def _made(path: str, folder: Path) -> Gateway:
    made: Gateway = import_string(path)(folder)
    return made
