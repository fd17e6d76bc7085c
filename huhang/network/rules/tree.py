"""Where a unit may stand. Codes joined by slashes make the path; a prefix of a path is a subtree."""

import re
from enum import StrEnum

LOWEST = 5
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class Kind(StrEnum):
    """Stable names: they are stored."""

    HQ = "hq"
    PROVINCE = "province"
    CITY = "city"
    OUTLET = "outlet"
    HUB = "hub"
    LINEHAUL = "linehaul"
    DEPARTMENT = "department"


_LEVELS = {Kind.HQ: 1, Kind.PROVINCE: 2, Kind.CITY: 3, Kind.OUTLET: 4, Kind.HUB: 4, Kind.LINEHAUL: 4}


def level_of(kind: Kind, parent_level: int | None) -> int | None:
    """The level at which this kind stands under such a parent; None when it cannot stand there.

    Levels are ranks, not depth: a hub under a province is still of level 4. A department stands just below
    whatever it serves, an outlet below an outlet is a sub-outlet of level 5.
    """
    if kind is Kind.HQ:
        return 1 if parent_level is None else None
    if parent_level is None or parent_level >= LOWEST:
        return None
    return max(_LEVELS.get(kind, 0), parent_level + 1) if _fits(kind, parent_level) else None


def _fits(kind: Kind, parent_level: int) -> bool:
    if kind in {Kind.PROVINCE, Kind.CITY}:
        return parent_level < _LEVELS[kind]
    return True


def path_of(code: str, parent_path: str | None) -> str:
    return f"{parent_path or '/'}{code}/"


def codes_of(path: str) -> list[str]:
    """The codes from headquarters down to the unit."""
    return path.strip("/").split("/")


def above(path: str) -> list[str]:
    """The path itself and every path above it, from the root down."""
    codes = codes_of(path)
    return ["/" + "/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1)]


def is_below(path: str, other: str) -> bool:
    """Is the path that of the other unit, or of one below it?"""
    return path.startswith(other)
