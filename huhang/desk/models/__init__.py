"""Tables of the case."""

from huhang.desk.models.clock import Clock, ClockEvent, ClockPause, ClockPolicy
from huhang.desk.models.progress import ProgressLink, StepRating
from huhang.desk.models.step import Step, StepTemplate
from huhang.desk.models.ticket import Entry, Ticket

__all__ = [
    "Clock",
    "ClockEvent",
    "ClockPause",
    "ClockPolicy",
    "Entry",
    "ProgressLink",
    "Step",
    "StepRating",
    "StepTemplate",
    "Ticket",
]
