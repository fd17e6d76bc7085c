"""Waybills are registered: a row in the table for people, and a REGISTERED row in the log for the watch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import CharField

from huhang.journey.actions import intake
from huhang.journey.actions.intake import Receipt
from huhang.journey.models import Waybill
from huhang.journey.rules.codes import Code
from huhang.journey.rules.intake import Checked, Refusal, Terms, check
from huhang.kit import search
from huhang.network.models import Customer, OrgUnit

MOST = 10**10  # of any amount: what the column holds
CONSENT, COD, INSURED = 1, 2, 4
YES = frozenset({"1", "true", "yes", "y", "是", "√", "同意", "有"})
TEXTS = (
    "sender_name", "sender_phone", "sender_address", "receiver_name", "receiver_phone", "receiver_address",
)  # fmt: skip
SEARCHED = ("sender_name", "sender_phone", "receiver_name", "receiver_phone")
LENGTHS = {f.name: f.max_length for f in Waybill._meta.fields if isinstance(f, CharField)}
ENDS = ("origin", "dest")
AMOUNTS = ("cod_amount", "insured_amount")
# A file that lacks a column leaves what it would write as it is.
WRITTEN = {
    **{
        name: [name]
        for name in ("carrier", "product", "customer", "promised_at", "has_consent", "freight_collect")
    },
    **{name: [name] for name in (*TEXTS, *AMOUNTS)},
    "origin": ["origin", "origin_path"],
    "dest": ["dest", "dest_path"],
}

Row = Mapping[str, Any]


def judge(table: pa.Table, terms: Terms, *, now: datetime, numbers: Sequence[int]) -> Checked:
    """Divide rows into waybills that can be registered, in the log's shape, and those that cannot."""
    rows = table.to_pylist()
    known = _Ground(rows, terms)
    own = [
        refusal for number, row in zip(numbers, rows, strict=True) for refusal in known.faults(number, row)
    ]
    bad = {refusal.row for refusal in own}
    kept = [place for place, number in enumerate(numbers) if number not in bad]
    facts = _as_scans(table, rows, known, now).take(pa.array(kept, pa.int64()))
    checked = check(facts, terms, now=now, numbers=[numbers[place] for place in kept])
    return Checked(checked.good, sorted([*checked.refused, *own], key=lambda refusal: refusal.row))


@transaction.atomic
def register(
    table: pa.Table, numbers: Sequence[int], checked: Checked, terms: Terms, batch_key: str, *, now: datetime
) -> Receipt:
    """Write judged waybills; one that is known takes the new facts. Names and phones stay out of the log."""
    out = {refusal.row for refusal in checked.refused}
    rows = [row for number, row in zip(numbers, table.to_pylist(), strict=True) if number not in out]
    known = _Ground(rows, terms)
    made = [
        _waybill(row, facts, known, terms) for row, facts in zip(rows, checked.good.to_pylist(), strict=True)
    ]
    # The last row of a number counts: a statement may not touch one twice.
    once = list({waybill.no: waybill for waybill in made}.values())
    Waybill.objects.bulk_create(
        once, batch_size=2000, update_conflicts=True, unique_fields=["no"], update_fields=_written(table)
    )
    # Last, because the log is locked from here to the end of the transaction.
    return intake.put_down(checked, batch_key, terms.source)


def _written(table: pa.Table) -> list[str]:
    fields = [field for column in table.column_names for field in WRITTEN.get(column, ())]
    tokens = ["search"] if set(SEARCHED) & set(table.column_names) else []
    return [*fields, *tokens, "source"]


class _Ground:
    """The units and customers that these rows name."""

    def __init__(self, rows: Sequence[Row], terms: Terms) -> None:
        self.terms = terms
        self.codes = terms.nodes
        customers = {_text(row, "customer") for row in rows} - {""}
        self.customers = {c.code: c for c in Customer.objects.filter(code__in=customers)}
        named = {self.code(_text(row, end)) for row in rows for end in ENDS}
        self.units = {u.code: u for u in OrgUnit.objects.filter(code__in=named)}

    def code(self, name: str) -> str:
        """A unit's code by code or name; foreign places stay what they are."""
        return name if self.codes is None else self.codes.get(name, "")

    def unit(self, name: str) -> OrgUnit | None:
        return self.units.get(self.code(name))

    def faults(self, number: int, row: Row) -> list[Refusal]:
        told = {name: text for name in (*ENDS, "customer", *AMOUNTS) if (text := _text(row, name))}
        return [
            Refusal(number, name, code, text)
            for name, text in told.items()
            if (code := self._fault(name, text))
        ]

    def _fault(self, name: str, text: str) -> str:
        if name in ENDS:
            return "unknown_node" if self.codes is not None and text not in self.codes else ""
        if name == "customer":
            return "" if text in self.customers else "unknown_customer"
        return "bad_amount" if _amount(text) is None else ""


def _as_scans(table: pa.Table, rows: Sequence[Row], known: _Ground, now: datetime) -> pa.Table:
    """The rows as REGISTERED scans: without a time of registering they are registered now."""
    at = [_text(row, "registered_at") or now.isoformat() for row in rows]
    columns = {
        "waybill": [_text(row, "waybill") for row in rows],
        "carrier": [_text(row, "carrier") for row in rows],
        "event_time": at,
        "promised_at": [_text(row, "promised_at") for row in rows],
        "product": [_text(row, "product") for row in rows],
        "origin": [known.code(_text(row, "origin")) for row in rows],
        "dest": [known.code(_text(row, "dest")) for row in rows],
        "flags": [str(_flags(row)) for row in rows],
    }
    made = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return made.append_column("code", pa.array([int(Code.REGISTERED)] * len(rows), pa.int64()))


def _waybill(row: Row, facts: Row, known: _Ground, terms: Terms) -> Waybill:
    origin, dest = known.unit(_text(row, "origin")), known.unit(_text(row, "dest"))
    texts = {name: _text(row, name)[: LENGTHS[name]] for name in TEXTS}
    return Waybill(
        no=facts["waybill"],
        carrier=facts["carrier"][: LENGTHS["carrier"]],
        product=(facts["product"] or "")[: LENGTHS["product"]],
        customer=known.customers.get(_text(row, "customer")),
        origin=origin,
        dest=dest,
        origin_path=origin.path if origin else "",
        dest_path=dest.path if dest else "",
        promised_at=facts["promised_at"],
        has_consent=_yes(row, "has_consent"),
        freight_collect=_yes(row, "freight_collect"),
        source=terms.source[:32],
        registered_at=facts["event_time"],
        search=search.tsvector_text(facts["waybill"], *(texts[name] for name in SEARCHED)),
        **texts,
        **{name: _amount(_text(row, name)) for name in AMOUNTS},
    )


def _flags(row: Row) -> int:
    has = {
        CONSENT: _yes(row, "has_consent"),
        COD: _worth(row, "cod_amount"),
        INSURED: _worth(row, "insured_amount"),
    }
    return sum(flag for flag, is_so in has.items() if is_so)


def _worth(row: Row, name: str) -> bool:
    return bool(_amount(_text(row, name)))


def _yes(row: Row, name: str) -> bool:
    return _text(row, name).lower() in YES


def _amount(text: str) -> Decimal | None:
    """Return money as written, None when it is none or no amount."""
    try:
        amount = Decimal(text.replace(",", "").removeprefix("¥").removeprefix("￥")) if text else None
    except InvalidOperation:
        return None
    if amount is None or not amount.is_finite() or not 0 <= amount < MOST:
        return None
    return amount.quantize(Decimal("0.01"))


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()
