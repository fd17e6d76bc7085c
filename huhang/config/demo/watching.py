"""The watch in virtual time: the real runner reads the log as if each hour had just passed."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from huhang.config.demo.feeding import Hour, Intake
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Segment

# The jobs by which the watch tells the desk; here we are the worker who does them, each at its own moment.
HITS, CLEARS = "desk.listeners.on_watch_hits", "desk.listeners.on_watch_cleared"

Told = list[tuple[int, datetime]]  # hits by id, with the moment of each


@dataclass(frozen=True, slots=True)
class Found:
    """What the watch told the desk in an hour."""

    raised: Told
    cleared: Told


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
        """Leave a state from which the running watch goes on."""
        self.watch.save()


def _told() -> Found:
    told: dict[str, list[int]] = {HITS: [], CLEARS: []}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = ANY(%s) RETURNING task_name, args",
            [[HITS, CLEARS]],
        )
        for name, args in cursor.fetchall():
            told[name] += json.loads(args)["hit_ids"]
    return Found(_moments(told[HITS], "raised_at"), _moments(told[CLEARS], "cleared_at"))


def _moments(ids: list[int], moment: str) -> list[Any]:
    return list(Hit.objects.filter(pk__in=ids).order_by(moment, "pk").values_list("pk", moment))
