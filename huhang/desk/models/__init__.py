"""Tables of the case."""

from huhang.desk.models.attachment import Attachment
from huhang.desk.models.clock import Clock, ClockChange, ClockEvent, ClockPause, ClockPolicy, PauseReason
from huhang.desk.models.progress import CustomerVerdict, EmbedOrigin, ProgressLink, StepRating
from huhang.desk.models.proof import ProofDay
from huhang.desk.models.step import CasePlan, Step, StepTemplate
from huhang.desk.models.ticket import Entry, Ticket

__all__ = [
    "Attachment",
    "CasePlan",
    "Clock",
    "ClockChange",
    "ClockEvent",
    "ClockPause",
    "ClockPolicy",
    "CustomerVerdict",
    "EmbedOrigin",
    "Entry",
    "PauseReason",
    "ProgressLink",
    "ProofDay",
    "Step",
    "StepRating",
    "StepTemplate",
    "Ticket",
]
