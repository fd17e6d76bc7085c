"""Who gets a case: every seat is judged, each with its reason, and the best of those that can is chosen.

The keeper of the customer, courier or unit comes first, then whoever had the case before. Of the others: who names the
kind as theirs, whose level is no higher than it must be, who speaks the language, who carries the smallest share, who
has waited longest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from huhang.desk.rules.kinds import Obligation


class Status(StrEnum):
    """What whoever sits there says, or no longer says."""

    AVAILABLE = "available"
    # There, and not to be given anything new: by choice (示忙, with a reason), or writing up what was just done.
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    # Not there, and coming back.
    AWAY = "away"
    BREAK = "break"
    TRAINING = "training"
    OFFLINE = "offline"


class Trigger(StrEnum):
    """Why it was asked who should have the case."""

    OPENED = "opened"
    REOPENED = "reopened"
    ROOM = "room"
    OFFLINE = "offline"
    AWAY = "away"
    SHIFT_ENDED = "shift_ended"
    SEAT_CLOSED = "seat_closed"
    BY_HAND = "by_hand"


class Reason(StrEnum):
    """Why a seat was chosen, why it was not, or why nobody was."""

    KEEPER = "keeper"
    PREVIOUS = "previous"
    DEPUTY = "deputy"
    BEST = "best"
    BY_HAND = "by_hand"
    # Able, but another one came first: by what.
    NOT_KEEPER = "not_keeper"
    NOT_PREVIOUS = "not_previous"
    LESS_SKILLED = "less_skilled"
    LEVEL_TOO_HIGH = "level_too_high"
    LANGUAGE = "language"
    MORE_LOADED = "more_loaded"
    LESS_IDLE = "less_idle"
    # Not able.
    NOT_THEIRS = "not_theirs"
    SHIFT_OVER = "shift_over"
    OFFLINE = "offline"
    AWAY = "away"
    BUSY = "busy"
    OTHER_KIND = "other_kind"
    OTHER_PRODUCT = "other_product"
    NO_SKILL = "no_skill"
    LEVEL_TOO_LOW = "level_too_low"
    FULL = "full"
    # Of the case as a whole, when nobody has it.
    NOBODY_THERE = "nobody_there"
    NOBODY_ABLE = "nobody_able"
    NOBODY_FREE = "nobody_free"
    GONE_BACK = "gone_back"


# At the desk, whatever they do there.
THERE = frozenset({Status.AVAILABLE, Status.BUSY, Status.WRAP_UP})
# Without a sign of life for this long, whoever sits there has gone.
SILENT_AFTER = timedelta(seconds=30)
# Whoever has only just left is expected back: their own customers wait for them this long.
BACK_SOON = timedelta(minutes=15)
# Beyond this, what waits for a reply goes to somebody else.
AWAY_AT_MOST = timedelta(minutes=30)
# Until the same seat is manned again after a shift; what falls due before goes back.
NEXT_SHIFT = timedelta(hours=16)
# A customer waits for a word of ours while one of these runs.
AWAITED = (Obligation.FIRST_RESPONSE, Obligation.NEXT_REPLY)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A seat as it stands now; empty `kinds`, `products` are all of them."""

    seat: int
    status: Status
    status_since: datetime
    capacity: int
    load: int = 0
    level: int = 1
    kinds: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ("/",)
    shift_ends_at: datetime | None = None
    idle_since: datetime | None = None

    @property
    def share(self) -> float:
        return self.load / self.capacity if self.capacity else 1.0


@dataclass(frozen=True, slots=True)
class Case:
    """What a case asks for. `keeper` and `previous` are seats; `paths` is where it can be seen from."""

    kind: str
    points: int
    paths: tuple[str, ...]
    product: str = ""
    language: str = ""
    level: int = 1
    needs: frozenset[str] = frozenset()
    keeper: int | None = None
    previous: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of a seat."""

    seat: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who has it and why; `deputy_for` is the keeper in whose place they act. All seats, the chosen one first."""

    chosen: int | None
    reason: Reason
    deputy_for: int | None = None
    judged: tuple[Judged, ...] = field(default=())


def decide(case: Case, candidates: Iterable[Candidate], *, now: datetime) -> Verdict:
    """Judge every seat and choose at most one; the order in which they are given does not matter."""
    able, unable = [], []
    for one in sorted(candidates, key=lambda c: c.seat):
        why_not = refusal(case, one, now=now)
        if why_not is None:
            able.append(one)
        else:
            unable.append(Judged(one.seat, why_not))
    if not able:
        return Verdict(None, _nobody([j.reason for j in unable]), judged=tuple(unable))
    able.sort(key=lambda one: _rank(case, one))
    first, others = able[0], able[1:]
    reason = _chosen_for(case, first)
    after = tuple(Judged(one.seat, _behind(case, first, one)) for one in others)
    deputy_for = case.keeper if case.keeper != first.seat else None
    return Verdict(first.seat, reason, deputy_for, (Judged(first.seat, reason), *after, *unable))


def refusal(case: Case, one: Candidate, *, now: datetime) -> Reason | None:
    """Why a seat cannot have the case; None when it can. Of several reasons the first that is said."""
    knows_it = one.seat in (case.keeper, case.previous)
    if not _is_theirs(case, one):
        return Reason.NOT_THEIRS
    if absence := _absence(case, one, knows_it, now):
        return absence
    if not knows_it and (lack := _lack(case, one)):
        return lack
    return Reason.FULL if one.load + case.points > one.capacity else None


def _is_theirs(case: Case, one: Candidate) -> bool:
    return any(path.startswith(scope) for scope in one.scopes for path in case.paths)


def _absence(case: Case, one: Candidate, knows_it: bool, now: datetime) -> Reason | None:
    if one.shift_ends_at and one.shift_ends_at <= now:
        return Reason.SHIFT_OVER
    if one.status == Status.OFFLINE:
        return Reason.OFFLINE
    if one.status == Status.AVAILABLE or (knows_it and _is_back_soon(case, one, now)):
        return None
    return Reason.BUSY if one.status in THERE else Reason.AWAY


def _is_back_soon(case: Case, one: Candidate, now: datetime) -> bool:
    """Whoever is busy is there; whoever is away must be back before the case is due."""
    if one.status in THERE:
        return True
    back_at = one.status_since + BACK_SOON
    return now < back_at and (case.due_at is None or back_at <= case.due_at)


def _lack(case: Case, one: Candidate) -> Reason | None:
    if one.kinds and case.kind not in one.kinds:
        return Reason.OTHER_KIND
    if one.products and case.product and case.product not in one.products:
        return Reason.OTHER_PRODUCT
    if not case.needs <= one.skills:
        return Reason.NO_SKILL
    return Reason.LEVEL_TOO_LOW if one.level < case.level else None


# What decides between two, in this order, and what is said of whoever comes second by it.
_BEHIND = (
    Reason.NOT_KEEPER, Reason.NOT_PREVIOUS, Reason.LESS_SKILLED, Reason.LEVEL_TOO_HIGH, Reason.LANGUAGE,
    Reason.MORE_LOADED, Reason.LESS_IDLE,
)  # fmt: skip
_LONG_AGO = timedelta(days=365_000)


def _rank(case: Case, one: Candidate) -> tuple[bool, bool, int, int, bool, float, float, int]:
    """The smallest comes first; the seat's number last, so that no two are equal."""
    idle = one.idle_since.timestamp() if one.idle_since else -_LONG_AGO.total_seconds()
    return (
        one.seat != case.keeper,
        one.seat != case.previous,
        -_named(case, one),
        one.level - case.level if one.seat not in (case.keeper, case.previous) else 0,
        bool(case.language) and case.language not in one.languages,
        one.share,
        idle,
        one.seat,
    )


def _named(case: Case, one: Candidate) -> int:
    """How much of the case the seat names as its own business."""
    return (case.kind in one.kinds) + (bool(case.product) and case.product in one.products)


def _chosen_for(case: Case, first: Candidate) -> Reason:
    if first.seat == case.keeper:
        return Reason.KEEPER
    if first.seat == case.previous:
        return Reason.PREVIOUS
    return Reason.DEPUTY if case.keeper is not None else Reason.BEST


def _behind(case: Case, first: Candidate, second: Candidate) -> Reason:
    pairs = zip(_BEHIND, _rank(case, first), _rank(case, second), strict=False)
    return next((reason for reason, one, other in pairs if one != other), Reason.LESS_IDLE)


def _nobody(reasons: Sequence[Reason]) -> Reason:
    """What would help most: room, then skills, then people."""
    if Reason.FULL in reasons:
        return Reason.NOBODY_FREE
    absent = {Reason.OFFLINE, Reason.AWAY, Reason.BUSY, Reason.SHIFT_OVER}
    return Reason.NOBODY_THERE if set(reasons) & absent or not reasons else Reason.NOBODY_ABLE


@dataclass(frozen=True, slots=True)
class Held:
    """A case in somebody's hands: does a customer wait for a word, and when is it due?"""

    awaits_reply: bool
    due_at: datetime | None = None


def goes_back(held: Held, trigger: Trigger, *, now: datetime) -> bool:
    """Does a case leave whoever has gone? What waits for a word does; the rest stays, unless its time will not."""
    if trigger == Trigger.SEAT_CLOSED or held.awaits_reply:
        return True
    ends_soon = held.due_at is not None and held.due_at < now + NEXT_SHIFT
    return trigger == Trigger.SHIFT_ENDED and ends_soon


def silent_before(now: datetime) -> datetime:
    """Whoever was last heard of before this moment has been silent for too long."""
    return now - SILENT_AFTER


def has_fallen_silent(status: Status, last_seen_at: datetime | None, *, now: datetime) -> bool:
    """Nothing was heard for too long; whoever never was heard of is not watched at all."""
    return status != Status.OFFLINE and last_seen_at is not None and last_seen_at < silent_before(now)
