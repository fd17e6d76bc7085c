"""One shard of the watch: the in-flight parcels of some waybills, and what the rules say of them.

Open addressing in flat arrays: 64 bytes a slot for the parcel, 4 for its next deadline (kept apart,
so that looking for what ran out reads 4 bytes a slot), 4 of scratch for grouping a batch.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huhang.journey.watch import kernel, layout, table
from huhang.journey.watch.columns import read_columns
from huhang.journey.watch.ground import Survey
from huhang.journey.watch.outcome import Outcome, buffers, grown, tell
from huhang.journey.watch.program import DAY, compile_rules
from huhang.journey.watch.world import World

SMALLEST = 1 << 12
FULLEST = 0.6  # above this share of used slots the table doubles
KEEP_FINAL_DAYS = 15  # late and doubled scans of a finished parcel still find it
KEEP_OPEN_DAYS = 180  # of silence


class Shard:
    """Folds the scans of its waybills in the light of a world."""

    def __init__(self, world: World) -> None:
        self.survey = Survey(world)
        self.program = compile_rules(world.rules)
        self.used = 0
        self.reaped_on = 0
        self.take(np.zeros(0, layout.PARCEL), np.zeros(0, np.uint32), SMALLEST)

    def __len__(self) -> int:
        return self.used

    def advance(self, scans: pa.Table, *, received_us: int | None = None) -> Outcome:
        """Fold a batch of scans (columns of the log; REGISTERED rows carry facts), in any order.

        `received_us` is when the log took the batch; without it, the latest event stands for it.
        """
        batch = read_columns(scans, self.survey.known, self.survey.profile)
        if not len(batch.code):
            return tell(buffers(0), self.survey.known)
        day = (int(batch.at.max()) if received_us is None else received_us) // DAY
        self._reap(day)
        slots = self._locate(batch)
        ground = self.survey.extend()
        rows = table.arrange(batch, self.program["order"][0], ground, slots, self._head)
        out, done = buffers(len(slots)), 0
        while done < len(rows):
            done = kernel.fold(
                self.parcels, self.deadlines, self.program, ground, batch, slots, rows, done, day, out
            )
            out = out if done == len(rows) else grown(out)
        return tell(out, self.survey.known)

    def due(self, now_us: int) -> Outcome:
        """Raise what ran out before `now_us`; `raised_at` is the deadline, not `now_us`."""
        out, done = buffers(0), 0
        while done < len(self.deadlines):
            done = kernel.sweep(
                self.parcels, self.deadlines, self.program, self.survey.ground, now_us, done, out
            )
            out = out if done == len(self.deadlines) else grown(out)
        return tell(out, self.survey.known)

    def learn(self, world: World) -> None:
        """Take a changed world: open hits stay open, rules that now apply start to wait."""
        old, old_ground = self.program, self.survey.ground
        self.survey.relearn(world)
        self.program = compile_rules(world.rules)
        kernel.rearm(
            self.parcels, self.deadlines, old, old_ground, self.program, self.survey.ground, buffers(0).turn
        )

    def take(self, parcels: NDArray[Any], deadlines: NDArray[np.uint32], size: int) -> None:
        """Hold these parcels (empty slots are left out) in a fresh table of `size` slots, a power of two."""
        self.parcels: NDArray[Any] = np.zeros(size, layout.PARCEL)
        self.deadlines = np.full(size, layout.NEVER, np.uint32)
        self._head = np.full(size, layout.NOWHERE, np.int32)
        self.used = table.rehash(parcels, deadlines, self.parcels, self.deadlines)

    def _locate(self, batch: layout.Batch) -> NDArray[np.int64]:
        slots = np.empty(len(batch.code), np.int64)
        while True:
            room = int(len(self.parcels) * FULLEST) - self.used
            new = table.locate(self.parcels, batch, slots, room)
            if new >= 0:
                self.used += new
                return slots
            self.take(self.parcels, self.deadlines, 2 * len(self.parcels))

    def _reap(self, day: int) -> None:
        # Once a day, by the log's own clock, so that every run over the log forgets at the same batch.
        if day <= self.reaped_on:
            return
        self.reaped_on = day
        if table.reap(self.parcels, self.program["final"][0], day, KEEP_FINAL_DAYS, KEEP_OPEN_DAYS):
            self.take(self.parcels, self.deadlines, len(self.parcels))
