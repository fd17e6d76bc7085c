"""The figures of a telephone line, as one definition: what was offered, answered in time, given up, and how long.

Four formulas of service level are in use, and each makes the same day look different: a figure always says by which
one it was made. The clock starts when the caller chose an agent and runs while the telephone rings.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum

from huhang.channels.rules.call_life import GAVE_UP, Life, Outcome

IN_TIME = timedelta(seconds=20)
NOTHING = timedelta()


class Formula(StrEnum):
    """By which division a service level was made."""

    # (answered in time + gave up in time) ÷ (answered + gave up)
    F1 = "f1"
    # answered in time ÷ answered
    F2 = "f2"
    # answered in time ÷ (answered + gave up): what "20 秒接通率" means unless somebody says otherwise.
    F3 = "f3"
    # answered in time ÷ (answered + gave up later)
    F4 = "f4"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and sums of inbound calls; they add up over hours, queues and days, the rates do not."""

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_in_time: int = 0
    # Of those who gave up, how many did so within seconds.
    short: int = 0
    turned_away: int = 0
    call_backs: int = 0
    ivr_only: int = 0
    waited: timedelta = NOTHING
    talked: timedelta = NOTHING
    held: timedelta = NOTHING
    after_call: timedelta = NOTHING

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def connection_rate(self) -> float | None:
        return _share(self.answered, self.offered)

    @property
    def abandonment(self) -> float | None:
        return _share(self.abandoned, self.offered)

    @property
    def speed_of_answer(self) -> timedelta | None:
        """ASA: how long those who were answered had waited, on average."""
        return self.waited / self.answered if self.answered else None

    @property
    def handling_time(self) -> timedelta | None:
        """AHT: talk, hold and writing afterwards, for each call that was handled."""
        spent = self.talked + self.held + self.after_call
        return spent / self.answered if self.answered else None

    def service_level(self, formula: Formula = Formula.F3) -> float | None:
        """The share that was served in time; None while there is nothing to divide by."""
        late = self.abandoned - self.abandoned_in_time
        above, below = {
            Formula.F1: (self.answered_in_time + self.abandoned_in_time, self.answered + self.abandoned),
            Formula.F2: (self.answered_in_time, self.answered),
            Formula.F3: (self.answered_in_time, self.answered + self.abandoned),
            Formula.F4: (self.answered_in_time, self.answered + late),
        }[formula]
        return _share(above, below)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def of_call(call: Life, *, within: timedelta = IN_TIME) -> Figures:
    """What one call adds. Calls that we made, and those without an outcome yet, add nothing."""
    if call.is_outbound or call.outcome is None:
        return Figures()
    if call.queued_at is None and call.outcome != Outcome.ANSWERED:
        return Figures(
            ivr_only=call.outcome == Outcome.IVR_ONLY, call_backs=call.outcome == Outcome.CALL_BACK_ASKED
        )
    wait = call.wait or NOTHING
    in_time = wait <= within
    answered, gave_up = call.outcome == Outcome.ANSWERED, call.outcome in GAVE_UP
    return Figures(
        offered=1,
        answered=int(answered),
        answered_in_time=int(answered and in_time),
        abandoned=int(gave_up),
        abandoned_in_time=int(gave_up and in_time),
        short=int(call.outcome == Outcome.SHORT_ABANDON),
        turned_away=int(call.outcome == Outcome.TURNED_AWAY),
        call_backs=int(call.outcome == Outcome.CALL_BACK_ASKED),
        waited=wait if answered else NOTHING,
        talked=call.talk,
        held=call.hold,
        after_call=call.after_call,
    )


def figures(calls: Iterable[Life], *, within: timedelta = IN_TIME) -> Figures:
    """The figures of these calls together."""
    total = Figures()
    for call in calls:
        total += of_call(call, within=within)
    return total
