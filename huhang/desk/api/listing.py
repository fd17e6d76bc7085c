"""What a list of cases can be asked for: the filters of the pages, by the same names."""

from typing import Any

from pydantic import Field

from huhang.desk.queries.tickets import ALL, LIVE, Filters
from huhang.desk.rules.filters import NAMES, READERS, split
from huhang.kit.errors import BadInput
from huhang.kit.programs import Asked, Strict

# Fields that take several values, with commas.
SEVERAL = frozenset({
    "kind", "priority", "customer_class", "product", "entrance", "language", "source", "ended_as",
})  # fmt: skip
PART_OF_A_LIST = ("cursor", "limit")


class FilterUnreadable(BadInput):
    """有筛选条件无法识别。"""


class Filtering(Strict):
    """What to narrow cases to. Fields of several values take them with commas; moments are ISO 8601, a day
    (2026-11-20) or one of today, yesterday, 7d, 30d."""

    kind: str = Field("", max_length=80, description="Kinds of case.", examples=["complaint,claim"])
    state: str = Field("", max_length=16, description="open, working, resolved, withdrawn, live, over, all.")
    live: bool | None = Field(None, description="Only open and working cases.")
    priority: str = Field("", max_length=40)
    late: bool = False
    soon: str = Field(
        "", max_length=8, description="Due within so many minutes: 15, 30, 60, 120, 240, 480, 1440."
    )
    paused: bool = False
    escalated: bool = False
    escalated_to: str = Field("", max_length=80, description="Up to whom: a unit's code.")
    reopened: bool = False
    first_response: str = Field(
        "", max_length=8, description="met or missed; `from` and `to` then bound its due time."
    )
    owner: str = Field("", max_length=80, description="A username, `me` or `none`.")
    handler: str = Field("", max_length=80, description="Who does an open step: a username, `me` or `none`.")
    follower: str = Field("", max_length=80, description="Who follows it: a username, `me` or `none`.")
    unit: str = Field("", max_length=80, description="Where it happened or stands: a unit's code.")
    happened: str = Field("", max_length=80, description="Where it happened.")
    owes: str = Field("", max_length=80, description="Who owes a step now.")
    q: str = Field("", max_length=80, description="Words in the case or in what was said in it.")
    waybill: str = Field("", max_length=80)
    customer: str = Field("", max_length=80)
    customer_class: str = Field("", max_length=80)
    product: str = Field("", max_length=80)
    entrance: str = Field("", max_length=80)
    language: str = Field("", max_length=80)
    source: str = Field("", max_length=80)
    courier: str = Field("", max_length=80)
    value_over: str = Field("", max_length=16, description="In yuan: so much or more.")
    value_under: str = Field("", max_length=16, description="In yuan: less.")
    closing: str = Field("", max_length=16, description="last_step or owner.")
    opened_by: str = Field("", max_length=80, description="A username or `me`.")
    ended_as: str = Field("", max_length=80, description="Codes of closing reasons.")
    ended_by: str = Field("", max_length=80)
    family: str = Field("", max_length=8, description="parent, child or alone.")
    parent: str = Field("", max_length=20)
    merged: bool = False
    opened_from: str = Field("", max_length=40)
    opened_to: str = Field("", max_length=40)
    claimed_from: str = Field("", max_length=40)
    claimed_to: str = Field("", max_length=40)
    responded_from: str = Field("", max_length=40, description="When the first response was given.")
    responded_to: str = Field("", max_length=40)
    due_from: str = Field("", max_length=40)
    due_to: str = Field("", max_length=40)
    resolved_from: str = Field("", max_length=40)
    resolved_to: str = Field("", max_length=40)
    since: str = Field("", max_length=40, alias="from")
    until: str = Field("", max_length=40, alias="to")


class ListQuery(Filtering, Asked):
    """What to list, newest first, and which part of it."""


def filters_of(asked: Filtering) -> Filters:
    """The filters as the pages read them; what a page would pass over is refused here, as no eye sees the result."""
    given = asked.model_dump(by_alias=True, exclude_defaults=True, exclude={*PART_OF_A_LIST, "live"})
    query = {name: _text(value) for name, value in given.items() if value != ""}
    if wrong := [name for name, value in query.items() if not _is_read(name, value)]:
        raise FilterUnreadable(errors=[{"field": name, "reason": query[name]} for name in wrong])
    query.setdefault("state", LIVE if asked.live else ALL)
    return Filters.from_query(query)


def _text(value: Any) -> str:
    return "1" if value is True else "" if value is False else str(value)


def _is_read(name: str, value: str) -> bool:
    read = READERS["opened_from" if name in ("from", "to") else name]
    return all(read(one) for one in split(value)) if name in SEVERAL else bool(read(value))


assert {field.alias or name for name, field in Filtering.model_fields.items()} == (NAMES - {"sort"}) | {
    "live"
}
