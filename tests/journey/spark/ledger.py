"""A manifest in a file, for tests of the Spark engine: no database, any process can read it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from huhang.journey.watch.spark import worlds
from huhang.journey.watch.spark.places import CheckpointIsForeign, File, Place
from huhang.journey.watch.world import World
from tests.journey.watch.plain import Scan
from tests.journey.watch.scans import table, us

PATH = "tests.journey.spark.ledger:Ledger"


class Ledger:
    """Segments by line: received_us, path, rows. The first line says what time it is, and the world."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self.now_us, self.world, self.segments = json.loads(Path(told["ledger"]).read_text())

    def newest(self) -> Place:
        seq = len(self.segments)
        return Place(seq, self._mark(seq), self.now_us, self.world)

    def ahead(self, start: Place, end: Place, at_most: int) -> Place:
        if start.mark != self._mark(start.seq):
            raise CheckpointIsForeign
        seq = min(end.seq, start.seq + at_most)
        if seq == end.seq:
            return end
        return Place(seq, self._mark(seq), self.segments[seq - 1][0], end.world)

    def files(self, start: Place, end: Place) -> list[File]:
        return [
            File(seq, received, path, rows, False)
            for seq, (received, path, rows) in enumerate(self.segments, 1)
            if start.seq < seq <= end.seq
        ]

    def _mark(self, seq: int) -> str:
        return Path(self.segments[seq - 1][1]).stem if 0 < seq <= len(self.segments) else ""


class Log:
    """Writes what `Ledger` reads."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.segments: list[tuple[int, str, int]] = []
        self.file = folder / "ledger.json"
        self.learn(world)

    def learn(self, world: World) -> None:
        self.world = worlds.write(self.folder / "worlds", world)

    def append(self, scans: Sequence[Scan], received: datetime) -> None:
        self.append_table(table(list(scans)), received)

    def append_table(self, rows: pa.Table, received: datetime) -> None:
        path = self.folder / f"{uuid4()}.parquet"
        pq.write_table(rows, path)
        self.segments.append((us(received), str(path), rows.num_rows))

    def close(self, now: datetime) -> None:
        self.file.write_text(json.dumps([us(now), self.world, self.segments]))
