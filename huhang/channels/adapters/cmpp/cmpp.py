"""A CMPP account as a vendor."""

import atexit
import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from huhang.channels.adapters.cmpp.plan import Plan
from huhang.channels.adapters.cmpp.station import Station
from huhang.channels.rules.gateway import GatewayRefused, Letter, NotTaken, Post, Shelf
from huhang.channels.rules.incoming import Pulled, Reading
from huhang.channels.rules.matter import Media
from huhang.channels.rules.wire import Callback, Unreadable, Wire

log = logging.getLogger(__name__)
# Adapters are made anew for every letter; a line is held as long as the process lives.
_stations: dict[Path, Station] = {}
_opening = threading.Lock()
_complaints: set[tuple[str, str]] = set()


class Cmpp:
    """One account at a carrier's gateway. Whoever calls `collect` first holds the line for all processes."""

    is_real = True

    def __init__(self, settings: Mapping[str, str], wire: Wire, shelf: Shelf) -> None:
        self.name = settings.get("name") or "cmpp"
        self._settings = settings

    def send(self, letter: Letter, *, again: bool) -> str:
        """See `Gateway`. The journal knows better than `again` whether a letter may have left."""
        try:
            station = self._station()
        except ValueError as error:
            raise NotTaken(f"账号设置有误：{error}") from error
        return station.send(letter)

    def collect(self) -> Iterator[Post]:
        """See `Gateway`. Takes the line if it is free; in all processes but one there is nothing."""
        try:
            station = self._station()
        except ValueError as error:
            if (self.name, str(error)) not in _complaints:  # it is asked twice a second
                _complaints.add((self.name, str(error)))
                log.warning("cmpp %s: setting %s", self.name, error)
            return
        if station.hold():
            yield from station.posts()

    def read(self, callback: Callback) -> Reading:
        """Nobody calls back: everything comes by the line."""
        raise Unreadable("CMPP has no callbacks")

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """Nothing to pull."""
        return Pulled((), cursor, has_more=False)

    def fetch(self, ref: str) -> Media:
        """SMS holds no media."""
        raise GatewayRefused("短信不含附件")

    def close(self) -> None:
        """Let go of the line, if this process holds it."""
        with _opening:
            station = _stations.pop(Path(self._settings.get("folder", "")), None)
        if station:
            station.close()

    def _station(self) -> Station:
        plan = Plan.of(self._settings)
        with _opening:
            known = _stations.get(plan.folder)
            if known is not None and known.plan != plan:  # its settings were changed
                known.close()
                known = None
            _stations[plan.folder] = known or Station(plan)
            return _stations[plan.folder]


@atexit.register
def _leave() -> None:
    for station in list(_stations.values()):
        station.close()
