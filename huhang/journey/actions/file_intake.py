"""A file of scans or waybills into the log, chunk by chunk; an import that was interrupted goes on where it stopped."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from huhang.journey.actions import intake, intake_counts, refusals, waybills
from huhang.journey.actions.intake import Receipt
from huhang.journey.actions.intake_counts import Counted
from huhang.journey.feeds import mappings
from huhang.journey.feeds.mappings import FileMapping, Join
from huhang.journey.models import Segment
from huhang.journey.rules.feeds import What
from huhang.journey.rules.intake import Refusal, Terms, check
from huhang.kit.errors import BadInput, NotAllowed
from huhang.kit.models import ImportRun
from huhang.kit.sheets import RejectsFile, Sheet, open_sheet, tables
from huhang.network.models import Person

IMPORT = "journey.import"
DEFAULTS = {"scans": "default", "waybills": "waybills"}
NESTED_CHUNK = 5_000  # rows that hold whole traces
ERRORS_KEPT = 100
HASHED = 1024 * 1024


class UnknownMapping(BadInput):
    """没有这个映射。"""


class WrongMapping(BadInput):
    """这个映射用于另一类文件。"""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file in our columns: each with its number in the file, and how it stood there."""

    numbers: list[int]
    table: pa.Table
    unread: list[Refusal]
    original: Callable[[int], Mapping[str, Any]]


@dataclass
class Tally:
    """What came of the chunks so far."""

    accepted: int = 0
    known: int = 0  # in chunks that an earlier run has brought in
    refused_rows: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)


def import_file(
    kind: str,
    path: Path,
    *,
    now: datetime,
    by: Person | None,
    mapping: str = "",
    dry_run: bool = False,
    rejects: Path | None = None,
    file_name: str = "",
    source: str = "",
    is_live: bool = False,
) -> ImportRun:
    """Bring a file in and keep the receipt; `by` None is the machine's own operator. A dry run writes no row.

    `source` is what its rows are counted under, `is_live` says that they tell of these days.
    """
    if by is not None and not by.may(IMPORT):
        raise NotAllowed(permission=IMPORT)
    chosen = _mapping(kind, mapping)
    digest = _digest(path)
    target = rejects or Path(settings.VAR) / "rejects" / f"{kind}-{now:%Y%m%d-%H%M%S-%f}-{digest[:8]}.csv"
    tally = Tally()
    with open_sheet(path, name=file_name or path.name) as sheet, RejectsFile(target) as refused:
        terms = intake.terms_for(chosen, source=source, is_live=is_live)
        for number, chunk in enumerate(_chunks(sheet, chosen, path.parent)):
            key = f"file:{digest}:{chosen.name}:{number}"
            receipt = _take(kind, chunk, terms, key, now=now, dry_run=dry_run)
            _note(tally, receipt, chunk, refused)
        _note_broken(tally, sheet, refused)
        if not dry_run:
            _count_broken(terms.source, len(sheet.rejected), now)
    return _receipt(kind, sheet, digest, tally, refused, dry_run=dry_run, by=by, now=now)


def _take(kind: str, chunk: Chunk, terms: Terms, key: str, *, now: datetime, dry_run: bool) -> Receipt:
    before = Segment.objects.filter(batch_key=key).first()
    if before is not None and not dry_run:
        intake_counts.doubled(terms.source, before.rows, at=now)
        return Receipt("", before.rows, before.rejected)
    judged = waybills.judge if kind == "waybills" else check
    checked = judged(chunk.table, terms, now=now, numbers=chunk.numbers)
    if dry_run:
        return Receipt(key, len(checked.good), [refusals.told(r) for r in [*checked.refused, *chunk.unread]])
    if kind == "waybills":
        return waybills.register(chunk.table, chunk.numbers, checked, terms, key, now=now)
    return intake.put_down(checked, key, terms.source, chunk.unread)


# --- chunks ------------------------------------------------------------------------------------------


def _chunks(sheet: Sheet, mapping: FileMapping, folder: Path) -> Iterator[Chunk]:
    if mapping.is_nested:
        yield from _nested(sheet, mapping)
        return
    beside = [(join, _beside(join, folder)) for join in mapping.join]
    for numbers, foreign in tables(sheet):
        whole = foreign
        for join, other in beside:
            whole = whole if other is None else mappings.joined(whole, join, other)
        places, table = mappings.reshape(mapping, numbers, whole)
        if not table.num_columns:
            raise BadInput(
                _("没有找到任何认识的列：%(columns)s") % {"columns": "、".join(foreign.column_names)},
                file=sheet.name,
            )
        yield Chunk(places, table, [], _row_of(foreign, numbers))


def _row_of(table: pa.Table, numbers: Any) -> Callable[[int], Mapping[str, Any]]:
    places: dict[int, int] = {}

    def row(number: int) -> Mapping[str, Any]:
        if not places:  # made only where something was refused
            places.update({number: place for place, number in enumerate(numbers)})
        found: dict[str, Any] = table.slice(places[number], 1).to_pylist()[0]
        return found

    return row


def _nested(sheet: Sheet, mapping: FileMapping) -> Iterator[Chunk]:
    rows = iter(sheet)
    while some := list(islice(rows, NESTED_CHUNK)):
        scans, unread = [], []
        for number, scan in mappings.unnest(mapping, some):
            if "unreadable" in scan:
                unread.append(Refusal(number, "", "unreadable", scan["unreadable"]))
            else:
                scans.append((number, scan))
        names = dict.fromkeys(name for _number, scan in scans for name in scan)
        columns = {name: pa.array([scan.get(name) for _number, scan in scans], pa.string()) for name in names}
        by_number = dict(some)
        yield Chunk([number for number, _ in scans], pa.table(columns), unread, by_number.__getitem__)


def _beside(join: Join, folder: Path) -> pa.Table | None:
    """The other table, when it lies beside the file."""
    for name in (f"{join.file}.csv", f"{join.file}.csv.gz", f"{join.file}.parquet"):
        if (folder / name).is_file():
            with open_sheet(folder / name) as sheet:
                return pa.concat_tables(table for _numbers, table in tables(sheet))
    return None


# --- receipts ----------------------------------------------------------------------------------------


def _note(tally: Tally, receipt: Receipt, chunk: Chunk, refused: RejectsFile) -> None:
    if receipt.batch:
        tally.accepted += receipt.accepted
    else:
        tally.known += receipt.accepted
    reasons: dict[int, list[str]] = {}
    for entry in receipt.rejected:
        sentence = f"{entry['field']}：{entry['reason']}" if entry["field"] else entry["reason"]
        reasons.setdefault(entry["row"], []).append(sentence)
    for number, sentences in sorted(reasons.items()):
        refused.write(number, "；".join(dict.fromkeys(sentences)), chunk.original(number))
    tally.refused_rows += len(reasons)
    tally.errors += receipt.rejected[: ERRORS_KEPT - len(tally.errors)]


def _note_broken(tally: Tally, sheet: Sheet, refused: RejectsFile) -> None:
    """Rows that were no rows: broken quotes, wrong number of columns, bytes of no encoding."""
    for rejected in sheet.rejected:
        refused.write(rejected.number, rejected.reason, rejected.row)
        if len(tally.errors) < ERRORS_KEPT:
            tally.errors.append({"row": rejected.number, "field": "", "reason": rejected.reason})
    tally.refused_rows += len(sheet.rejected)


def _count_broken(source: str, rows: int, now: datetime) -> None:
    counts = [Counted(What.RECEIVED, rows), Counted(What.REFUSED, rows, "broken_row")]
    intake_counts.add(source, counts, at=now)


def _receipt(
    kind: str,
    sheet: Sheet,
    digest: str,
    tally: Tally,
    refused: RejectsFile,
    *,
    dry_run: bool,
    by: Person | None,
    now: datetime,
) -> ImportRun:
    return ImportRun.objects.create(
        kind=kind,
        file_name=sheet.name[-255:],
        sha256=digest,
        dry_run=dry_run,
        rows=tally.accepted + tally.known + tally.refused_rows,
        created=tally.accepted,
        unchanged=tally.known,
        rejected=tally.refused_rows,
        rejects_path=str(refused.path) if refused.count else "",
        errors=tally.errors,
        by=by.get_username() if by else "",
        at=now,
    )


def _mapping(kind: str, name: str) -> FileMapping:
    try:
        mapping = mappings.find(name or DEFAULTS[kind])
    except mappings.UnknownMapping as error:
        known = "、".join(mappings.names())
        raise UnknownMapping(
            _("没有映射“%(name)s”；有：%(known)s") % {"name": name, "known": known}
        ) from error
    if mapping.kind != kind:
        raise WrongMapping(_("映射“%(name)s”用于 %(kind)s") % {"name": mapping.name, "kind": mapping.kind})
    return mapping


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASHED):
            digest.update(block)
    return digest.hexdigest()
