"""The process of `test_reminding_kill.py`, made to be killed: `python -m tests.journey.actions.reminding <minute>`.

It lives through an afternoon minute by minute: plans what the watch has found by then, takes due rungs, hands over.
The test hands over its database by HUHANG_TEST_DATABASE and its folder by HUHANG_TEST_VAR.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings

MINUTES = 130
FOUND_WITHIN = 40


def live(first: int, folder: Path) -> None:
    """Every minute from the first on, said aloud when it is over."""
    from huhang.channels.actions import outgoing
    from huhang.channels.adapters.outbox_file import OutboxFile
    from huhang.journey.actions import reminders
    from huhang.journey.models import Hit
    from tests.cast import NOON

    hits = list(Hit.objects.order_by("pk").values_list("pk", flat=True))
    box = OutboxFile(folder)
    for minute in range(first, MINUTES):
        now = NOON + timedelta(minutes=minute)
        reminders.plan([pk for place, pk in enumerate(hits) if place % FOUND_WITHIN <= minute], now=now)
        reminders.send_due(now=now)
        outgoing.deliver_due(now=now, by=box)
        # One write: two workers share the file, and an unbuffered print writes number and line end apart.
        os.write(1, f"{minute}\n".encode())


def main() -> None:
    """Do as told until killed."""
    settings.DATABASES["default"]["NAME"] = os.environ["HUHANG_TEST_DATABASE"]
    django.setup()
    live(int(sys.argv[1]), Path(os.environ["HUHANG_TEST_VAR"]) / "outbox")


if __name__ == "__main__":
    main()
