"""Tables of the case."""

from huhang.desk.models.attachment import Attachment
from huhang.desk.models.bulk import BulkItem, BulkRun
from huhang.desk.models.case_link import CaseLink, Merge
from huhang.desk.models.clock import Clock, ClockChange, ClockEvent, ClockPause, ClockPolicy
from huhang.desk.models.draft import Draft
from huhang.desk.models.follower import Follower
from huhang.desk.models.leaving import AnswerDelay, Leaving
from huhang.desk.models.macro import Macro
from huhang.desk.models.presence import Presence
from huhang.desk.models.progress import CustomerVerdict, EmbedOrigin, ProgressLink, StepRating
from huhang.desk.models.proof import ProofDay
from huhang.desk.models.reason import ClosingReason, PauseReason
from huhang.desk.models.seat import AssignmentDecision, AssignmentPolicy, PortfolioMember, Seat, SeatStatus
from huhang.desk.models.step import CasePlan, Step, StepTemplate
from huhang.desk.models.ticket import Entry, Ticket
from huhang.desk.models.trace_order import TraceOrder, TraceOrderPolicy, TraceSearch
from huhang.desk.models.view import ColumnChoice, SavedView, ViewCount
from huhang.desk.models.vote import DepartmentVote
from huhang.desk.models.wall import BaselineWeek, ScreenLink, WallCount

__all__ = [
    "AnswerDelay",
    "AssignmentDecision",
    "AssignmentPolicy",
    "Attachment",
    "BaselineWeek",
    "BulkItem",
    "BulkRun",
    "CaseLink",
    "CasePlan",
    "Clock",
    "ClockChange",
    "ClockEvent",
    "ClockPause",
    "ClockPolicy",
    "ClosingReason",
    "ColumnChoice",
    "CustomerVerdict",
    "DepartmentVote",
    "Draft",
    "EmbedOrigin",
    "Entry",
    "Follower",
    "Leaving",
    "Macro",
    "Merge",
    "PauseReason",
    "PortfolioMember",
    "Presence",
    "ProgressLink",
    "ProofDay",
    "SavedView",
    "ScreenLink",
    "Seat",
    "SeatStatus",
    "Step",
    "StepRating",
    "StepTemplate",
    "Ticket",
    "TraceOrder",
    "TraceOrderPolicy",
    "TraceSearch",
    "ViewCount",
    "WallCount",
]
