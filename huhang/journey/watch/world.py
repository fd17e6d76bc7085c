"""What the watch is told besides scans: its rules, the ground, the planned routes, the storms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import Rule, read_row, write_row

Route = tuple[str, str, str]  # codes of origin and destination, product ('' is any)
NO_ROUTE: Route = ("", "", "")
PROVINCE = "province"


class Place(NamedTuple):
    """A node's kind ('outlet', 'hub' …), city, province and path; '' is unknown.

    `hours` has a bit for each local hour in which the node usually signs parcels off; 0 is unknown.
    """

    kind: str = ""
    city: str = ""
    province: str = ""
    path: str = ""
    hours: int = 0


NOT_KNOWN = Place()


@dataclass(frozen=True)
class World:
    """One state of it, never changed: an edit makes another."""

    rules: tuple[Rule, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    routes: Mapping[Route, frozenset[str]] = field(default_factory=dict)
    storms: tuple[Storm, ...] = ()

    def place(self, code: str) -> Place:
        """What is known of a node."""
        return self.places.get(code, NOT_KNOWN)

    def province_of(self, end: str) -> str:
        """The province of a parcel's end, which is a node's code or already a province."""
        found = self.places.get(end)
        return end if found is None else found.province

    @cached_property
    def province_paths(self) -> dict[str, str]:
        """The path of each province by its name."""
        return {place.province: place.path for place in self.places.values() if place.kind == PROVINCE}

    def route_for(self, product: str, origin: str, destination: str) -> Route:
        """The product's own route before one for all, then the nearest ends; NO_ROUTE when none is planned."""
        if not self.routes:
            return NO_ROUTE
        starts, ends = self._standing_for(origin), self._standing_for(destination)
        pairs = [(i + j, j, start, end) for i, start in starts for j, end in ends]
        for wanted in (product, "") if product else ("",):
            for *_, start, end in sorted(pairs):
                if (start, end, wanted) in self.routes:
                    return start, end, wanted
        return NO_ROUTE

    def _standing_for(self, end: str) -> list[tuple[int, str]]:
        """The node and all that it belongs to, with how far up each is."""
        path = self.place(end).path
        codes = path.strip("/").split("/")[::-1] if path else [end]
        return list(enumerate(codes))

    def to_json(self) -> str:
        """Everything as text, for snapshots and for other machines."""
        return json.dumps(
            {
                "rules": [write_row(rule) for rule in self.rules],
                "places": self.places,
                "routes": sorted([*ends, sorted(hubs)] for ends, hubs in self.routes.items()),
                "storms": [_storm_row(storm) for storm in self.storms],
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "World":
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        told = json.loads(text)
        return cls(
            rules=tuple(read_row(row) for row in told["rules"]),
            places={code: Place(*place) for code, place in told["places"].items()},
            routes={(start, end, product): frozenset(hubs) for start, end, product, hubs in told["routes"]},
            storms=tuple(_storm(row) for row in told["storms"]),
        )


def _storm_row(storm: Storm) -> dict[str, Any]:
    row = {name: getattr(storm, name) for name in Storm.__slots__}
    return row | {name: row[name].isoformat() for name in ("starts_at", "ends_at")}


def _storm(row: dict[str, Any]) -> Storm:
    return Storm(**row | {name: datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at")})
