"""The processes of `test_kill.py`: `python -m tests.journey.actions.killed write|watch`, made to be killed.

The test hands over its database by HUHANG_TEST_DATABASE and its folder by HUHANG_TEST_VAR.
"""

import os
import random
import sys
from datetime import UTC, datetime, timedelta

import django
import pyarrow as pa
from django.conf import settings
from django.core.management import call_command

from huhang.journey.rules.codes import Code
from tests.journey.watch.reference import Scan
from tests.journey.watch.scans import table

BATCHES = 24
PER_BATCH = 60
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
CODES = [Code.PICKED_UP, Code.DEPARTED, Code.ARRIVED, Code.OUT_FOR_DELIVERY, Code.SIGNED, Code.HELD]


def batch(number: int) -> pa.Table:
    """The scans of a batch: the same for the same number, parcels shared between batches."""
    chance = random.Random(number)
    scans = [
        Scan(
            f"KILL{chance.randrange(200):05}",
            chance.choice(CODES),
            START + timedelta(seconds=chance.randrange(86_400 * 4)),
            chance.choice(["SZ-WZ", "SZ-GS", "SZ-HUB"]),
            chance.choice(["", "w1"]),
        )
        for _ in range(PER_BATCH)
    ]
    rows = table(scans)
    for name in ("carrier", "text"):
        rows = rows.append_column(name, pa.array([str(number)] * PER_BATCH, pa.string()))
    return rows


def write(first: int) -> None:
    """Append batches from `first` on, and say so after each."""
    from huhang.journey.actions import scan_log

    for number in range(first, BATCHES):
        scan_log.append(batch(number), batch_key=f"batch {number}")
        os.write(1, f"{number}\n".encode())  # whole or not at all, whenever the kill comes


def main() -> None:
    """Do as told until killed."""
    settings.DATABASES["default"]["NAME"] = os.environ["HUHANG_TEST_DATABASE"]
    django.setup()
    settings.VAR = os.environ["HUHANG_TEST_VAR"]
    if sys.argv[1] == "write":
        write(int(sys.argv[2]))
    else:
        call_command("watch", "run", *sys.argv[2:])


if __name__ == "__main__":
    main()
