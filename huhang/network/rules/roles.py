"""Roles and what they may do. Default deny: what is not written here, nobody may.

A permission is `room.verb`; a grant gives a role over a subtree, so every permission is held *somewhere*.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# A superuser's scope: above every unit.
EVERYWHERE = "/"


class Role(StrEnum):
    """Stable names: they are stored in grants."""

    AGENT = "agent"
    TEAM_LEAD = "team_lead"
    OUTLET_OWNER = "outlet_owner"
    OUTLET_CLERK = "outlet_clerk"
    HUB_HANDLER = "hub_handler"
    COURIER = "courier"
    DEPARTMENT_HANDLER = "department_handler"
    PROVINCE_LEAD = "province_lead"
    HQ_MANAGER = "hq_manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Duties:
    """What a role may do."""

    permissions: frozenset[str]

    @classmethod
    def of(cls, permissions: Iterable[str]) -> "Duties":
        return cls(frozenset(permissions))


_LOOK = {
    "desk.see", "journey.trace", "journey.rules.see", "journey.reminders.see", "network.see", "metrics.see",
    "channels.see", "quality.see",
}  # fmt: skip
_HANDLE = _LOOK | {
    "desk.claim", "desk.answer", "desk.resolve", "desk.hand_over", "journey.reminders.acknowledge", "kit.reveal",
    "channels.talk", "quality.call_back",
}  # fmt: skip
_LEAD = _HANDLE | {"desk.open", "desk.assign", "desk.macros.edit", "desk.views.share", "network.export"} | {
    "desk.seats.see", "desk.seats.edit", "desk.wall.screen", "channels.supervise",
}  # fmt: skip
# Which parcels were left alone (the control group) is known to those who judge, not to those who act.
_RUN = _LEAD | {
    "network.edit", "network.import", "network.people", "journey.import", "journey.storms", "journey.control.see",
    "desk.close", "desk.trace.order",
}  # fmt: skip

ROLES: dict[Role, Duties] = {
    # Customer service votes on the departments it works with; nobody else does.
    Role.AGENT: Duties.of(_HANDLE | {"desk.open", "desk.vote", "desk.seats.see"}),
    Role.TEAM_LEAD: Duties.of(
        _LEAD | {"desk.close", "desk.vote", "desk.trace.order", "desk.hear", "channels.hear"}
    ),
    Role.OUTLET_OWNER: Duties.of(_LEAD | {"network.edit", "network.people"}),
    Role.OUTLET_CLERK: Duties.of(_HANDLE | {"desk.open"}),
    Role.HUB_HANDLER: Duties.of(_HANDLE),
    # A courier sees his parcels and his reminders; names and phones stay masked until he asks, on the record.
    Role.COURIER: Duties.of({"desk.see", "desk.answer", "journey.trace", "kit.reveal"}),
    Role.DEPARTMENT_HANDLER: Duties.of(_HANDLE),
    Role.PROVINCE_LEAD: Duties.of(_RUN),
    # `desk.hear`: their chat, shop or mailbox speaks for the customer, with a token that may do just that.
    Role.HQ_MANAGER: Duties.of(
        _RUN
        | {"journey.feeds.edit", "journey.rules.edit", "desk.policies.edit", "desk.hear"}
        | {"channels.hear", "channels.edit", "quality.edit"}
    ),
    # Keeps the house: everything about the ground and its rules, and no word in customers' cases.
    Role.ADMINISTRATOR: Duties.of(
        _LOOK
        | {"network.edit", "network.import", "network.export", "network.people"}
        | {
            "journey.import",
            "journey.feeds.edit",
            "journey.rules.edit",
            "desk.policies.edit",
            "desk.macros.edit",
            "journey.control.see",
            "kit.audit",
            "kit.api",
            "channels.edit",
            "quality.edit",
        }
    ),
    # Separated from those who act: sees everything, changes nothing.
    Role.AUDITOR: Duties.of(_LOOK | {"desk.seats.see", "network.export", "journey.control.see", "kit.audit"}),
}

# What belongs to no unit: only a grant over headquarters gives it, or a province would set the rules of all others.
OF_THE_WHOLE = frozenset({"desk.policies.edit", "journey.feeds.edit", "journey.rules.edit", "quality.edit"})

EVERY_PERMISSION: frozenset[str] = frozenset().union(*(duties.permissions for duties in ROLES.values()))


@dataclass(frozen=True, slots=True)
class Held:
    """A role held over the subtree of a path."""

    role: str
    path: str


def scopes(held: Iterable[Held], permission: str) -> list[str]:
    """The subtrees in which these grants give the permission, without those inside another one."""
    paths = {grant.path for grant in held if gives(grant.role, permission)}
    if permission in OF_THE_WHOLE:
        paths = {path for path in paths if is_whole(path)}
    return sorted(
        path for path in paths if not any(path != other and is_under(path, other) for other in paths)
    )


def gives(role: str, permission: str) -> bool:
    """Does the role hold the permission? A role that is no longer known holds nothing."""
    return role in ROLES and permission in ROLES[Role(role)].permissions


def is_whole(path: str) -> bool:
    """Is it headquarters, or above it?"""
    return path.count("/") <= 2


def is_under(path: str, scope: str) -> bool:
    """Is the path the scope itself or below it? Paths end with a slash, so no unit is taken for a longer code."""
    return path.startswith(scope)
