"""What is counted, and which figures are made of it: each room declares its own in `measures.py`.

    declare_measure("desk.ticket.opened.complaint", "新建投诉工单", "complaint tickets opened")
    declare_kpi(Kpi(id="complaints_per_10k", version=1, …))

A figure whose formula changes gets a new version beside the old one; both can be asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from huhang.metrics.rules.kpi import Kpi, Measure


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number about the machine for `/metrics`, read when asked; None leaves it out."""

    name: str
    help: str
    read: Callable[[], float | None]


_measures: dict[str, Measure] = {}
_kpis: dict[tuple[str, int], Kpi] = {}
_gauges: dict[str, Gauge] = {}


def declare_measure(name: str, label: str, label_en: str) -> Measure:
    """Say that something is counted. Raises ValueError when the name already means something else."""
    new = Measure(name, label, label_en)
    if _measures.setdefault(name, new) != new:
        raise ValueError(f"measure {name} is declared twice with different words")
    return new


def declare_kpi(kpi: Kpi) -> Kpi:
    """Say how a figure is made. Raises ValueError for an undeclared measure or a version that changed its meaning."""
    unknown = [name for name in kpi.measures if name not in _measures]
    if unknown:
        raise ValueError(f"{kpi.id} v{kpi.version} counts undeclared measures: {', '.join(unknown)}")
    if _kpis.setdefault((kpi.id, kpi.version), kpi) != kpi:
        raise ValueError(f"{kpi.id} v{kpi.version} is declared twice: a changed formula needs a new version")
    return kpi


def declare_gauge(name: str, help_text: str, read: Callable[[], float | None]) -> None:
    """Add a number to `/metrics`, for instance how far the watch lags behind."""
    _gauges[name] = Gauge(name, help_text, read)


def is_measure(name: str) -> bool:
    return name in _measures


def measures() -> list[Measure]:
    return list(_measures.values())


def gauges() -> list[Gauge]:
    return list(_gauges.values())


def versions() -> list[Kpi]:
    """Every version of every figure."""
    return list(_kpis.values())


def kpis() -> list[Kpi]:
    """The newest version of each figure, in the order of their declaration."""
    newest: dict[str, Kpi] = {}
    for kpi in _kpis.values():
        if kpi.id not in newest or kpi.version > newest[kpi.id].version:
            newest[kpi.id] = kpi
    return list(newest.values())


def kpi(name: str, version: int | None = None) -> Kpi:
    """The newest, or the asked, version of a figure. Raises LookupError when there is none."""
    for candidate in kpis() if version is None else versions():
        if candidate.id == name and version in (None, candidate.version):
            return candidate
    raise LookupError(f"no figure {name} v{version or 'newest'}")
