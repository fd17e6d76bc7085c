"""The watch in virtual time: the real runner reads the log as if each hour had just passed."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from huhang.config.demo.feeding import SOURCE, Hour, Intake
from huhang.journey.actions import intake_counts
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Segment

# The jobs by which the watch tells the desk; here we are the worker who does them, each at its own moment.
HITS, CLEARS = "desk.listeners.on_watch_hits", "desk.listeners.on_watch_cleared"


@dataclass(frozen=True, slots=True)
class Found:
    """What the watch told the desk in an hour, with the moment of each: hits by id, parcels by number."""

    raised: list[tuple[int, datetime]]
    cleared: list[tuple[str, datetime]]


@dataclass
class PastWatch:
    """Takes hours in, one after another, and says what the watch made of each."""

    intake: Intake = field(default_factory=Intake)
    watch: Watch = field(default_factory=Watch)

    def look(self, hour: Hour) -> Found:
        """Send the hour's waybills and scans, and let the watch read them."""
        key = f"simulated:{hour.end.isoformat()}"
        if hour.ordered:
            self.intake.register(hour.ordered, batch_key=f"{key}:waybills", now=hour.registered_until)
        if hour.scanned:
            self.intake.scan(hour.scanned, batch_key=f"{key}:scans", now=hour.end)
        # Devices send at once: the log of that hour was begun when its first scan was made.
        Segment.objects.filter(seq__gt=self.watch.seq).update(received_at=hour.began_at)
        self.watch.round(until=hour.end)
        return _told()

    def finish(self) -> None:
        """Leave a state from which the running watch goes on, and counts of the hours that were lived through."""
        self.watch.save()
        intake_counts.recount(SOURCE)


def _told() -> Found:
    told: dict[str, list[Any]] = {HITS: [], CLEARS: []}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = ANY(%s) RETURNING task_name, args",
            [[HITS, CLEARS]],
        )
        for name, args in cursor.fetchall():
            told[name] += next(iter(json.loads(args).values()))
    raised = Hit.objects.filter(pk__in=told[HITS]).order_by("raised_at", "pk")
    cleared = Hit.objects.filter(waybill_no__in=told[CLEARS], cleared_at__isnull=False).values_list(
        "waybill_no"
    )
    last = cleared.annotate(last=Max("cleared_at")).order_by("last", "waybill_no")
    return Found(list(raised.values_list("pk", "raised_at")), list(last))
