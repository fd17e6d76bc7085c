"""May these rows come into the scan log? Whole columns are judged at once; Python looks only at odd values.

Input: an Arrow table with any of the columns below, as text (from CSV) or typed (from Parquet).
Output: the good rows in the log's shape, and for every refused row the field, a short code and the value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute

from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.mapping import Meaning

# Arrow's own type stubs refuse what Arrow takes: plain literals, decoded dictionaries, nulls.
pc: Any = pyarrow.compute
Column = Any

MOMENT = pa.timestamp("us", "UTC")
NAME = pa.dictionary(pa.int32(), pa.string())
COLUMNS = pa.schema(
    {
        "waybill": pa.string(),
        "carrier": NAME,
        "code": pa.uint8(),
        "reason": pa.uint8(),
        "event_time": MOMENT,
        "node": pa.string(),
        "operator": pa.string(),
        "text": pa.string(),
        "source": NAME,
        "promised_at": MOMENT,
        "product": pa.string(),
        "origin": pa.string(),
        "dest": pa.string(),
        "flags": pa.uint8(),
    }
)
FACTS = ("promised_at", "product", "origin", "dest", "flags")  # of REGISTERED rows, null elsewhere

# Characters of a field that are kept; of anything else, LONGEST_TEXT.
LONGEST = {"carrier": 32, "node": 64, "operator": 64, "product": 32, "origin": 64, "dest": 64}
LONGEST_TEXT = 2000
CLOCKS_DIFFER = timedelta(minutes=10)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Of what comes in by itself, day by day. History is imported on purpose, as a file.
LIVE_FOR = timedelta(days=400)
# A time so far ahead, and no further, was written in another zone than it claims.
ZONES_DIFFER = timedelta(hours=1), timedelta(hours=14, minutes=10)
_WAYBILL = "^[0-9A-Z-]{5,40}$"
_WAYBILL_ANY_CASE = "^[0-9A-Za-z-]{5,40}$"
_CLOCK = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_NAIVE, _ZONED = _CLOCK + "$", _CLOCK + r"(Z|[+-]\d{2}:?\d{2})$"

# As our screens and exports call them: what was downloaded can be sent in again.
NAMES_ZH = {
    Code.OTHER: "其他", Code.ORDER_CREATED: "下单", Code.PICKUP_ASSIGNED: "派揽", Code.PICKUP_FAILED: "揽收未成",
    Code.PICKED_UP: "揽收", Code.BAGGED: "装包", Code.UNBAGGED: "拆包", Code.LOADED: "装车", Code.UNLOADED: "卸车",
    Code.DEPARTED: "发出", Code.ARRIVED: "到达", Code.SORTED: "分拣", Code.CUSTOMS: "清关",
    Code.CUSTOMS_HELD: "海关留验", Code.CUSTOMS_CLEARED: "清关完成", Code.OUT_FOR_DELIVERY: "派件",
    Code.AT_AGENT: "入柜（站）", Code.HELD: "留仓", Code.PROBLEM: "问题件", Code.DELIVERY_FAILED: "派件未成",
    Code.FORWARDED: "转寄", Code.RETURNING: "退回", Code.SIGNED: "签收", Code.SIGNED_BY_PROXY: "代签",
    Code.SIGNED_AT_AGENT: "柜（站）取件", Code.SIGNED_AFTER_EXCEPTION: "异常后签收", Code.RETURN_SIGNED: "退回签收",
    Code.CANCELLED: "取消", Code.REGISTERED: "登记",
}  # fmt: skip
# A withdrawal is written by us alone, with the identity of what it withdraws.
_TOLD = tuple(code for code in Code if code is not Code.WITHDRAWN)
CODE_WORDS: Mapping[str, Code] = (
    {name: code for code, name in NAMES_ZH.items()}
    | {code.name: code for code in _TOLD}
    | {str(int(code)): code for code in _TOLD}
)
REASON_WORDS: Mapping[str, Reason] = {r.name: r for r in Reason} | {str(int(r)): r for r in Reason}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row stays out: `code` is short and stable, `value` what stood there."""

    row: int
    field: str
    code: str
    value: str


@dataclass(frozen=True)
class Terms:
    """What holds for a whole batch, and who understands the words in it.

    `nodes` knows every name and code of a unit → its code; None: nodes are foreign and taken as they are.
    `meaning(words, carrier)` reads a carrier's code or sentence; `moment` reads times that are not ISO.
    `is_live`: the rows tell of these days; what is older than a year is refused.
    """

    source: str
    meaning: Callable[[str, str], Meaning]
    moment: Callable[[str], datetime | None]
    nodes: Mapping[str, str] | None = None
    carrier: str = ""
    zone: str = "Asia/Shanghai"
    keep_case: bool = False
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    good: pa.Table
    refused: list[Refusal]


@dataclass
class _Bench:
    """The table under examination: good columns so far, and for each row whether it is refused."""

    table: pa.Table
    terms: Terms
    now: datetime
    numbers: Sequence[int]
    refused: list[Refusal] = field(default_factory=list)
    out: list[int] = field(default_factory=list)

    def column(self, name: str) -> Column | None:
        if name not in self.table.column_names:
            return None
        chunks = self.table[name]
        # Putting chunks together copies them, even a single one.
        column: Column = chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()
        return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

    def text(self, name: str) -> Column:
        """Return a column as trimmed text, '' where it is missing."""
        column = self.column(name)
        if column is None:
            return pa.repeat(pa.scalar("", pa.string()), len(self.table))
        text = column if pa.types.is_string(column.type) else column.cast(pa.string())
        return _fitting(pc.utf8_trim_whitespace(pc.fill_null(text, "")), LONGEST.get(name, LONGEST_TEXT))

    def refuse(self, bad: Column, name: str, code: str) -> None:
        """Put the rows aside for which `bad` is true."""
        places = pc.indices_nonzero(pc.fill_null(bad, False)).to_pylist()
        if not places:
            return
        values = self.text(name).take(pa.array(places)).to_pylist()
        self.out += places
        self.refused += [
            Refusal(self.numbers[place], name, code, value)
            for place, value in zip(places, values, strict=True)
        ]


def check(table: pa.Table, terms: Terms, *, now: datetime, numbers: Sequence[int] | None = None) -> Checked:
    """Divide rows into those that may enter the log and those refused; `numbers` are the rows' own numbers."""
    rows = len(table)
    bench = _Bench(table, terms, now, numbers if numbers is not None else range(1, rows + 1))
    carrier = _carrier(bench)
    code, reason = _code(bench, carrier)
    columns = {
        "waybill": _waybill(bench),
        "carrier": carrier.dictionary_encode(),
        "code": code,
        "reason": reason,
        "event_time": _event_time(bench),
        "node": _node(bench),
        "operator": bench.text("operator"),
        "text": bench.text("text"),
        "source": pa.repeat(pa.scalar(terms.source), rows).dictionary_encode(),
    } | _facts(bench, code)
    made = pa.table(
        {name: columns[name].cast(COLUMNS.field(name).type) for name in COLUMNS.names}, schema=COLUMNS
    )
    return Checked(_without(made, bench.out), sorted(bench.refused, key=lambda refusal: refusal.row))


def _without(table: pa.Table, places: list[int]) -> pa.Table:
    if not places:
        return table
    out = pc.is_in(pa.array(range(len(table)), pa.int64()), value_set=pa.array(places, pa.int64()))
    return table.filter(pc.invert(out))


def _fitting(text: Column, longest: int) -> Column:
    """Cut what no table could hold: a hit repeats these words, and one that cannot be written stops the watch."""
    if (pc.max(pc.binary_length(text)).as_py() or 0) > longest:
        text = pc.utf8_slice_codeunits(text, 0, longest)
    return pc.replace_substring(text, "\x00", "") if _may_hold_nul(text) else text


def _may_hold_nul(text: Column) -> bool:
    """A look at the bytes costs nearly nothing; padding may cry wolf."""
    words = text.buffers()[2]
    return words is not None and re.search(b"\x00", memoryview(words)) is not None


def _waybill(bench: _Bench) -> Column:
    keep = bench.terms.keep_case
    waybill = bench.text("waybill") if keep else pc.utf8_upper(bench.text("waybill"))
    missing = pc.equal(waybill, "")
    bench.refuse(missing, "waybill", "missing")
    shaped = pc.match_substring_regex(waybill, _WAYBILL_ANY_CASE if keep else _WAYBILL)
    bench.refuse(pc.and_not(pc.invert(shaped), missing), "waybill", "bad_waybill")
    return waybill


def _carrier(bench: _Bench) -> Column:
    given = bench.text("carrier")
    return pc.if_else(pc.equal(given, ""), bench.terms.carrier, given) if bench.terms.carrier else given


# --- codes -------------------------------------------------------------------------------------------


def _code(bench: _Bench, carrier: Column) -> tuple[Column, Column]:
    """A code may be our name, number or Chinese name, or the carrier's word; else the text decides."""
    column = bench.column("code")
    if column is not None and pa.types.is_integer(column.type) and not column.null_count:
        return _numbered(bench, column), _given_reason(
            bench, pa.repeat(pa.scalar(0, pa.uint8()), len(column))
        )
    told, text = bench.text("code"), bench.text("text")
    words = pc.if_else(pc.equal(told, ""), text, told)
    by_word = _understood(bench.terms, words, carrier)
    by_text = by_word if pc.all(pc.equal(words, text)).as_py() else _understood(bench.terms, text, carrier)
    nothing = pc.equal(words, "")
    bench.refuse(nothing, "code", "missing")
    # A word that nobody knows counts only when no text explains it; a text that nobody understands is OTHER.
    unheard = pc.and_(pc.not_equal(told, ""), pc.is_null(by_word[0]))
    bench.refuse(pc.and_(unheard, pc.equal(text, "")), "code", "unknown_code")
    code = pc.fill_null(pc.coalesce(by_word[0], by_text[0]), int(Code.OTHER))
    reason = pc.fill_null(pc.if_else(pc.is_valid(by_word[0]), by_word[1], by_text[1]), int(Reason.NONE))
    return code, _given_reason(bench, reason)


def _numbered(bench: _Bench, column: Column) -> Column:
    known = pc.is_in(column, value_set=pa.array([int(code) for code in _TOLD], column.type))
    bench.refuse(pc.invert(known), "code", "unknown_code")
    return pc.if_else(known, column, 0).cast(pa.uint8())


def _understood(terms: Terms, words: Column, carrier: Column) -> tuple[Column, Column]:
    """Return code and reason of each word, null where it means nothing; every different word is read once."""
    pairs = pa.StructArray.from_arrays([words, carrier], ["word", "carrier"])
    encoded = _encoded_pairs(pairs) if len(pc.unique(carrier)) > 1 else words.dictionary_encode()
    carriers = carrier[0].as_py() if len(carrier) else ""
    found = [
        _meaning(terms, word, carriers)
        if isinstance(word, str)
        else _meaning(terms, word["word"], word["carrier"])
        for word in encoded.dictionary.to_pylist()
    ]
    codes = pa.array([meaning and int(meaning.code) for meaning in found], pa.uint8())
    reasons = pa.array([meaning and int(meaning.reason) for meaning in found], pa.uint8())
    return codes.take(encoded.indices), reasons.take(encoded.indices)


def _encoded_pairs(pairs: Column) -> Column:
    """Arrow cannot encode structs: number the pairs by a joined key."""
    joined = pc.binary_join_element_wise(
        pairs.field("carrier"), pairs.field("word"), "\x1f"
    ).dictionary_encode()
    split = [key.split("\x1f", 1) for key in joined.dictionary.to_pylist()]
    named = pa.array([{"carrier": carrier, "word": word} for carrier, word in split], pairs.type)
    return pa.DictionaryArray.from_arrays(joined.indices, named)


def _meaning(terms: Terms, word: str, carrier: str) -> Meaning | None:
    if not word:
        return None
    own = CODE_WORDS.get(word.upper())
    if own is not None:
        return Meaning(own)
    found = terms.meaning(word, carrier)
    return found if found.code is not Code.OTHER else None


def _given_reason(bench: _Bench, otherwise: Column) -> Column:
    """A reason that is written down beats the one heard in the text."""
    if bench.column("reason") is None:
        return otherwise
    encoded = pc.utf8_upper(bench.text("reason")).dictionary_encode()
    known = [REASON_WORDS.get(word) for word in encoded.dictionary.to_pylist()]
    given = pa.array([None if r is None else int(r) for r in known], pa.uint8()).take(encoded.indices)
    told = pc.not_equal(bench.text("reason"), "")
    bench.refuse(pc.and_(told, pc.is_null(given)), "reason", "unknown_reason")
    return pc.coalesce(given, otherwise)


# --- places ------------------------------------------------------------------------------------------


def _node(bench: _Bench) -> Column:
    """A node may be given by code or name; an empty one is an unknown place, not a wrong one."""
    nodes = bench.terms.nodes
    if nodes is None:
        return bench.text("node")
    encoded = bench.text("node").dictionary_encode()
    found = pa.array(
        [nodes.get(name) if name else "" for name in encoded.dictionary.to_pylist()], pa.string()
    )
    node = found.take(encoded.indices)
    bench.refuse(pc.is_null(node), "node", "unknown_node")
    return node


# --- times -------------------------------------------------------------------------------------------


def _event_time(bench: _Bench) -> Column:
    at = _moments(bench, "event_time")
    missing = pc.equal(bench.text("event_time"), "") if pc.any(pc.is_null(at)).as_py() else None
    if missing is not None:
        bench.refuse(missing, "event_time", "missing")
        bench.refuse(pc.and_not(pc.is_null(at), missing), "event_time", "bad_time")
    _refuse_ahead(bench, at)
    if bench.terms.is_live:
        stale = pc.less(at, pa.scalar(bench.now - LIVE_FOR, MOMENT))
        bench.refuse(
            pc.and_(stale, pc.greater_equal(at, pa.scalar(EARLIEST, MOMENT))), "event_time", "long_ago"
        )
    bench.refuse(pc.less(at, pa.scalar(EARLIEST, MOMENT)), "event_time", "time_too_old")
    return at


def _refuse_ahead(bench: _Bench, at: Column) -> None:
    ahead = pc.greater(at, pa.scalar(bench.now + CLOCKS_DIFFER, MOMENT))
    if not pc.any(ahead).as_py():
        return
    least, most = (pa.scalar(bench.now + differ, MOMENT) for differ in ZONES_DIFFER)
    zone = pc.and_(pc.greater_equal(at, least), pc.less_equal(at, most))
    if not bench.terms.is_live:
        zone = pa.repeat(pa.scalar(False), len(at))
    bench.refuse(pc.and_(ahead, pc.invert(zone)), "event_time", "time_in_future")
    bench.refuse(pc.and_(ahead, zone), "event_time", "wrong_zone")


def _moments(bench: _Bench, name: str) -> Column:
    """Return a column as UTC moments, null where it is none; a time without zone is in the batch's zone."""
    column = bench.column(name)
    if column is None:
        return pa.nulls(len(bench.table), MOMENT)
    if pa.types.is_timestamp(column.type):
        # Nanoseconds are cut, not refused.
        target = MOMENT if column.type.tz else pa.timestamp("us")
        cut = pc.cast(column, target, safe=False)
        return cut if column.type.tz else _in_zone(cut, bench.terms)
    return _parsed(bench.text(name), bench.terms)


def _in_zone(naive: Column, terms: Terms) -> Column:
    # An hour that the clocks repeat counts as its first time; one that they skip, as the moment after the gap.
    local = pc.assume_timezone(naive, terms.zone, ambiguous="earliest", nonexistent="latest")
    return local.cast(MOMENT)


def _parsed(text: Column, terms: Terms) -> Column:
    """Columns are mostly of one kind, which Arrow reads at once; a mixed one is sorted out first."""
    filled = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    try:
        return _in_zone(filled.cast(pa.timestamp("us")), terms)
    except pa.ArrowInvalid:
        return _mixed(text, terms)


def _mixed(text: Column, terms: Terms) -> Column:
    naive, zoned = pc.match_substring_regex(text, _NAIVE), pc.match_substring_regex(text, _ZONED)
    blank = pa.scalar(None, pa.string())
    try:
        local = pc.if_else(naive, text, blank).cast(pa.timestamp("us"))
        absolute = pc.if_else(zoned, text, blank).cast(MOMENT)
    except pa.ArrowInvalid:  # the 30th of February
        return _one_by_one(text, terms)
    found = pc.coalesce(_in_zone(local, terms), absolute)
    odd = pc.and_not(pc.and_not(pc.not_equal(text, ""), naive), zoned)
    if not pc.any(odd).as_py():
        return found
    return pc.coalesce(found, _one_by_one(pc.if_else(odd, text, ""), terms))


def _one_by_one(text: Column, terms: Terms) -> Column:
    """Odd spellings, each different one read once."""
    encoded = text.dictionary_encode()
    naive, aware = [], []
    for word in encoded.dictionary.to_pylist():
        found = terms.moment(word) if word else None
        naive.append(found if found is not None and found.tzinfo is None else None)
        aware.append(found if found is not None and found.tzinfo is not None else None)
    local = _in_zone(pa.array(naive, pa.timestamp("us")), terms)
    return pc.coalesce(local, pa.array(aware, MOMENT)).take(encoded.indices)


# --- the waybill's own facts --------------------------------------------------------------------------


def _facts(bench: _Bench, code: Column) -> dict[str, Column]:
    rows = len(bench.table)
    given = [name for name in FACTS if name in bench.table.column_names]
    if not given:
        return {name: pa.nulls(rows, COLUMNS.field(name).type) for name in FACTS}
    registered = pc.equal(code, int(Code.REGISTERED))
    promised = _moments(bench, "promised_at")
    unread = pc.and_(pc.is_null(promised), pc.not_equal(bench.text("promised_at"), ""))
    bench.refuse(pc.and_(registered, unread), "promised_at", "bad_time")
    flags = bench.text("flags")
    numeric = pc.match_substring_regex(flags, r"^\d{1,2}$")
    bench.refuse(pc.and_not(pc.and_(registered, pc.not_equal(flags, "")), numeric), "flags", "bad_flags")
    facts = {name: bench.text(name) for name in ("product", "origin", "dest")} | {
        "promised_at": promised,
        "flags": pc.if_else(numeric, flags, "0").cast(pa.uint8()),
    }
    return {
        name: pc.if_else(registered, column, pa.scalar(None, column.type)) for name, column in facts.items()
    }
