"""How much processor time programs have used, from the kernel's own counters."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def used(roots: Iterable[int]) -> float:
    """Seconds used by these processes, by all that descend from them, and by children that have already ended."""
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (stat := _stat(folder)):
            pid = int(folder.name)
            children.setdefault(int(stat[1]), []).append(pid)
            spent[pid] = sum(map(int, stat[11:15])) / TICKS
    return sum(spent.get(pid, 0.0) for root in roots for pid in _family(root, children))


def _stat(folder: Path) -> list[str]:
    """The fields after the program's name, which may itself hold spaces: state, parent, … utime and what follows."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended; its parent has its time
        return []


def _family(root: int, children: dict[int, list[int]]) -> list[int]:
    return [root, *(pid for child in children.get(root, []) for pid in _family(child, children))]
