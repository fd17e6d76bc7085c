"""What the journey does by the clock, and the files that it takes."""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huhang.journey.actions import (
    compaction,
    delays,
    drops,
    feed_intake,
    feed_keeping,
    keeping,
    learning,
    link_standards,
    previewing,
    reconciling,
    reminders,
    withdrawing,
)
from huhang.journey.models import IntakeCount, Parked, Push, Reconciliation
from huhang.journey.queries import intake
from huhang.journey.rules.feeds import ParkedState
from huhang.journey.rules.link_rows import LinkStandardRow
from huhang.kit import jobs, ticking
from huhang.kit.doctor import Finding, check, fine, trouble
from huhang.kit.imports import importer

importer("link_standards", label=_("环节标准"), row=LinkStandardRow, permission="network.import")(
    link_standards.save
)


@ticking.every(seconds=15)
def look_after_the_log() -> None:
    """Merging can take minutes, and ticks must not wait for it."""
    if compaction.is_due(now=timezone.now()):
        jobs.enqueue("journey.log.tidy", lock="journey.log")


@jobs.job("journey.log.tidy")
def tidy_the_log() -> None:
    """Merge files of the log as long as there are some to merge."""
    compaction.tidy(now=timezone.now())


@ticking.every(seconds=300)
def clear_the_log() -> None:
    """Take out what was kept long enough, and remove files that are no part of the log."""
    keeping.remove_old(now=timezone.now())
    compaction.remove_strays(now=timezone.now())


@jobs.job("journey.preview.answer")
def answer_preview(*, preview_id: int) -> None:
    """Work out what a change would have done."""
    previewing.answer(preview_id=preview_id, now=timezone.now())


@ticking.every(seconds=3600)
def forget_previews() -> None:
    """Answers about yesterday's log help nobody."""
    previewing.forget_old(now=timezone.now())


@ticking.every(seconds=1)
def take_rungs() -> None:
    """Remind those whose time has come."""
    reminders.send_due(now=timezone.now())


@ticking.every(seconds=0.5)
def work_pushes_in() -> None:
    """What partners pushed enters the log."""
    feed_intake.work_all_in(now=timezone.now())


@jobs.job(withdrawing.JUDGE)
def judge_parcel(*, waybill: str) -> None:
    """A scan was taken back: what would the watch have found without it?"""
    withdrawing.judge(waybill=waybill, now=timezone.now())


@jobs.job("journey.delays.explain")
def explain_hits(*, hit_ids: list[int]) -> None:
    """Where had these parcels lost their time?"""
    delays.explain(hit_ids, now=timezone.now())


@ticking.every(seconds=60)
def explain_left_over_hits() -> None:
    """Hits that came by a back door: a replay, a scan taken back."""
    delays.ask_for_left_over(now=timezone.now())


@jobs.job("journey.delays.learn")
def learn_from_the_log() -> None:
    """Count the days of which new scans tell."""
    learning.learn(now=timezone.now())


@ticking.every(seconds=600)
def look_at_what_links_took() -> None:
    """Counting can take minutes, and ticks must not wait for it."""
    jobs.enqueue("journey.delays.learn", lock="journey.delays")


LONGEST_WAIT = timedelta(minutes=5)
_watchman = drops.Watchman()


@ticking.every(seconds=1)
def look_into_the_drop_folder() -> None:
    """Ask for what lies there whole."""
    drops.ask(_watchman.look(clock=time.monotonic()))


@jobs.job(drops.TAKE)
def take_from_the_drop_folder(*, feed: str, file: str) -> None:
    """Import one file of a feed."""
    drops.take(feed=feed, file=file, now=timezone.now())


@ticking.every(seconds=60)
def reconcile_the_intake() -> None:
    """The hour that is over: does the log hold what was counted?"""
    reconciling.reconcile(now=timezone.now())


@ticking.every(seconds=3600)
def forget_old_pushes() -> None:
    """What has entered long ago is in the log."""
    feed_keeping.forget(now=timezone.now())


@check("扫描接入")
def intake_is_well() -> Iterator[Finding]:
    """Do the books agree, does every source speak that usually does, does no push wait?"""
    now = timezone.now()
    bad = list(Reconciliation.objects.filter(is_well=False).order_by("-hour")[:3])
    for row in bad:
        yield trouble(
            f"{row.source} 在 {timezone.localtime(row.hour):%m-%d %H} 时对不上账："
            f"计数 {row.counted}，登记 {row.manifest}，文件 {row.in_files}，推送 {row.pushes_entered}/{row.pushes}。"
        )
    told = intake.sources(IntakeCount.objects.all(), now=now)
    for source in told:
        if source.is_silent:
            yield trouble(
                f"{source.name} 平时此刻有数据，但从 {timezone.localtime(source.last_at):%m-%d %H:%M} 起没有了。"
            )
    oldest = (
        Push.objects.filter(processed_at__isnull=True)
        .order_by("pk")
        .values_list("received_at", flat=True)
        .first()
    )
    if oldest is not None and now - oldest > LONGEST_WAIT:
        yield trouble("收到的推送没有及时处理，请确认 huhang worker 在运行。")
    waiting = Parked.objects.filter(state=ParkedState.PARKED).count()
    if not bad:
        yield fine(f"{len(told)} 个来源，账目相符，{waiting} 条搁置待处理。")
