"""What the watch knows besides scans: nodes, operators, and kinds of parcel, each by index."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.watch import NODE_KINDS
from huhang.journey.watch.columns import Known
from huhang.journey.watch.layout import NO_PROFILE, NOWHERE, Ground
from huhang.journey.watch.program import UNKNOWN_KIND, profile_mask
from huhang.journey.watch.world import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {name: number for number, name in enumerate(NODE_KINDS, start=UNKNOWN_KIND + 1)}


class Profile(NamedTuple):
    """Product and provinces of a parcel, as far as rules look at them."""

    product: str = ""
    origin: str = ""
    destination: str = ""


@dataclass(slots=True)
class Survey:
    """Gives indexes to names and keeps the kernel's arrays about them as long as the names."""

    world: World
    known: Known = field(default_factory=Known)
    profiles: dict[Profile, int] = field(default_factory=lambda: {Profile(): 0})
    cities: dict[str, int] = field(default_factory=lambda: {"": NOWHERE})
    ground: Ground = field(init=False)

    def __post_init__(self) -> None:
        self.ground = _nothing()
        self.extend()

    def relearn(self, world: World) -> None:
        """Take a changed world for every index given so far."""
        self.world, self.ground = world, _nothing()
        self.extend()

    def profile(self, product: str, origin: str, destination: str) -> int:
        """Return the number of a kind of parcel; an end is a node's code or already a province."""
        profile = Profile(product, self.world.province_of(origin), self.world.province_of(destination))
        if profile not in self.profiles:
            # Past 65,534 kinds a parcel is watched by the rules for all.
            if len(self.profiles) >= NO_PROFILE:
                return 0
            self.profiles[profile] = len(self.profiles)
        return self.profiles[profile]

    def extend(self) -> Ground:
        """Bring the arrays up to the names known by now."""
        ground, known = self.ground, self.known
        start = len(ground.kind)
        new = [self.world.place(name) for name in known.nodes.known[start:]]
        masks = [
            profile_mask(self.world.rules, *kind) for kind in list(self.profiles)[len(ground.profile_takes) :]
        ]
        operators = known.operators.order(len(ground.operator_order))
        if new or masks or len(operators):
            self.ground = Ground(
                kind=np.append(ground.kind, _bytes(KINDS.get(place.kind, UNKNOWN_KIND) for place in new)),
                city=np.append(ground.city, np.array([self._city(place.city) for place in new], np.int32)),
                node_order=np.append(ground.node_order, known.nodes.order(start)),
                operator_order=np.append(ground.operator_order, operators),
                profile_takes=np.append(ground.profile_takes, np.array(masks, np.uint64)),
            )
        return self.ground

    def _city(self, name: str) -> int:
        return self.cities.setdefault(name, len(self.cities) - 1)


def _bytes(values: Iterable[int]) -> NDArray[np.uint8]:
    return np.array(list(values), np.uint8)


def _nothing() -> Ground:
    return Ground(
        kind=np.zeros(0, np.uint8),
        city=np.zeros(0, np.int32),
        node_order=np.zeros(0, np.uint32),
        operator_order=np.zeros(0, np.uint32),
        profile_takes=np.zeros(0, np.uint64),
    )
