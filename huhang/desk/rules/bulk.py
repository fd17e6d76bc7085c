"""What can be done to many cases at once, and what of it has a way back."""

from enum import StrEnum

# Up to here the page waits for it; more is a job with progress.
AT_ONCE = 200
# Nobody can answer for more in one press; narrow the list.
AT_MOST = 20_000


class Verb(StrEnum):
    CLAIM = "claim"
    ASSIGN = "assign"
    PRIORITY = "priority"
    NOTE = "note"
    HAND_OVER = "hand_over"
    PAUSE = "pause"
    RESUME = "resume"

    @property
    def has_inverse(self) -> bool:
        """A note was read, a hand-over has begun a new promise, a resumed pause would start its limit anew."""
        return self not in (Verb.NOTE, Verb.HAND_OVER, Verb.RESUME)

    @property
    def permission(self) -> str:
        return PERMISSIONS[self]


PERMISSIONS = {
    Verb.CLAIM: "desk.claim",
    Verb.ASSIGN: "desk.assign",
    Verb.PRIORITY: "desk.assign",
    Verb.NOTE: "desk.answer",
    Verb.HAND_OVER: "desk.hand_over",
    Verb.PAUSE: "desk.resolve",
    Verb.RESUME: "desk.resolve",
}


# What may be done to a case that is over.
OF_OVER_TOO = frozenset({Verb.NOTE})


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class ItemState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    # Back where it was, or changed by somebody since and so left alone.
    UNDONE = "undone"
    KEPT = "kept"
