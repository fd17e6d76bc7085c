"""What the watch knows besides scans, by index: nodes, operators, kinds of parcel, routes and storms."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import NODE_KINDS
from huhang.journey.watch.columns import Known
from huhang.journey.watch.layout import MOST_STORMS, NO_PROFILE, NOWHERE, STORM, Ground
from huhang.journey.watch.layout import NO_ROUTE as NO_ROUTE_NUMBER
from huhang.journey.watch.program import UNKNOWN_KIND, profile_mask
from huhang.journey.watch.world import NO_ROUTE, PROVINCE, Route, World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
KINDS = {name: number for number, name in enumerate(NODE_KINDS, start=UNKNOWN_KIND + 1)}


class Profile(NamedTuple):
    """What a parcel is registered with, as far as rules look at it."""

    product: str = ""
    origin: str = ""  # provinces
    destination: str = ""
    value: int = 0
    route: Route = NO_ROUTE
    cities: tuple[str, str] = ("", "")  # of both ends, when there is a route


@dataclass(slots=True)
class Survey:
    """Gives indexes to names and keeps the kernel's arrays about them as long as the names."""

    world: World
    known: Known = field(default_factory=Known)
    profiles: dict[Profile, int] = field(default_factory=lambda: {Profile(): 0})
    cities: dict[str, int] = field(default_factory=lambda: {"": NOWHERE})
    ground: Ground = field(init=False)
    skies: "Skies" = field(init=False)
    ways: "Ways" = field(init=False)

    def __post_init__(self) -> None:
        self.relearn(self.world)

    def relearn(self, world: World) -> None:
        """Take a changed world for every index given so far."""
        self.world, self.skies, self.ways = world, Skies(world), Ways(world)
        self.ground = _nothing()
        self.extend()

    def profile(self, product: str, origin: str, destination: str, value: int) -> int:
        """Return the number of a kind of parcel; an end is a node's code or already a province."""
        world = self.world
        profile = Profile(product, world.province_of(origin), world.province_of(destination), value)
        route = world.route_for(product, origin, destination)
        if route != NO_ROUTE:
            cities = world.place(origin).city, world.place(destination).city
            profile = profile._replace(route=route, cities=cities)
        if profile not in self.profiles:
            # Past 65,534 kinds a parcel is watched by the rules for all.
            if len(self.profiles) >= NO_PROFILE:
                return 0
            self.profiles[profile] = len(self.profiles)
        return self.profiles[profile]

    def extend(self) -> Ground:
        """Bring the arrays up to the names known by now."""
        ground, known = self.ground, self.known
        nodes = known.nodes.known[len(ground.kind) :]
        profiles = list(self.profiles)[len(ground.profile_takes) :]
        operators = known.operators.order(len(ground.operator_order))
        if nodes or profiles or len(operators):
            self.ground = self._with_nodes(self._with_profiles(ground, profiles), nodes)._replace(
                operator_order=np.append(ground.operator_order, operators)
            )
        return self.ground

    def know(self, world: World) -> None:
        """Take a world that says the same of everything met so far."""
        self.world, self.ways.routes = world, world.routes

    def sees(self, world: World) -> bool:
        """Does another world say the same of everything met so far?"""
        return self.seen() == self.seen(world)

    def seen(self, world: World | None = None) -> World:
        """Return the part of a world (of its own) that it has met."""
        world = world or self.world
        places = {name: world.places[name] for name in self.known.nodes.known if name in world.places}
        ends = {profile.destination for profile in self.profiles} if world.storms else set()
        if ends:
            every = world.places.items()
            places |= {code: at for code, at in every if at.kind == PROVINCE and at.province in ends}
        routes = {p.route: world.routes[p.route] for p in self.profiles if p.route in world.routes}
        return World(world.rules, places, routes, world.storms)

    def _with_profiles(self, ground: Ground, new: list[Profile]) -> Ground:
        # Before the nodes, because the hubs of a route are given indexes here.
        if not new:
            return ground
        masks = [profile_mask(self.world.rules, *profile[:4]) for profile in new]
        over = [self.skies.over(self.world.province_paths.get(profile.destination, "")) for profile in new]
        routes = [self.ways.number(profile.route) for profile in new]
        cities = [self._city(city) for profile in new for city in profile.cities]
        start, hubs = self.ways.arrays(self.known)
        return ground._replace(
            profile_takes=np.append(ground.profile_takes, np.array(masks, np.uint64)),
            profile_storms=np.append(ground.profile_storms, np.array(over, np.int32)),
            profile_route=np.append(ground.profile_route, np.array(routes, np.int32)),
            profile_cities=np.append(ground.profile_cities, np.array(cities, np.int32)),
            route_start=start,
            route_hubs=hubs,
            **self.skies.arrays(),
        )

    def _with_nodes(self, ground: Ground, told: list[str]) -> Ground:
        start = len(ground.kind)
        new = [self.world.place(name) for name in self.known.nodes.known[start:]]
        if not new:
            return ground
        kinds = [KINDS.get(place.kind, UNKNOWN_KIND) for place in new]
        over = [self.skies.over(place.path) for place in new]
        return ground._replace(
            kind=np.append(ground.kind, np.array(kinds, np.uint8)),
            city=np.append(ground.city, np.array([self._city(place.city) for place in new], np.int32)),
            hours=np.append(ground.hours, np.array([place.hours for place in new], np.uint32)),
            storms=np.append(ground.storms, np.array(over, np.int32)),
            node_order=np.append(ground.node_order, self.known.nodes.order(start)),
            **self.skies.arrays(),
        )

    def _city(self, name: str) -> int:
        return self.cities.setdefault(name, len(self.cities) - 1)


class Skies:
    """The sets of storms that hold over one place or another; set 0 is a clear sky."""

    def __init__(self, world: World) -> None:
        self.storms = world.storms
        self.sets: dict[tuple[Storm, ...], int] = {(): 0}
        self.known: dict[str, int] = {"": 0}

    def over(self, path: str) -> int:
        """Return the number of the set that covers this path."""
        if not self.storms:
            return 0
        if path not in self.known:
            covering = sorted(
                (storm for storm in self.storms if path.startswith(storm.path)),
                key=lambda storm: (storm.ends_at, storm.id),
            )
            self.known[path] = self.sets.setdefault(tuple(covering[-MOST_STORMS:]), len(self.sets))
        return self.known[path]

    def arrays(self) -> dict[str, Any]:
        """Return the sets as the kernel reads them."""
        rows = [
            (_ceiled(storm.starts_at), _ceiled(storm.ends_at), storm.extra_minutes * 60)
            for covering in self.sets
            for storm in covering
        ]
        return {"storm_start": _starts(map(len, self.sets)), "storm": np.array(rows, STORM)}


class Ways:
    """The planned routes that some parcel has, and their hubs."""

    def __init__(self, world: World) -> None:
        self.routes = world.routes
        self.numbers: dict[Route, int] = {}

    def number(self, route: Route) -> int:
        """Return the route's number; one that is gone has none."""
        if route not in self.routes:
            return NO_ROUTE_NUMBER
        return self.numbers.setdefault(route, len(self.numbers))

    def arrays(self, known: Known) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return where each route's hubs begin, and the hubs by index."""
        hubs = [sorted(self.routes[route]) for route in self.numbers]
        named = [hub for stops in hubs for hub in stops]
        return _starts(map(len, hubs)), known.nodes.take(list(named))


def _ceiled(at: datetime) -> int:
    return -((EPOCH - at) // A_SECOND)


def _starts(sizes: Iterable[int]) -> NDArray[np.int64]:
    return np.append(0, np.cumsum(list(sizes), dtype=np.int64)).astype(np.int64)


def _nothing() -> Ground:
    return Ground(
        kind=np.zeros(0, np.uint8),
        city=np.zeros(0, np.int32),
        hours=np.zeros(0, np.uint32),
        storms=np.zeros(0, np.int32),
        node_order=np.zeros(0, np.uint32),
        operator_order=np.zeros(0, np.uint32),
        profile_takes=np.zeros(0, np.uint64),
        profile_storms=np.zeros(0, np.int32),
        profile_route=np.zeros(0, np.int32),
        profile_cities=np.zeros(0, np.int32),
        route_start=np.zeros(1, np.int64),
        route_hubs=np.zeros(0, np.int32),
        storm_start=np.zeros(2, np.int64),
        storm=np.zeros(0, STORM),
    )
