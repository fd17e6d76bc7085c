"""Building the carrier: the ground first, then its month hour by hour, as it would have happened."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction
from django.db.models import Sum

from huhang.config import packs
from huhang.config.demo import (
    feeding,
    keeping,
    measuring,
    proving,
    reminding,
    scenes,
    searching,
    seating,
    settling,
    surveying,
    together,
    watching,
    welcome,
    wiping,
)
from huhang.config.demo import plan as plans
from huhang.config.demo.cases import cases
from huhang.config.demo.playing import Desk
from huhang.config.demo.reminding import Reminding
from huhang.config.demo.staging import Stage
from huhang.desk.actions import progress, rounds
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind, StepState
from huhang.journey.actions import compaction
from huhang.journey.models import Hit, Segment, Waybill
from huhang.metrics.actions import tally

log = logging.getLogger(__name__)
SMALL_DAYS, SMALL_PER_DAY = 6, 60
CUSTOMERS = (Kind.CLAIM, Kind.COMPLAINT, Kind.URGE, Kind.INQUIRY)


@dataclass(frozen=True, slots=True)
class Built:
    """What there is now."""

    units: int
    parcels: int
    scans: int
    hits: int
    tickets: int
    progress: tuple[str, ...]
    seconds: float


def build(
    *, seed: int = plans.SEED, days: int = plans.DAYS, per_day: int = plans.PARCELS_A_DAY, now: datetime,
    say: Callable[[str], None] = log.info,
) -> Built:  # fmt: skip
    """Replace what is there by the carrier of this seed; refuses a database with real data."""
    started = time.monotonic()
    wiping.require_ours()
    plan = plans.draw(seed=seed, now=now, days=days, per_day=per_day)
    say(f"计划：{len(plan.parcels)} 票，{len(plan.ground.units)} 个单元")
    with _quick_commits():
        wiping.wipe()
        _settle(plan)
        say("组织、人员、线路已建立")
        _live_through(plan, say)
        tokens = _progress_links(plan.now)
        _merge(plan.now)
        surveying.ask_about_the_past(plan.ground, seed=seed, now=plan.now)
        measuring.look_back(now=plan.now)
        seating.seat(plan.ground, now=plan.now)
        rounds.assign_waiting(now=plan.now)
        keeping.keep(plan.ground, now=plan.now)
        _tidy(plan.now)
        welcome.label(
            seed=seed, days=days, per_day=per_day, built_at=plan.now.isoformat(), progress=tokens,
            reminders=reminding.link(plan.now),
        )  # fmt: skip
    return Built(
        units=len(plan.ground.units), parcels=Waybill.objects.count(),
        scans=_scans(), hits=Hit.objects.count(),
        tickets=Ticket.objects.count(), progress=tuple(tokens), seconds=time.monotonic() - started,
    )  # fmt: skip


def _scans() -> int:
    """Rows of the log; merged segments repeat what others brought."""
    return int(Segment.objects.filter(seq__gt=0).aggregate(sum=Sum("rows"))["sum"] or 0)


@transaction.atomic
def _settle(plan: plans.Plan) -> None:
    before = min(parcel.ordered_at for parcel in plan.parcels) - timedelta(days=1)
    # Whatever happens from here on, nobody shall take these people for real ones.
    welcome.label(seed=plan.seed)
    settling.settle(plan.ground, now=before)
    packs.load()  # the ready entrances, which belong to a headquarters
    measuring.set_standards(now=before)
    proving.leave_some_alone(now=before)
    settling.give_passwords(list(welcome.OFFERS), welcome.password())


def _live_through(plan: plans.Plan, say: Callable[[str], None]) -> None:
    """Hour by hour: parcels are registered and scanned, the watch looks, people act."""
    desk, watch = Desk.of(plan), watching.PastWatch()
    told = Reminding(Random(f"{plan.seed}:reminders"), plan.now)
    told_by_customers = cases(plan)
    for case in told_by_customers:
        desk.expect(case)
    desk.read_notices()
    stage = Stage.of(desk, told_by_customers)
    for scene in (*scenes.SCENES, *together.SCENES, *searching.SCENES):
        stage.play(scene)
    day = None
    for hour in feeding.hours(plan.parcels, plan.now):
        with transaction.atomic():
            found = watch.look(hour)
            desk.hear_hits(found.raised)
            desk.hear_clears(found.cleared)
            desk.run_until(hour.end)
            told.live(found.raised, hour.end)
        if day != hour.end.date():
            day = hour.end.date()
            say(f"{day:%m-%d}")
    with transaction.atomic():
        desk.run_until(plan.now)
    watch.finish()


def _progress_links(now: datetime) -> list[str]:
    """Two cases that a customer can look at: one under way, one to be rated."""
    rows = Ticket.objects.filter(kind__in=CUSTOMERS, opened_at__lte=now)
    under_way = rows.live().filter(first_response_at__isnull=False).order_by("kind", "-opened_at").first()
    to_rate = (
        rows.filter(resolved_at__isnull=False, steps__state=StepState.DONE, steps__rating__isnull=True)
        .order_by("-resolved_at")
        .first()
    )
    return [progress.issue_link(ticket=ticket, now=now) for ticket in (under_way, to_rate) if ticket]


def _merge(now: datetime) -> None:
    """Before anybody looks parcels up by the thousand."""
    compaction.merge_old(now=now + compaction.SETTLED)
    # Nobody else reads yet: what was merged need not wait to be removed.
    compaction.remove_strays(now=now + compaction.FORGOTTEN + timedelta(hours=1))


def _tidy(now: datetime) -> None:
    """The jobs and announcements of the past have been lived through: nothing of them is to be done again."""
    tally.settle_all()
    proving.count(now=now)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, kit_outbox RESTART IDENTITY CASCADE")
        cursor.execute("ANALYZE")


class _quick_commits:  # noqa: N801 - used as a statement
    """A crash while building costs a rebuild, so its commits need not wait for the disk."""

    def __enter__(self) -> None:
        self._set("off")

    def __exit__(self, *_: object) -> None:
        self._set("on")

    def _set(self, value: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('synchronous_commit', %s, false)", [value])
