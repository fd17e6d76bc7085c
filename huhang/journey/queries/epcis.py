"""Events of parcels as a partner may ask for them: by parcel, never by a walk through the whole log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from huhang.journey.feeds.epcis import telling
from huhang.journey.feeds.epcis.scans import OURS
from huhang.journey.feeds.epcis.telling import Shown
from huhang.journey.models import Push
from huhang.journey.queries import feed_words
from huhang.journey.queries.trace import Trace, seen_by, trace
from huhang.journey.rules.codes import Code
from huhang.kit import masking
from huhang.network.models import Person

MOST_PARCELS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a SimpleEventQuery that we understand; each list means any of these."""

    parcels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    def takes(self, event: dict[str, Any], at: datetime) -> bool:
        place = event.get("readPoint", {}).get("id", "")
        return (
            (not self.types or event["type"] in self.types)
            and (not self.steps or event["bizStep"] in self.steps)
            and (not self.dispositions or event["disposition"] in self.dispositions)
            and (not self.places or place in self.places)
            and (self.since is None or at >= self.since)
            and (self.before is None or at < self.before)
        )


def events(person: Person, asked: Asked, *, now: datetime) -> list[dict[str, Any]]:
    """Return the events of those parcels that this person may see, by time."""
    paths = person.visible_paths("journey.trace")
    words = feed_words.read()
    named = (_waybill(parcel, words) for parcel in asked.parcels[:MOST_PARCELS])
    found = [
        (at, event)
        for no in dict.fromkeys(filter(None, named))
        if (parcel := trace(no, now=now)) and seen_by(paths, parcel)
        for at, event in of_parcel(parcel)
        if asked.takes(event, at)
    ]
    return [event for _, event in sorted(found, key=lambda pair: (pair[0], pair[1]["eventID"]))]


def of_parcel(found: Trace) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Every scan of a parcel as an event, names and phones masked, with its time."""
    for scan in found.scans:
        if scan.code is not Code.REGISTERED:
            operator = scan.operator if scan.operator in found.couriers else masking.name(scan.operator)
            text = masking.phones_in(scan.text)
            yield scan.at, telling.event(found.no, Shown(scan, operator, text, scan.node in found.units))


def job(person: Person, capture_id: str) -> Push | None:
    """What this person sent, and what became of it."""
    return Push.objects.filter(capture_id=capture_id, person=person).first()


def _waybill(parcel: str, words: feed_words.Dictionary) -> str | None:
    if parcel.startswith(OURS):
        return unquote(parcel[len(OURS) :])
    return words.identifiers.find(parcel) or (parcel if ":" not in parcel else None)
