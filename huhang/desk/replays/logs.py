"""The logs that can be replayed, by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from huhang.desk.replays import baltimore, helpdesk, pingshan, servicenow
from huhang.desk.replays.facts import Log, NotThisLog

READERS: Mapping[str, Callable[[Path], Log]] = {
    baltimore.NAME: baltimore.read,
    helpdesk.NAME: helpdesk.read,
    servicenow.NAME: servicenow.read,
    pingshan.NAME: pingshan.read,
}


def read(name: str, path: Path, *, limit: int | None = None) -> Log:
    """The log in a file; with a limit its first cases, under the terms of the whole file."""
    if name not in READERS:
        raise NotThisLog(f"没有这种日志：{name}；有：{'、'.join(READERS)}")
    log = READERS[name](path)
    if limit is None or limit >= len(log.cases):
        return log
    return replace(log, cases=log.cases[:limit], whole_until=log.until)
