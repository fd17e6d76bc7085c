"""What became of the cases of a replayed log, as the rows have it."""

from collections import defaultdict
from datetime import datetime

from huhang.desk.models import Clock, ClockEvent, ClockPause, Ticket
from huhang.desk.replays.verdicts import Outcome
from huhang.desk.rules.clock import Pause
from huhang.desk.rules.kinds import ClockState, Level, Obligation, State


def outcomes(tickets: dict[str, list[int]], promised: Obligation, *, until: datetime) -> dict[str, Outcome]:
    """By the source's number, whose tickets are given in order: a case taken up anew too late is a second one."""
    wanted = [pk for pks in tickets.values() for pk in pks]
    rows = Ticket.objects.select_related("unit").in_bulk(wanted)
    clocks = _promises(wanted, promised)
    late = _breached([clock.pk for clock in clocks.values()])
    pauses = _pauses(wanted, until)
    return {
        ref: _outcome(
            [rows[pk] for pk in pks], clocks.get(pks[0]), late, [p for pk in pks for p in pauses[pk]]
        )
        for ref, pks in tickets.items()
    }


def _outcome(parts: list[Ticket], clock: Clock | None, late: set[int], pauses: list[Pause]) -> Outcome:
    last = parts[-1]
    return Outcome(
        due_at=clock.due_at if clock else None, stopped_at=last.resolved_at, state=State(last.state),
        breached=clock is not None and clock.pk in late, pauses=tuple(pauses), waiting_since=_still_since(clock),
        reopened=sum(part.reopened_count for part in parts) + len(parts) - 1, unit=parts[0].unit.name,
    )  # fmt: skip


def _promises(wanted: list[int], promised: Obligation) -> dict[int, Clock]:
    """Each case's first clock of this obligation."""
    found: dict[int, Clock] = {}
    for clock in Clock.objects.filter(ticket__in=wanted, obligation=promised).order_by("started_at", "pk"):
        found.setdefault(clock.ticket_id, clock)
    return found


def _still_since(clock: Clock | None) -> datetime | None:
    if clock is None or clock.state != ClockState.PAUSED:
        return None
    return clock.pauses.filter(ended_at__isnull=True).values_list("started_at", flat=True).first()


def _breached(clocks: list[int]) -> set[int]:
    rows = ClockEvent.objects.filter(clock__in=clocks, level=Level.BREACH)
    return set(rows.values_list("clock_id", flat=True))


def _pauses(wanted: list[int], until: datetime) -> dict[int, list[Pause]]:
    """The waits of each case: those of its closing clocks, as all others stop with them."""
    found: dict[int, list[Pause]] = defaultdict(list)
    rows = ClockPause.objects.filter(clock__ticket__in=wanted, clock__obligation=Obligation.CLOSE)
    for ticket, started, ended in rows.order_by("started_at").values_list(
        "clock__ticket_id", "started_at", "ended_at"
    ):
        found[ticket].append(Pause(started, ended or until))
    return found
