"""What is counted of a step: once, in the minute in which it was due, for the unit that owed it."""

from huhang.desk.models import Clock, Step
from huhang.desk.rules.kinds import StepState
from huhang.desk.rules.steps import outcomes
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count

MEASURES = {outcome: f"desk.step.{outcome}" for outcome in ("met", "missed", "refused")}


def overtime(step: Step, clock: Clock) -> Count:
    """A step's clock ran out: it counts now, however long the step stays open."""
    return _count(step, clock, "missed")


def count_end(step: Step) -> None:
    """A step ended; one that never opened counts as nothing."""
    if step.clock is None or step.done_at is None:
        return
    clock = step.clock
    found = outcomes(StepState(step.state), ended_at=step.done_at, due_at=clock.due_at)
    tally.count_many(_count(step, clock, outcome) for outcome in found)


def _count(step: Step, clock: Clock, outcome: str) -> Count:
    """Met and missed share a key, so that a step is one of them and never both."""
    key = f"refused:step:{step.pk}" if outcome == "refused" else f"step:{step.pk}"
    return Count(MEASURES[outcome], at=clock.due_at, path=step.path, key=key)
