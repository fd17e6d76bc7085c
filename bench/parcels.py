"""Traffic for measurements: parcels through a small country, with what goes wrong in a real one."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.watch.columns import MOMENT
from huhang.journey.watch.log import SCHEMA, WORD
from huhang.journey.watch.program import MINUTE
from huhang.journey.watch.world import Place

HOUR = 60 * MINUTE
START = 1_772_409_600_000_000  # 2026-03-02 08:00 in Shanghai
PROVINCES = ("江苏", "浙江", "安徽", "新疆")
OUTLETS, HUBS = 400, 16
PRODUCTS = ("standard", "same_city", "express_air", "economy")

# (code, where, hours after the step before, share of parcels that have it)
LIFE = (
    (Code.ORDER_CREATED, "origin", 0.0, 1.0),
    (Code.PICKED_UP, "origin", 5.0, 0.995),
    (Code.DEPARTED, "origin", 4.0, 0.97),
    (Code.ARRIVED, "first", 6.0, 0.98),
    (Code.SORTED, "first", 1.0, 0.95),
    (Code.DEPARTED, "first", 4.0, 0.97),
    (Code.ARRIVED, "second", 14.0, 0.98),
    (Code.DEPARTED, "second", 3.0, 0.97),
    (Code.ARRIVED, "outlet", 5.0, 0.97),
    (Code.OUT_FOR_DELIVERY, "outlet", 1.0, 0.97),
    (Code.AT_AGENT, "outlet", 2.0, 0.30),
    (Code.SIGNED, "outlet", 2.0, 0.98),
)


def places() -> dict[str, Place]:
    """Return the nodes of the country."""
    outlets = {f"O{n:03}": Place("outlet", f"市{n % 40}", PROVINCES[n % 4]) for n in range(OUTLETS)}
    hubs = {f"H{n:02}": Place("hub", f"市{n}", PROVINCES[n % 4]) for n in range(HUBS)}
    return outlets | hubs


def traffic(parcels: int, *, seed: int = 7) -> pa.Table:
    """Return about eleven rows per parcel in the log's schema, by event time, without identities."""
    chance = np.random.default_rng(seed)
    who = np.arange(parcels)
    nodes = _route(chance, parcels)
    at = START + chance.integers(0, 20 * 24 * 3600, parcels) * 1_000_000
    rows = [_rows(who, Code.REGISTERED, at - MINUTE, np.full(parcels, -1), chance)]
    for code, where, hours, share in LIFE:
        slow = np.where(chance.random(parcels) < 0.01, 12.0, 1.0)  # one in a hundred waits long
        spent = chance.gamma(4.0, hours / 4.0, parcels) * slow * 3600
        at = at + spent.astype(np.int64) * 1_000_000 + 1_000_000
        if code is Code.OUT_FOR_DELIVERY:
            at = _next_morning(at, chance)
        kept = chance.random(parcels) < share
        rows.append(_rows(who[kept], code, at[kept], nodes[where][kept], chance))
        if code is Code.PICKED_UP:
            again = kept & (chance.random(parcels) < 0.004)
            rows.append(_rows(who[again], code, at[again] + 2_000_000, nodes["second"][again], chance))
        if code is Code.SIGNED:
            doubled = rows[-1]
            rows.append({name: column[::50] for name, column in doubled.items()})
    return _table(rows, parcels, chance)


def _next_morning(at: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
    midnight = (at + 8 * HOUR) // (24 * HOUR) * 24 * HOUR + 16 * HOUR
    return midnight + (8 * 3600 + chance.integers(0, 3 * 3600, len(at))) * 1_000_000


def _route(chance: np.random.Generator, parcels: int) -> dict[str, NDArray[np.int64]]:
    origin, outlet = chance.integers(0, OUTLETS, parcels), chance.integers(0, OUTLETS, parcels)
    return {
        "origin": origin,
        "outlet": outlet,
        "first": OUTLETS + origin % HUBS,
        "second": OUTLETS + outlet % HUBS,
    }


def _rows(
    who: NDArray[np.int64],
    code: Code,
    at: NDArray[np.int64],
    node: NDArray[np.int64],
    chance: np.random.Generator,
) -> dict[str, NDArray[np.int64]]:
    operator = np.where(node < 0, -1, node * 8 + chance.integers(0, 8, len(who)))
    return {"who": who, "code": np.full(len(who), code), "at": at, "node": node, "operator": operator}


def _table(rows: list[dict[str, NDArray[np.int64]]], parcels: int, chance: np.random.Generator) -> pa.Table:
    whole = {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}
    order = np.argsort(whole["at"], kind="stable")
    column = {name: values[order] for name, values in whole.items()}
    count = len(order)
    registered = column["code"] == Code.REGISTERED
    who, node = column["who"], column["node"]
    promise = column["at"] + np.where(registered, 132, 0) * HOUR
    product = chance.choice(4, parcels, p=[0.7, 0.1, 0.1, 0.1])[who]
    ends = chance.integers(0, 4, (2, parcels))
    names = [*places(), ""]
    known = {
        "waybill": _taken([f"YT{8_800_000_000_000 + n}" for n in range(parcels)], who),
        "carrier": _constant("yto", count),
        "code": pa.array(column["code"], pa.uint8()),
        "reason": pa.array(np.zeros(count, np.uint8)),
        "event_time": pa.array(column["at"]).cast(MOMENT),
        "node": _taken(names, node % len(names)),
        "operator": _taken([*(f"W{n:05}" for n in range(8 * (OUTLETS + HUBS))), ""], column["operator"]),
        "text": _taken([f"快件到达 {name} 交接完成，操作员已扫描" for name in names], node % len(names)),
        "source": _constant("file", count),
        "received_at": pa.array(column["at"] + MINUTE).cast(MOMENT),
        "promised_at": pa.array(promise, mask=~registered).cast(MOMENT),
        "product": _taken(list(PRODUCTS), product, ~registered),
        "origin": _taken(list(PROVINCES), ends[0][who], ~registered),
        "dest": _taken(list(PROVINCES), ends[1][who], ~registered),
        "flags": pa.array((chance.random(parcels) < 0.9)[who].astype(np.uint8), mask=~registered),
    }
    return pa.table({name: known[name] for name in SCHEMA.names if name in known})


def _taken(values: list[str], places: NDArray[np.int64], mask: NDArray[np.bool_] | None = None) -> Any:
    places = np.where(places < 0, len(values) - 1, places)
    return pa.array(values, pa.string()).take(pa.array(places, pa.int64(), mask=mask))


def _constant(word: str, count: int) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32), pa.int32()), [word]).cast(WORD)
