"""What a log shows of its own terms where it does not state them: hours of work, usual limits, fitting limits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from huhang.desk.replays.facts import ENDINGS, Case, Promise, Terms, waits_of
from huhang.kit.calendars import Calendar, working_between

# Hours and weekdays with less than this share of what a full one has are not working time.
RARE = 0.05
USUAL = 0.9
MINUTE = timedelta(minutes=1)


def hours_of(moments: Sequence[datetime], zone: ZoneInfo) -> dict[str, list[list[str]]]:
    """One window on each weekday that is worked, from the first to the last hour that is."""
    local = [at.astimezone(zone) for at in moments]
    days = _common(Counter(at.isoweekday() for at in local))
    hours = _common(Counter(at.hour for at in local))
    if not days or not hours:
        return {str(day): [["00:00", "00:00"]] for day in range(1, 8)}
    window = [f"{hours[0]:02d}:00", f"{(hours[-1] + 1) % 24:02d}:00"]
    return {str(day): [window] for day in days}


def _common(found: Counter[int]) -> list[int]:
    most = max(found.values(), default=0)
    return sorted(key for key, times in found.items() if times >= RARE * most)


def usual_limit(cases: Iterable[Case], terms: Terms) -> Iterable[Promise]:
    """The working time in which nine of ten cases were first resolved, in whole hours."""
    calendar = terms.calendar
    spent = sorted(filter(None, (_worked(case, calendar) for case in cases)))
    if spent:
        usual = spent[int(len(spent) * USUAL) - 1 if len(spent) > 1 else 0]
        hours = max(1, -(-usual // timedelta(hours=1)))
        yield Promise(hours * 60, why=f"日志没有承诺；本文件 90% 的首次解决在 {hours} 个工作小时内")


def _worked(case: Case, calendar: Calendar) -> timedelta | None:
    first = next((fact.at for fact in case.facts if fact.act in ENDINGS), None)
    if first is None:
        return None
    waited = [w for w in waits_of(case, until=first) if w.started_at < first]
    lost = sum((working_between(calendar, w.started_at, min(w.ended_at, first)) for w in waited), timedelta())
    return working_between(calendar, case.opened_at, first) - lost


def fitted(cases: Sequence[Case]) -> tuple[tuple[Promise, ...], bool]:
    """Per priority the limit whose verdicts agree with the source's in most cases, and whether waiting stops it.

    Time runs around the clock from opening to the last resolution. Both readings of waiting are tried.
    """
    tries = [(_fit(cases, waits_stop), waits_stop) for waits_stop in (True, False)]
    (promises, _), waits_stop = max(tries, key=lambda one: one[0][1])
    return promises, waits_stop


def _fit(cases: Iterable[Case], waits_stop: bool) -> tuple[tuple[Promise, ...], int]:
    """(promises, in how many cases they agree with the source)"""
    told: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for case in cases:
        if case.late is not None and case.ended_at is not None:
            told[case.last_priority.value].append((_elapsed(case, case.ended_at, waits_stop), case.late))
    limits = {priority: (*_best_limit(seen), len(seen)) for priority, seen in sorted(told.items())}
    words = "等待停钟" if waits_stop else "等待不停钟"
    promises = [
        Promise(minutes, priority=priority, why=f"日志没有承诺；{words}，{agree}/{of} 件与来源的守时标记相符")
        for priority, (minutes, agree, of) in limits.items()
    ]
    if told:
        usual = max(limits.values(), key=lambda limit: limit[2])[0]
        promises.append(Promise(usual, why="本文件没有的优先级：与最多见的相同"))
    return tuple(promises), sum(agree for _, agree, _ in limits.values())


def _elapsed(case: Case, ended_at: datetime, waits_stop: bool) -> int:
    """Minutes that counted, rounded up: within the limit when not greater than it."""
    if not waits_stop:
        return -(-(ended_at - case.opened_at) // MINUTE)
    waited = sum((w.lasted for w in waits_of(case, until=ended_at) if w.started_at < ended_at), timedelta())
    return -(-(ended_at - case.opened_at - waited) // MINUTE)


def _best_limit(seen: Sequence[tuple[int, bool]]) -> tuple[int, int]:
    """(minutes, how many agree): of equally good limits the greatest, in whole hours where that loses nothing."""
    ordered = sorted(seen)
    kept_so_far = [0, *accumulate(not late for _, late in ordered)]
    late_after = sum(late for _, late in ordered)
    agrees: dict[int, int] = {0: late_after - sum(late for minutes, late in ordered if minutes <= 0)}
    agrees[0] += sum(not late for minutes, late in ordered if minutes <= 0)
    for index, (minutes, _) in enumerate(ordered, start=1):
        late_in = index - kept_so_far[index]
        agrees[minutes] = kept_so_far[index] + late_after - late_in
    best = max(agrees.values())
    least = max(minutes for minutes, count in agrees.items() if count == best)
    # Any limit up to the next observation judges alike.
    beyond = min((minutes for minutes, _ in ordered if minutes > least), default=least + 1) - 1
    hours = beyond // 60 * 60
    return (hours if hours >= max(least, 1) else least or beyond), best
