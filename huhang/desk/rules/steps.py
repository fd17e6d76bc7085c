"""Which step is next, and which unit a step belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from huhang.desk.rules.kinds import StepState


class Who(StrEnum):
    """The department a step asks for, before it is known which unit that is."""

    OUTLET = "outlet"
    ORIGIN = "origin"
    HUB = "hub"
    LINEHAUL = "linehaul"
    SERVICE = "service"
    CLAIMS = "claims"
    FINANCE = "finance"
    IT = "it"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Department:
    """Which sort of unit a department word means, and how the codes of such departments end."""

    kind: str
    code_end: str = ""
    # Only one that the case lies under; a department elsewhere may serve everybody.
    is_above: bool = False


DEPARTMENTS: dict[Who, Department] = {
    Who.HUB: Department("hub"),
    Who.LINEHAUL: Department("linehaul"),
    Who.SERVICE: Department("department", "-CS"),
    Who.CLAIMS: Department("department", "-CLAIMS"),
    Who.FINANCE: Department("department", "-FIN"),
    Who.IT: Department("department", "-IT"),
    Who.PROVINCE: Department("province", is_above=True),
}


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    kind: str
    path: str


def nearest(department: Department, places: Sequence[Place], *, path: str) -> int | None:
    """The index of the department that is nearest up the tree from `path`; the first of equals."""
    fitting = [
        (_shared(place.path, path), -index)
        for index, place in enumerate(places)
        if place.kind == department.kind
        and place.code.endswith(department.code_end)
        and (path.startswith(place.path) or not department.is_above)
    ]
    return -max(fitting)[1] if fitting else None


def _shared(one: str, other: str) -> int:
    """How many levels two paths have in common."""
    pairs = zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(frozen=True, slots=True)
class Standing:
    order: int
    state: StepState


def next_order(steps: Sequence[Standing]) -> int | None:
    """The order whose steps open now, side by side: the first that waits, when none is open before it."""
    if any(step.state == StepState.OPEN for step in steps):
        return None
    waiting = [step.order for step in steps if step.state == StepState.WAITING]
    return min(waiting, default=None)


def outcomes(state: StepState, *, ended_at: datetime, due_at: datetime) -> list[str]:
    """What the end of a step counts as for its unit: met, missed, refused.

    Time that ran out counts against whoever had the step, however it ended; what was handed on in time is neither.
    """
    counted = ["missed"] if ended_at > due_at else ["met"] if state == StepState.DONE else []
    return [*counted, "refused"] if state == StepState.REFUSED else counted


REOPEN_WITHIN = timedelta(days=7)


def is_reopenable(resolved_at: datetime, *, now: datetime) -> bool:
    """May the customer still say "not solved"? Later it is a new case."""
    return now <= resolved_at + REOPEN_WITHIN
