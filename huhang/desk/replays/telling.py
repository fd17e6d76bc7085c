"""A replay as a document for programs and as lines for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from huhang.desk.replays.facts import Log
from huhang.desk.replays.verdicts import EXAMPLES, Check, remarked

SHOWN_REJECTS = 20


class Done(Protocol):
    """What the telling needs to know of a replay."""

    log: Log
    checks: list[Check]
    cases: int
    acts: Any
    fired: int
    known_before: int
    continued: list[str]
    refused: dict[str, list[str]]
    is_kept: bool


def document(done: Done) -> dict[str, Any]:
    """Everything, with each rejected row and each promise."""
    log = done.log
    return {
        "log": log.name, "rows": log.rows, "cases": done.cases, "known_before": done.known_before,
        "until": log.until.isoformat(), "says": list(log.says), "kept": done.is_kept,
        "calendar": {
            "zone": log.terms.zone, "windows": dict(log.terms.windows), "by_wall_clock": log.terms.by_wall_clock,
            "uses_holidays": log.terms.uses_holidays, "waits_stop": log.terms.waits_stop,
        },
        "policies": [
            {"sort": p.sort, "priority": p.priority, "minutes": p.minutes, "why": p.why} for p in log.terms.promises
        ],
        "acts": dict(done.acts), "fired": done.fired,
        "checks": [_check(check) for check in done.checks],
        "remarks": [
            {"what": name, "count": count, "examples": refs} for name, (count, refs) in remarked(log.cases).items()
        ],
        "continued": list(done.continued),
        "refused": [_counted(name, refs) for name, refs in done.refused.items()],
        "rejected": [{"row": r.row, "reason": r.reason, "content": r.content} for r in log.rejects],
    }  # fmt: skip


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name, "compared": check.compared, "equal": check.equal, "different": check.different,
        "unexplained": check.unexplained,
        "differences": [
            {"why": d.why, "count": d.count, "examples": list(d.examples)} for d in check.differences
        ],
    }  # fmt: skip


def _counted(name: str, refs: Sequence[str]) -> dict[str, Any]:
    return {"what": name, "count": len(refs), "examples": list(refs[:EXAMPLES])}


def lines(done: Done) -> Iterator[str]:
    """The same for a terminal: what was read, what was compared, what differs and why."""
    log = done.log
    yield f"{log.name}：读入 {log.rows} 行，拒绝 {len(log.rejects)} 行；{done.cases} 件工单，时钟触发 {done.fired} 次"
    if done.known_before:
        yield f"其中 {done.known_before} 件此前已回放并保留，未重复"
    for says in log.says:
        yield f"  {says}"
    yield from _terms(log)
    yield "比较项            比较    相等    不同"
    for check in done.checks:
        yield from _check_lines(check)
    yield from _named("来源里的特别之处", remarked(log.cases))
    if done.continued:
        yield f"重开超过 7 天，按新工单接续：{len(done.continued)} 件（{'、'.join(done.continued[:EXAMPLES])}）"
    refused = {name: (len(refs), list(refs[:EXAMPLES])) for name, refs in done.refused.items()}
    yield from _named("本台未照办的动作", refused)
    for reject in log.rejects[:SHOWN_REJECTS]:
        yield f"  拒绝第 {reject.row} 行：{reject.reason}"
    yield "已保留在数据库中" if done.is_kept else "回放已撤回，数据库没有变化（--keep 可保留）"


def _terms(log: Log) -> Iterator[str]:
    terms = log.terms
    kind = "按墙上钟点" if terms.by_wall_clock else "按实际时长"
    stop = "等待停钟" if terms.waits_stop else "等待不停钟"
    yield f"日历 {terms.zone}，{kind}，{stop}；政策 {len(terms.promises)} 条"


def _check_lines(check: Check) -> Iterator[str]:
    pad = "　" * max(0, 9 - len(check.name))
    yield f"{check.name}{pad}{check.compared:>7} {check.equal:>7} {check.different:>7}"
    for difference in check.differences:
        yield f"    {difference.why}：{difference.count}，如 {'；'.join(difference.examples[:2])}"


def _named(title: str, found: Mapping[str, tuple[int, list[str]]]) -> Iterator[str]:
    if found:
        yield f"{title}："
    for name, (count, refs) in found.items():
        yield f"  {name}：{count}（如 {'、'.join(refs[:3])}）"
