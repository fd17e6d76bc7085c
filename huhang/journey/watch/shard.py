"""One shard of the watch: the in-flight parcels of some waybills, and what the rules say of them.

53 bytes a parcel, 4 for its next limit (kept apart, so that looking for what ran out reads little), and an
index: 64 bytes at most, because nothing doubles.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huhang.journey.watch import kernel, layout, table
from huhang.journey.watch.columns import keys, read_columns
from huhang.journey.watch.ground import Survey
from huhang.journey.watch.outcome import Outcome, buffers, grown, tell
from huhang.journey.watch.program import A_DAY, DAY, SECOND, compile_rules
from huhang.journey.watch.world import World

SMALLEST = 64
FULLEST = 0.86  # share of the index's entries in use when it grows, to GROWTH of its size
GROWTH = 1.17
STEP = 128  # the table grows by so many parts of itself
KEEP_FINAL_DAYS = 15  # late and doubled scans of a finished parcel still find it
KEEP_OPEN_DAYS = 180  # of silence


class Shard:
    """Folds the scans of its waybills in the light of a world."""

    def __init__(self, world: World) -> None:
        self.survey = Survey(world)
        self.program = compile_rules(world.rules)
        self.used = 0
        self.reaped_on = 0
        self.parcels = np.zeros(0, layout.PACKED)
        self.deadlines = np.zeros(0, np.uint32)
        self.soonest = np.zeros(0, np.uint32)  # of each block of parcels
        self.index = np.zeros(SMALLEST, np.uint32)
        self.make_room(SMALLEST)

    def __len__(self) -> int:
        return self.used

    @property
    def nbytes(self) -> int:
        """Memory that the parcels take."""
        return self.parcels.nbytes + self.deadlines.nbytes + self.soonest.nbytes + self.index.nbytes

    def advance(self, scans: pa.Table, *, received_us: int | None = None) -> Outcome:
        """Fold a batch of scans (columns of the log; REGISTERED rows carry facts), in any order.

        `received_us` is when the log took the batch; without it, the latest event stands for it.
        """
        batch = read_columns(scans, self.survey.known, self.survey.profile)
        if not len(batch.code):
            return tell(buffers(0), self.survey.known)
        day = int(batch.at.max()) // A_DAY if received_us is None else received_us // DAY
        reaped = self._reap(day)
        places = self._locate(batch)
        if reaped:  # only now, because a forgotten parcel may be in this very batch
            self._forget_names()
        ground = self.survey.extend()
        rows = table.arrange(batch, self.program["order"][0], ground, places, self.used)
        out, done = buffers(len(places)), 0
        while done < len(rows):
            done = kernel.fold(
                self.parcels, self.deadlines, self.soonest, self.program, ground, batch, places, rows, done, day, out
            )  # fmt: skip
            out = out if done == len(rows) else grown(out)
        return tell(out, self.survey.known)

    def due(self, now_us: int) -> Outcome:
        """Raise what ran out before `now_us`; `raised_at` is the deadline, not `now_us`."""
        out, done, now = buffers(0), 0, now_us // SECOND
        ground = self.survey.ground
        while done < len(self.soonest):
            done = kernel.sweep(
                self.parcels, self.deadlines, self.soonest, self.used, self.program, ground, now, done, out
            )
            out = out if done == len(self.soonest) else grown(out)
        return tell(out, self.survey.known)

    def learn(self, world: World) -> None:
        """Take a changed world: open hits stay open, rules that now apply start to wait."""
        old, old_ground = self.program, self.survey.ground
        self.survey.relearn(world)
        self.program = compile_rules(world.rules)
        kernel.rearm(
            self.parcels, self.deadlines, self.used, old, old_ground, self.program, self.survey.ground, buffers(0)
        )  # fmt: skip
        self._look_for_soonest()

    def forget(self, waybill: str) -> None:
        """Let a parcel be as if nothing had been told of it: what stands of it is folded next."""
        hi, lo = keys(pa.array([waybill]), {})
        held = self.parcels[: self.used]
        for place in np.flatnonzero((held["hi"] == hi[0]) & (held["lo"] == lo[0])):
            self.parcels[place] = np.zeros((), layout.PACKED)
            self.parcels[place]["hi"], self.parcels[place]["lo"] = hi[0], lo[0]
            self.deadlines[place] = layout.NEVER

    def make_room(self, parcels: int) -> None:
        """Let the table hold so many parcels: existing memory is stretched, not copied."""
        blocks = len(self.soonest)
        self.parcels.resize(parcels, refcheck=False)
        self.deadlines.resize(parcels, refcheck=False)
        self.deadlines[self.used :] = layout.NEVER
        self.soonest.resize(-(-parcels // kernel.BLOCK), refcheck=False)
        self.soonest[blocks:] = layout.NEVER

    def index_anew(self, size: int) -> None:
        """Make an index of so many entries."""
        self.index = np.zeros(0, np.uint32)  # the old one goes before the new one comes
        self.index = np.zeros(size, np.uint32)
        table.fill(self.index, self.parcels, self.used)

    def held(self) -> tuple[NDArray[np.void], NDArray[np.uint32]]:
        """The parcels and their deadlines, without the room for more."""
        return self.parcels[: self.used], self.deadlines[: self.used]

    def take_over(self, used: int) -> None:
        """Go on with so many parcels, which were put into the table from outside."""
        self.used = used
        self.index_anew(_entries(used))
        self._look_for_soonest()

    def _locate(self, batch: layout.Batch) -> NDArray[np.int64]:
        places, state = np.empty(len(batch.code), np.int64), np.array([0, self.used], np.int64)
        while True:
            most = int(len(self.index) * FULLEST)
            lacks = table.locate(self.index, self.parcels, batch, places, state, most)
            self.used = int(state[1])
            if not lacks:
                return places
            if lacks == table.FULL_INDEX:
                self.index_anew(int(len(self.index) * GROWTH))
            else:
                self.make_room(self.used + self.used // STEP + SMALLEST)

    def _reap(self, day: int) -> bool:
        # Once a day, by the log's own clock, so that every run over the log forgets at the same batch.
        if day <= self.reaped_on:
            return False
        self.reaped_on = day
        final = self.program["final"][0]
        stay = table.reap(
            self.parcels, self.deadlines, self.used, final, day, KEEP_FINAL_DAYS, KEEP_OPEN_DAYS
        )
        if stay < self.used:
            self.used = stay
            self.make_room(stay)
            self.take_over(stay)
            return True
        return False

    def _forget_names(self) -> None:
        long = self.survey.known.long
        if long:
            hashed = self.parcels[self.parcels["hi"] >> np.uint64(63) == 1]
            held = set(zip(hashed["hi"].tolist(), hashed["lo"].tolist(), strict=True))
            for key in [key for key in long if key not in held]:
                del long[key]

    def _look_for_soonest(self) -> None:
        blocks = range(0, self.used, kernel.BLOCK)
        self.soonest[:] = layout.NEVER
        if self.used:
            self.soonest[: len(blocks)] = np.minimum.reduceat(self.deadlines[: self.used], np.array(blocks))


def _entries(parcels: int) -> int:
    return max(SMALLEST, int(parcels / FULLEST * 1.05))
