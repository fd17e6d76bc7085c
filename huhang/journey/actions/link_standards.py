"""Setting how long links may take."""

from datetime import datetime

from django.db import transaction

from huhang.journey.models import DelayDay, LinkStandard
from huhang.journey.rules.link_rows import LinkStandardRow
from huhang.kit import audit, packs
from huhang.kit.errors import DomainError, NotAllowed, NotFound
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import put
from huhang.network.models import OrgUnit, Person

EVERYWHERE = "journey.rules.edit"
# Days counted again when a standard changes: what was late by the old one is asked about no more than this far back.
COUNTED_AGAIN = 30


class HoursOverlap(DomainError):
    """这个环节在这段钟点已有另一条标准，请先修改那一条。"""

    status = 409


def load_pack() -> int:
    """Add the standards of the pack when there is none at all; once set, they are the carrier's own."""
    if LinkStandard.objects.exists():
        return 0
    rows = [LinkStandardRow.model_validate(row) for row in packs.rows("link_standards")]
    LinkStandard.objects.bulk_create(LinkStandard(**_values(row)) for row in rows)
    return len(rows)


@transaction.atomic
def save(standard: LinkStandardRow, *, by: Person | None, now: datetime) -> Outcome:
    """Set the minutes of a link between two ends, for a product and from an hour on. Who keeps the origin keeps it."""
    origin, destination = _ends(standard, by)
    ends = {
        "kind": str(standard.kind),
        "origin": origin,
        "destination": destination,
        "product": standard.product,
    }
    alike = LinkStandard.objects.filter(**ends).exclude(from_hour=standard.from_hour)
    if alike.filter(from_hour__lt=standard.to_hour, to_hour__gt=standard.from_hour).exists():
        raise HoursOverlap(field="from_hour")
    values = {"to_hour": standard.to_hour, **standard.said("minutes", "source")}
    key = {**ends, "from_hour": standard.from_hour}
    row, outcome = put(LinkStandard.objects.all(), key=key, values=values)
    if outcome is not Outcome.UNCHANGED:
        _changed("journey.link_standard.save", row, by, now)
    return outcome


@transaction.atomic
def remove(*, standard_id: int, by: Person, now: datetime) -> None:
    """Take a standard away; the next wider one holds from now on."""
    row = (
        LinkStandard.objects.select_for_update(of=("self",))
        .select_related("origin")
        .filter(pk=standard_id)
        .first()
    )
    if row is None:
        raise NotFound
    _require(by, row.origin)
    _changed("journey.link_standard.remove", row, by, now)
    row.delete()


def _ends(standard: LinkStandardRow, by: Person | None) -> tuple[OrgUnit | None, OrgUnit | None]:
    origin = authority.unit(standard.origin, by=by, field="origin") if standard.origin else None
    _require(by, origin)
    destination = OrgUnit.objects.filter(code=standard.destination).first() if standard.destination else None
    if standard.destination and destination is None:
        raise authority.unknown(standard.destination, field="destination")
    return origin, destination


def _require(by: Person | None, origin: OrgUnit | None) -> None:
    if origin is not None:
        authority.require(by, authority.EDIT, origin.path)
    elif by is not None and not by.may(EVERYWHERE, authority.root()):
        raise NotAllowed(permission=EVERYWHERE)


def _changed(verb: str, row: LinkStandard, by: Person | None, now: datetime) -> None:
    audit.record(
        actor=by.get_username() if by else "", verb=verb, subject=f"link_standard:{row.pk}", now=now,
        after={"standard": str(row), "hours": [row.from_hour, row.to_hour], "source": row.source},
    )  # fmt: skip
    # Lateness is counted by the standard of today: the pages must not add up two yardsticks.
    recent = DelayDay.objects.order_by("-day").values_list("pk", flat=True)[:COUNTED_AGAIN]
    DelayDay.objects.filter(pk__in=list(recent)).update(is_dirty=True, built_at=None)


def _values(row: LinkStandardRow) -> dict[str, object]:
    return {
        "kind": str(row.kind), "minutes": row.minutes, "product": row.product,
        "from_hour": row.from_hour, "to_hour": row.to_hour, "source": row.source,
    }  # fmt: skip
