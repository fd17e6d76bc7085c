"""A parcel as anybody may be told of it who knows its number: where it stands and when it comes, never whose it is."""

from datetime import datetime

from django.conf import settings
from django.utils import translation

from huhang.channels.rules.parcel_card import ParcelCard
from huhang.journey.queries.trace import Trace, trace
from huhang.journey.queries.words import STATUSES


def card(no: str, now: datetime) -> ParcelCard | None:
    """None for numbers that are none."""
    found = trace(no, now=now)
    return of_trace(found) if found and (found.waybill or found.scans) else None


def of_trace(found: Trace) -> ParcelCard:
    last = found.places[-1] if found.places else None
    return ParcelCard(
        found.no,
        _stored(found),
        since=found.verdict.since,
        place=last.unit.name if last and last.unit else "",
        promised_at=found.waybill.promised_at if found.waybill and not found.is_final else None,
        likely_at=found.eta,
    )


def _stored(found: Trace) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(STATUSES[found.verdict.status])
