"""How fast people talk by each way: when silence is the end, and how long a word goes on with what has ended."""

from collections import defaultdict
from datetime import datetime, timedelta

from huhang.channels.rules.entrances import EntranceKind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Whoever reads a page of ours is gone after half an hour; at a vendor's people answer when they look at their
# telephone, to a mail when they sit at a desk again.
SILENT_AFTER = {
    EntranceKind.WEB_CHAT: 30 * MINUTE,
    EntranceKind.H5: 30 * MINUTE,
    EntranceKind.OUTLET_DESK: 30 * MINUTE,
    EntranceKind.HOTLINE: 30 * MINUTE,
    EntranceKind.WECHAT: DAY,
    EntranceKind.WECOM: DAY,
    EntranceKind.WEIBO: DAY,
    EntranceKind.SMS: DAY,
    EntranceKind.EMAIL: 3 * DAY,
    EntranceKind.API: DAY,
    EntranceKind.REGULATOR: 3 * DAY,
}
# Without a sign which talk is answered. A mail names the letters that it answers, and belongs to no other talk.
BELONGS_FOR = dict.fromkeys(SILENT_AFTER, 3 * DAY) | {EntranceKind.EMAIL: timedelta()}
# So long a talk by one way goes on with what the same person, by proof, said by another.
ELSEWHERE_FOR = 3 * DAY
# Whoever has said nothing for so long, and is owed nothing, takes no place at a seat.
AT_WORK_FOR = 30 * MINUTE
# There the customer sits before a page of ours and sees who comes and goes.
ON_OUR_PAGE = frozenset({EntranceKind.WEB_CHAT, EntranceKind.H5})


def goes_on(kind: str, ended_at: datetime, *, now: datetime) -> bool:
    """Does a word that names no talk go on with the one that ended then?"""
    return now - ended_at < BELONGS_FOR[EntranceKind(kind)]


def by_span() -> dict[timedelta, list[EntranceKind]]:
    """The ways that share a span of silence."""
    spans: dict[timedelta, list[EntranceKind]] = defaultdict(list)
    for kind, span in SILENT_AFTER.items():
        spans[span].append(kind)
    return spans
