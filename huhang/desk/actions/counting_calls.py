"""What is counted of a call: once it is over, in the minute in which the caller asked for a person."""

from huhang.channels.models import Call
from huhang.channels.rules.call_figures import of_call
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count


def count(*, call_id: int) -> None:
    """Offered, answered, answered within 20 seconds, given up; calls that we made count as nothing."""
    call = Call.objects.filter(pk=call_id).first()
    if call is None:
        return
    found = of_call(call.life)
    outcomes = {
        "offered": found.offered, "answered": found.answered, "in_time": found.answered_in_time,
        "abandoned": found.abandoned,
    }  # fmt: skip
    at = call.queued_at or call.arrived_at
    tally.count_many(
        Count(f"desk.call.{name}", at=at, path=call.path, key=f"call.{name}:{call.pk}")
        for name, number in outcomes.items()
        if number
    )
