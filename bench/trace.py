"""Looking up one parcel in a log of many scans, beside DuckDB on the same files and beside reading a block of disk.

SCANS=100000000 makes the log as big as the promise; that takes ten minutes and as many gigabytes.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench import ground
from bench.parcels import traffic
from bench.report import Report, beside
from huhang.journey.rules.codes import Code

SCANS = int(os.environ.get("SCANS", "10_000_000"))
PARCELS = 20_000  # of a cohort
PIECES = 20  # days, one after the other, in which a cohort's scans arrive
LOOKED_UP = 2_000
BY_DUCKDB = 200
BLOCK = 65_536
SMALL_SEGMENTS, SMALL_ROWS = 200, 500
MERGED = 2_000_000  # rows of the merge that is measured
LATER = timedelta(minutes=5)


def main() -> None:
    """Build a log, merge it, and look parcels up."""
    with tempfile.TemporaryDirectory() as var:
        ground.lay(Path(var))
        report = Report("trace")
        _measure(report)
        report.finish()
        ground.leave()


def _measure(report: Report) -> None:
    base = traffic(PARCELS).combine_chunks()
    cohorts = max(1, round(SCANS / base.num_rows))
    appended = _append_all(base, cohorts)
    report.add("rows", appended, "scans")
    _merges(report)
    _tidy()
    report.add("files after merging", len(_files()), "files")
    report.add("bytes per scan", sum(file.stat().st_size for file in _files()) / appended, "bytes")
    report.add("of it: index", sum(_index(file).stat().st_size for file in _files()) / appended, "bytes")
    chance = np.random.default_rng(3)
    known = [_number(int(n)) for n in chance.integers(0, cohorts * PARCELS, LOOKED_UP)]
    _look_ups(report, known)
    _fresh(report, base, cohorts)


def _append_all(base: pa.Table, cohorts: int) -> int:
    from huhang.journey.actions import scan_log

    rows = 0
    for day, scans in enumerate(_days(base, cohorts)):
        rows += scan_log.append(scans, batch_key=f"day {day}").rows
        if day % 100 == 99:
            _tidy()  # as it goes on all the time, and to spare the disk
    return rows


def _days(base: pa.Table, cohorts: int) -> Iterator[pa.Table]:
    """Every day the next piece of each cohort that is under way, as a parcel's scans come in over days."""
    edges = np.linspace(0, base.num_rows, PIECES + 1, dtype=int).tolist()
    who = np.asarray([int(str(name)[2:]) for name in base["waybill"].to_pylist()])
    who -= who.min()
    pieces = [(base.slice(start, end - start), who[start:end]) for start, end in pairwise(edges)]
    for day in range(cohorts + PIECES - 1):
        cohort_of = ((day - piece, piece) for piece in range(PIECES))
        parts = [_renumbered(*pieces[piece], cohort) for cohort, piece in cohort_of if 0 <= cohort < cohorts]
        yield pa.concat_tables(parts)


def _renumbered(scans: pa.Table, who: NDArray[np.int64], cohort: int) -> pa.Table:
    numbers = _scrambled(who + cohort * PARCELS)
    names = pa.array(np.char.add("YT", np.char.zfill(numbers.astype("U13"), 13)), pa.string())
    return scans.set_column(scans.schema.get_field_index("waybill"), "waybill", names)


def _scrambled(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers are handed out in blocks to many senders: neighbours in time are none in number."""
    return numbers * 2_654_435_761 % 4_294_967_296


def _number(n: int) -> str:
    return f"YT{int(_scrambled(np.array([n]))[0]):013}"


def _merges(report: Report) -> None:
    from huhang.journey.actions import scan_log
    from huhang.journey.models import Segment
    from huhang.journey.watch import merging

    fresh = Segment.objects.filter(seq__gt=0, merged_into=None).order_by("seq")
    files = [(segment.seq, scan_log.root() / segment.path) for segment in fresh]
    rows = sum(segment.rows for segment in fresh[:8])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain, ours = beside(
            lambda: _sort_plainly([path for _, path in files[:8]], folder),
            lambda: merging.merge(files[:8], folder),
            times=2,
        )
        sorted_files = [(-1 - n, merging.merge(files[n : n + 2], folder)) for n in range(0, 8, 2)]
        (again,) = beside(lambda: merging.merge(sorted_files, folder), times=2)
    report.add("plain sort and write of fresh files", rows / plain, "scans/s")
    report.add(
        "merge of fresh files, with index",
        rows / ours,
        "scans/s",
        beside="plain sort and write of fresh files",
    )
    report.add(
        "merge of sorted files, with index",
        rows / again,
        "scans/s",
        beside="plain sort and write of fresh files",
    )


def _sort_plainly(files: Sequence[Path], folder: Path) -> None:
    rows = pa.concat_tables(pq.read_table(path, partitioning=None) for path in files)
    rows = rows.sort_by([("waybill", "ascending"), ("event_time", "ascending")])
    with (folder / "plain.parquet").open("wb") as file:
        pq.write_table(rows, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())


def _tidy() -> None:
    from django.utils import timezone

    from huhang.journey.actions import compaction

    compaction.tidy(now=timezone.now() + LATER)
    # Nobody else reads.
    compaction.remove_strays(now=timezone.now() + compaction.FORGOTTEN + timedelta(hours=1))


def _look_ups(report: Report, known: Sequence[str]) -> None:
    from huhang.journey.queries.scans import told_of

    told_of(known[0])
    _forget(_files())
    block = "a random block of 64 KB, cold"
    _add(report, block, _blocks(len(known)))
    _forget(_files())
    _add(report, "a parcel, cold", [_spent(told_of, no) for no in known], like=block)
    _add(report, "a parcel, warm", [_spent(told_of, no) for no in known], like=block)
    absent = [f"YT9{no[3:]}" for no in known]
    _add(report, "no such parcel", [_spent(told_of, no) for no in absent], like=block)
    duckdb = list(_by_duckdb(known[:BY_DUCKDB]))
    _add(report, "a parcel by DuckDB, warm", duckdb, like="a parcel, warm")


def _fresh(report: Report, base: pa.Table, cohorts: int) -> None:
    """Small segments that were not merged yet, as a busy API leaves them."""
    from huhang.journey.actions import scan_log
    from huhang.journey.queries.scans import told_of

    seen = base.filter(pc.not_equal(base["code"], pa.scalar(int(Code.REGISTERED), pa.uint8())))
    who = np.arange(SMALL_ROWS)
    arrived = []
    for number in range(SMALL_SEGMENTS):
        scans = _renumbered(seen.slice(number * SMALL_ROWS, SMALL_ROWS), who, cohorts + number)
        arrived.append(scans["waybill"][number].as_py())
        scan_log.append(scans, batch_key=f"small {number}")
    known = [_number(int(n)) for n in np.random.default_rng(5).integers(0, cohorts * PARCELS, LOOKED_UP)]
    told_of(known[0])
    with_fresh = f"a parcel, warm, and {SMALL_SEGMENTS} small segments"
    for no in known:
        told_of(no)
    _add(report, with_fresh, [_spent(told_of, no) for no in known], like="a parcel, warm")
    _add(report, "a parcel that just arrived", [_spent(told_of, no) for no in arrived], like="a parcel, warm")
    missing = [no for no in arrived if not told_of(no).scans]
    if missing:
        raise SystemExit(f"acknowledged and not found: {missing[:3]}")


def _by_duckdb(known: Iterable[str]) -> Iterator[float]:
    import duckdb

    db = duckdb.connect()
    db.execute("SET enable_object_cache = true")
    files = [str(file) for file in _files()]
    query = "SELECT event_time, code, node, operator, text FROM read_parquet(?) WHERE waybill = ?"
    for no in known:
        yield _spent(lambda no: db.execute(query, [files, no]).fetchall(), no)


def _blocks(count: int) -> list[float]:
    chance = np.random.default_rng(4)
    files = _files()
    spent = []
    for _ in range(count):
        file = files[int(chance.integers(len(files)))]
        at = int(chance.integers(max(1, file.stat().st_size - BLOCK)))
        with file.open("rb", buffering=0) as opened:
            begun = time.perf_counter()
            os.pread(opened.fileno(), BLOCK, at)
            spent.append(time.perf_counter() - begun)
    return spent


def _spent(work: Callable[[str], object], no: str) -> float:
    begun = time.perf_counter()
    work(no)
    return time.perf_counter() - begun


def _add(report: Report, what: str, spent: Sequence[float], *, like: str = "") -> None:
    for name, share in (("p50", 50), ("p99", 99)):
        value = float(np.percentile(spent, share)) * 1000
        report.add(f"{what}: {name}", value, "ms", beside=f"{like}: {name}" if like else None)


def _files() -> list[Path]:
    from huhang.journey.queries.scans import segments

    return segments()


def _index(file: Path) -> Path:
    from huhang.journey.watch.waybill_index import path_of

    return path_of(file)


def _forget(files: Iterable[Path]) -> None:
    """Let the system forget what it has read of these files."""
    for file in files:
        for part in (file, _index(file)):
            if part.exists():
                with part.open("rb") as opened:
                    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
