"""How a foreign file becomes rows of ours: `packs/mappings/<name>.yaml`, read and applied.

A reshaped table has our field names and keeps, row by row, the number of the row it came from.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute
import yaml

from huhang.journey.feeds import packs, times, tracking
from huhang.journey.feeds.documents import UnreadableDocument
from huhang.journey.rules import particulars

# Arrow's own type stubs refuse what Arrow takes: plain literals, nulls.
pc: Any = pyarrow.compute
FOLDER = packs.PACKS / "mappings"
Row = Mapping[str, Any]
Numbers = Sequence[int]


class UnknownMapping(KeyError):
    """There is no mapping of this name."""


@dataclass(frozen=True)
class Join:
    """Columns of another file, found by one that both have."""

    file: str
    by: str
    take: Mapping[str, str]


@dataclass(frozen=True)
class FileMapping:
    """A mapping file; its keys are explained in `packs/mappings/default.yaml` and the others there."""

    name: str
    kind: str
    source: str = ""
    zone: str = "Asia/Shanghai"
    nodes: str = "known"
    keep_case: bool = False
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    unpivot: Sequence[Mapping[str, str]] = ()
    join: Sequence[Join] = ()
    each: str = ""
    read_text: bool = False
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_nested(self) -> bool:
        """Do rows hold lists or documents, so that they must be read one by one?"""
        return bool(self.each or self.payload)

    @property
    def takes_foreign_nodes(self) -> bool:
        return self.nodes == "foreign"


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def find(name: str) -> FileMapping:
    """Return a mapping by name; raises UnknownMapping."""
    if name not in names():  # also keeps a name from being a path
        raise UnknownMapping(name)
    raw = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    raw["join"] = [Join(**entry) for entry in raw.get("join", ())]
    return FileMapping(name=name, **{"source": name, **raw})


# --- tables ------------------------------------------------------------------------------------------


def reshape(mapping: FileMapping, numbers: Numbers, table: pa.Table) -> tuple[list[int], pa.Table]:
    """Return a foreign table with our field names, one row per scan, and each row's original number."""
    if not mapping.unpivot:
        return list(numbers), _with_constants(_renamed(mapping, table), mapping)
    parts, places = [], []
    for entry in mapping.unpivot:
        part = _moment_of_each(mapping, entry, table)
        kept = pc.not_equal(pc.fill_null(part["event_time"].cast(pa.string()), ""), "")
        parts.append(part.filter(kept))
        places += [number for number, keep in zip(numbers, kept.to_pylist(), strict=True) if keep]
    together = pa.concat_tables(parts, promote_options="permissive")
    order = pc.sort_indices(together, sort_keys=[("event_time", "ascending")])
    in_time = _with_constants(together.take(order), mapping)
    return [places[place] for place in order.to_pylist()], in_time


def _renamed(mapping: FileMapping, table: pa.Table) -> pa.Table:
    found = _found(mapping, table.column_names)
    return table.select(list(found.values())).rename_columns(list(found))


def _found(mapping: FileMapping, columns: Iterable[str]) -> dict[str, str]:
    """Our field → the column that holds it; names are compared without case and blanks."""
    there = {column.strip().lower(): column for column in columns}
    found: dict[str, str] = {}
    for ours, theirs in mapping.columns.items():
        held = next((there[name.lower()] for name in theirs if name.lower() in there), None)
        if held is not None and held not in found.values():
            found[ours] = held
    return found


def _moment_of_each(mapping: FileMapping, entry: Mapping[str, str], table: pa.Table) -> pa.Table:
    columns: dict[str, Any] = {
        ours: table[theirs] for ours, theirs in _found(mapping, table.column_names).items()
    }
    for ours, theirs in entry.items():
        if ours == "code":
            columns[ours] = pa.repeat(pa.scalar(theirs), len(table))
        elif theirs in table.column_names:
            columns[ours] = table[theirs]
    return pa.table(columns)


def _with_constants(table: pa.Table, mapping: FileMapping) -> pa.Table:
    for name, value in mapping.constants.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.repeat(pa.scalar(value), len(table)))
    return table


def joined(table: pa.Table, join: Join, beside: pa.Table) -> pa.Table:
    """Return the table with the taken columns of another; the first of several matching rows counts."""
    if join.by not in table.column_names:
        return table
    places: dict[Any, int] = {}
    for place, key in enumerate(beside[join.by].to_pylist()):
        places.setdefault(key, place)
    rows = pa.array([places.get(key) for key in table[join.by].to_pylist()], pa.int64())
    for ours, theirs in join.take.items():
        table = table.append_column(ours, beside[theirs].take(rows))
    return table


# --- nested rows --------------------------------------------------------------------------------------


def unnest(mapping: FileMapping, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows that hold lists or documents → one flat row of ours per scan.

    Raises nothing for a document that cannot be read: the row comes back with only its `unreadable` reason.
    """
    for number, row in rows:
        flat = _answered(mapping, row, number) if mapping.payload else _listed(mapping, row)
        for scan in flat:
            yield number, scan


def _listed(mapping: FileMapping, row: Row) -> Iterator[dict[str, str]]:
    entries = row.get(mapping.each)
    for entry in entries if isinstance(entries, list) else ():
        whole = {**row, **entry} if isinstance(entry, dict) else dict(row)
        found = _found(mapping, whole)
        scan = {ours: _text(whole[theirs]) for ours, theirs in found.items()} | dict(mapping.constants)
        yield _read(scan) if mapping.read_text else scan


def _read(scan: dict[str, str]) -> dict[str, str]:
    told = particulars.read(scan.get("text", ""))
    return {"node": told.node, "operator": told.courier} | scan


def _answered(mapping: FileMapping, row: Row, number: int) -> Iterator[dict[str, str]]:
    terms = mapping.payload
    if any(
        not re.search(pattern, _text(row.get(column))) for column, pattern in terms.get("only", {}).items()
    ):
        return
    carrier = _text(row.get(terms.get("carrier", "")))
    zone = times.zone(mapping.zone) or times.zone("UTC")
    assert zone is not None
    try:
        events = tracking.events(row.get(terms["column"], ""), carrier=carrier, zone=zone)
    except UnreadableDocument as error:
        yield {"unreadable": str(error)}
        return
    for event in events:
        yield {
            # Without a number of its own, the answer is its own parcel: events of two answers must not mix.
            "waybill": event.waybill or f"{carrier}-{number}".replace("_", "-"),
            "carrier": carrier,
            "code": event.code.name,
            "reason": event.reason.name,
            "event_time": event.at.isoformat(),
            "node": event.node,
            "text": event.text,
        }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
