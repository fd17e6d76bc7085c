"""Which step is next, and which unit a step belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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


# Which sort of unit a department word means, and how the codes of such departments end.
DEPARTMENTS: dict[Who, tuple[str, str]] = {
    Who.HUB: ("hub", ""),
    Who.LINEHAUL: ("linehaul", ""),
    Who.SERVICE: ("department", "-CS"),
    Who.CLAIMS: ("department", "-CLAIMS"),
    Who.FINANCE: ("department", "-FIN"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    order: int
    state: StepState


def next_waiting(steps: Sequence[Standing]) -> int | None:
    """The order of the step to open now: the first that waits, when none is open."""
    if any(step.state == StepState.OPEN for step in steps):
        return None
    waiting = [step.order for step in steps if step.state == StepState.WAITING]
    return min(waiting, default=None)
