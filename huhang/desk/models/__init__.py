"""Tables of the case."""

from huhang.desk.models.clock import Clock, ClockEvent, ClockPause, ClockPolicy
from huhang.desk.models.progress import ProgressLink, StepRating
from huhang.desk.models.proof import ProofDay
from huhang.desk.models.step import Step, StepTemplate
from huhang.desk.models.ticket import Entry, Ticket

__all__ = [
    "Clock",
    "ClockEvent",
    "ClockPause",
    "ClockPolicy",
    "Entry",
    "ProgressLink",
    "ProofDay",
    "Step",
    "StepRating",
    "StepTemplate",
    "Ticket",
]
