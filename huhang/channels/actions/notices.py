"""Telling people in the house: in-app notices."""

from datetime import datetime

from huhang.network.models import OrgUnit, Person


def notify(
    *,
    key: str,
    kind: str,
    unit: OrgUnit | None,
    person: Person | None,
    title: str,
    body: str,
    link: str,
    now: datetime,
) -> None:
    """Tell a person, or everybody of a unit, once per key."""
