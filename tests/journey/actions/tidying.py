"""The processes of `test_tidying_kill.py`: `python -m tests.journey.actions.tidying append|tidy`, made to be killed.

The test hands over its database by HUHANG_TEST_DATABASE and its folder by HUHANG_TEST_VAR.
"""

import os
import random
import sys
from contextlib import suppress
from datetime import timedelta
from itertools import count

import django
from django.conf import settings

WAYBILLS = 40
PER_BATCH = 6
KEPT, OVER = "KEPT", "OVER"


def told(number: int) -> list[tuple[str, int]]:
    """What a batch says: one in four is of parcels whose time is over at once."""
    chance = random.Random(number)
    kind = OVER if is_over(number) else KEPT
    return [(f"{kind}{chance.randrange(WAYBILLS)}", number * PER_BATCH + n) for n in range(PER_BATCH)]


def is_over(number: int) -> bool:
    """May its scans be removed?"""
    return number % 4 == 1


def append() -> None:
    """Append batches, and say so after each; goes on where the last process was killed."""
    from django.utils import timezone

    from huhang.journey.actions import scan_log
    from huhang.journey.models import Segment
    from tests.journey.watch.logged import rows

    first = max(
        (int(key) for key in Segment.objects.filter(seq__gt=0).values_list("batch_key", flat=True)),
        default=-1,
    )
    for number in count(first + 1):
        segment = scan_log.append(rows(told(number)), batch_key=str(number))
        if is_over(number):
            received_at = timezone.now() - timedelta(days=1200)
            Segment.objects.filter(pk=segment.pk, merged_into=None).update(received_at=received_at)
        print(number, flush=True)


def tidy() -> None:
    """Merge, remove what is over, clear, lose an index now and then; again and again."""
    from django.utils import timezone

    from huhang.journey.actions import compaction, keeping, scan_log
    from huhang.journey.rules import log_levels

    log_levels.MOST_ROWS = 600  # so that there are all levels within seconds
    log_levels.SETTLED = timedelta()
    while True:
        now = timezone.now()
        before = named()
        compaction.tidy(now=now)
        keeping.remove_old(now=now)
        for path in before - named():  # as if the hour had passed for them, not for what others are writing
            with suppress(FileNotFoundError):
                os.utime(scan_log.root() / path, (0, 0))
        compaction.remove_strays(now=now)
        indexes = list(scan_log.root().rglob("*.index"))
        if indexes and random.random() < 0.2:
            random.choice(indexes).unlink(missing_ok=True)
        print("tidied", flush=True)


def named() -> set[str]:
    """The files that are the log now."""
    from huhang.journey.models import Segment

    return set(Segment.objects.filter(merged_into=None).values_list("path", flat=True))


def main() -> None:
    """Do as told until killed."""
    settings.DATABASES["default"]["NAME"] = os.environ["HUHANG_TEST_DATABASE"]
    django.setup()
    settings.VAR = os.environ["HUHANG_TEST_VAR"]
    {"append": append, "tidy": tidy}[sys.argv[1]]()


if __name__ == "__main__":
    main()
