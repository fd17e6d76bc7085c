"""A table for people and `bench/results/<name>.json` for machines."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent / "results"


class Row(NamedTuple):
    """One figure; `ratio` is it divided by the figure of the row named `ratio_to`."""

    what: str
    value: float
    unit: str
    ratio_to: str | None = None
    ratio: float | None = None


class Report:
    """Collects the figures of one measurement."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[Row] = []
        self.remarks: list[str] = []

    def add(self, what: str, value: float, unit: str, *, beside: str | None = None) -> float:
        """Add a figure, as a ratio to an earlier row's when `beside` names one; returns the ratio or 1."""
        other = next((row.value for row in self.rows if row.what == beside), None)
        ratio = value / other if other else None
        self.rows.append(Row(what, value, unit, beside, ratio))
        return ratio or 1.0

    def remark(self, sentence: str) -> None:
        """Say what the figures do not."""
        self.remarks.append(sentence)

    def finish(self) -> None:
        """Print the table and write the file."""
        print(f"\n{self.name}")
        for row in self.rows:
            beside = f"{row.ratio:8.2f} x {row.ratio_to}" if row.ratio is not None else ""
            print(f"  {row.what:<48} {row.value:>14,.3g} {row.unit:<10} {beside}")
        for sentence in self.remarks:
            print(f"  {sentence}")
        RESULTS.mkdir(exist_ok=True)
        content: dict[str, Any] = {"name": self.name, "rows": [row._asdict() for row in self.rows]}
        if self.remarks:
            content["remarks"] = self.remarks
        (RESULTS / f"{self.name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def print_all(names: list[str]) -> None:
    """Print what these measurements said as one table, ratios only."""
    print(f"\n{'':<11} {'what':<64} {'ratio':>8}   beside")
    for name in names:
        for row in json.loads((RESULTS / f"{name}.json").read_text())["rows"]:
            if row["ratio"] is not None:
                print(f"{name:<11} {row['what']:<64} {row['ratio']:8.2f} x {row['ratio_to']}")


def seconds(work: Callable[[], object], *, times: int = 5) -> float:
    """Return the quickest of some runs: the others met a busier machine."""
    return beside(work, times=times)[0]


def beside(*works: Callable[[], object], times: int = 5) -> list[float]:
    """Return the quickest run of each, taken in turns, so that a busy moment is shared fairly."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, runs in zip(works, spent, strict=True):
            start = time.perf_counter()
            work()
            runs.append(time.perf_counter() - start)
    return [min(runs) for runs in spent]
