"""Loading every room's pack, from the ground up; safe to repeat."""

from collections.abc import Callable

from django.db import transaction
from django.utils.module_loading import import_string

LOADERS = (
    "huhang.kit.packs.load_calendars",
    "huhang.journey.actions.rules.load_pack",
    "huhang.journey.actions.link_standards.load_pack",
    "huhang.journey.actions.ladders.load_pack",
    "huhang.channels.actions.entrances.load_pack",
    "huhang.desk.actions.packs.load",
    "huhang.desk.actions.views.load_pack",
)


@transaction.atomic
def load() -> int:
    """Add what is missing; returns how many rows were added."""
    added = 0
    for path in LOADERS:
        loader: Callable[[], int] = import_string(path)
        added += loader()
    return added
