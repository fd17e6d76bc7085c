"""Scans come in, from any door: judged, written to the log, answered with a receipt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from huhang.journey.actions import refusals, scan_log
from huhang.journey.feeds import times, words
from huhang.journey.feeds.mappings import FileMapping
from huhang.journey.queries import nodes
from huhang.journey.rules import intake
from huhang.journey.rules.intake import Checked, Refusal, Terms


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a batch. `rejected` has `row`, `field`, `code` and a `reason` for people."""

    batch: str
    accepted: int
    rejected: list[dict[str, Any]]


def terms_for(mapping: FileMapping, *, source: str = "", carrier: str = "", is_live: bool = False) -> Terms:
    """Return what holds for the rows of a mapping: its zone, its places, and who understands its words."""
    return Terms(
        source=source or mapping.source,
        meaning=words.by_carrier,
        moment=times.moment,
        nodes=None if mapping.takes_foreign_nodes else nodes.codes_by_name(),
        carrier=carrier,
        zone=mapping.zone,
        keep_case=mapping.keep_case,
        is_live=is_live,
    )


def take_in(
    *,
    table: pa.Table,
    terms: Terms,
    batch_key: str,
    now: datetime,
    numbers: Sequence[int] | None = None,
    unread: Iterable[Refusal] = (),
) -> Receipt:
    """Write the good rows of a table to the scan log and refuse the rest; on disk before this returns.

    The same `batch_key` again changes nothing and gives the first receipt. `unread` are rows that did not even
    become columns.
    """
    return put_down(intake.check(table, terms, now=now, numbers=numbers), batch_key, terms.source, unread)


def put_down(checked: Checked, batch_key: str, source: str, unread: Iterable[Refusal] = ()) -> Receipt:
    """Write what was judged already."""
    refused = sorted([*checked.refused, *unread], key=lambda refusal: refusal.row)
    segment = scan_log.append(
        checked.good,
        batch_key=batch_key,
        source=source,
        rejected=[refusals.told(refusal) for refusal in refused],
    )
    return Receipt(segment.batch_key, segment.rows, segment.rejected)
