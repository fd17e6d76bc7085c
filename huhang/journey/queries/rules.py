"""The watch's rules in words, and who changed them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from huhang.journey.models import WatchRule
from huhang.journey.queries import scope, words
from huhang.journey.rules.codes import Code
from huhang.journey.rules.watch import ANYWHERE, THERE, Fault, Rule, RuleKind, read_row
from huhang.kit.languages import shown
from huhang.kit.models import AuditEntry
from huhang.kit.ui import words as ui
from huhang.network.models import product_name

CHANGES_AT_MOST = 50
DAYS = 7
WEEK_AT_MOST = 20_000
# What of a row is not worth a line in the history.
_SILENT = {"id", "number", "kind"}


def subject_of(slug: str) -> str:
    """The name of a rule in the audit record."""
    return f"watch_rule:{slug}"


def as_rule(row: WatchRule) -> Rule:
    return read_row(row.as_row())


def told(rule: Rule) -> str:
    """The whole rule as a sentence or three, in the reader's language."""
    return "".join(part for part in (_core(rule), _then(rule), _only(rule)) if part)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as the overview shows it."""

    rule: WatchRule
    told: str
    limit: str
    who: Any
    hits: int | None

    def holds(self, sought: str) -> bool:
        """Does any of its words hold the one that is sought?"""
        row = self.rule
        held = (row.slug, row.name_zh, row.name_en, row.source, shown(row.source), self.told, str(self.who))
        return any(sought.casefold() in text.casefold() for text in held)


@dataclass(frozen=True, slots=True)
class Overview:
    """The rules by link; `hits` are those of the last 7 days in one's own units."""

    groups: list[tuple[Any, list[Line]]]
    number: int
    resting: int
    is_capped: bool


def overview(paths: list[str], *, sought: str, now: datetime) -> Overview:
    """Two statements, whatever the number of rules and hits."""
    counts, is_capped = _hits_of_week(paths, now)
    lines = [_line(row, counts[row.pk]) for row in WatchRule.objects.order_by("number")]
    found = [line for line in lines if line.holds(sought)]
    groups = [
        (text, [line for line in found if line.rule.link == link]) for link, text in words.LINKS.items()
    ]
    return Overview(
        groups=[group for group in groups if group[1]],
        number=len(lines),
        resting=sum(not line.rule.is_enabled for line in lines),
        is_capped=is_capped,
    )


def _line(row: WatchRule, hits: int) -> Line:
    rule = as_rule(row)
    return Line(row, told(rule), limit_told(rule), words.ADDRESSED[rule.addressed], hits)


def _hits_of_week(paths: list[str], now: datetime) -> tuple[Counter[int], bool]:
    """By rule, of the newest; counting stops where the list of hits stops, too."""
    week = scope.hits(paths).filter(raised_at__gte=now - timedelta(days=DAYS), raised_at__lt=now)
    newest = list(week.order_by("-raised_at", "-pk").values_list("rule_id", flat=True)[:WEEK_AT_MOST])
    return Counter(newest), len(newest) == WEEK_AT_MOST


def kinds() -> list[tuple[RuleKind, Any, Any]]:
    """What a new rule can be, with what each is for."""
    return [(kind, words.KINDS[kind], words.KIND_HINTS[kind]) for kind in words.KINDS]


def _core(rule: Rule) -> str:
    if rule.kind is RuleKind.EXPECT:
        return _("“%(after)s”之后，应在%(limit)s%(expects)s；否则预警。") % {
            "after": _codes(rule.after), "limit": _limit(rule), "expects": _answers(rule),
        }  # fmt: skip
    if rule.kind is RuleKind.FORBIDDEN:
        return _("出现“%(scans)s”时，此前必须已有“%(needs)s”之一；否则预警。") % {
            "scans": _codes(rule.scans), "needs": _list(words.NEEDS[need] for need in sorted(rule.needs)),
        }  # fmt: skip
    if rule.kind is RuleKind.TWICE:
        return _("同一单号再次揽收，且相隔超过%(span)s或在另一处，即预警。") % {"span": _span(rule.minutes)}
    if rule.kind is RuleKind.TWO_PLACES:
        return _("同一单号%(span)s内在两个城市出现，即预警。") % {"span": _span(rule.minutes)}
    if rule.kind is RuleKind.CONSENT:
        return _("未记录收件人同意，却出现“%(scans)s”，即预警。") % {"scans": _codes(rule.scans)}
    return _promise(rule) if rule.kind is RuleKind.PROMISE else _off_track(rule)


def _off_track(rule: Rule) -> str:
    """The kinds that look at where, or at what hour, a scan was made."""
    if rule.kind is RuleKind.SKIPPED:
        return _("在另一处出现“%(scans)s”，而之前停在“%(after)s”，中间没有“%(expects)s”，即预警。") % {
            "scans": _codes(rule.scans), "after": _codes(rule.after), "expects": _codes(rule.expects),
        }  # fmt: skip
    if rule.kind is RuleKind.MISROUTED:
        return _("到达规划路由以外、又不在始发和目的城市的分拨中心，即预警。没有路由的件不看。")
    if rule.kind is RuleKind.LOOP:
        return _("离开一个分拨中心到过另一个后，又回到原处，即预警。")
    if rule.kind is RuleKind.RESCANNED and not rule.minutes:
        return _("签收之后又出现“%(scans)s”，即预警。") % {"scans": _codes(rule.scans)}
    if rule.kind is RuleKind.RESCANNED:
        return _("签收%(span)s之后又出现“%(scans)s”，即预警。") % {
            "span": _span(rule.minutes), "scans": _codes(rule.scans),
        }  # fmt: skip
    return _("在该单位平时不作业的钟点出现“%(scans)s”，即预警。") % {"scans": _codes(rule.scans)}


def limit_told(rule: Rule) -> str:
    """The limit alone, in a few words; of a rule that needs no time, that it speaks at once."""
    if rule.kind is RuleKind.EXPECT:
        return _limit(rule).strip()
    if rule.kind is RuleKind.PROMISE:
        early = _("提前%(span)s") % {"span": _span(rule.margin_minutes).rstrip()}
        return early if rule.margin_minutes else _("承诺到期")
    if rule.kind in (RuleKind.TWICE, RuleKind.TWO_PLACES, RuleKind.RESCANNED) and rule.minutes:
        return _span(rule.minutes).strip()
    return _("出现即报")


def _answers(rule: Rule) -> str:
    if not rule.expects:
        return _("有任一后续环节")
    return _("出现“%(codes)s”之一，或已签收") % {"codes": _codes(rule.expects)}


def _promise(rule: Rule) -> str:
    saved = _codes(rule.expects)
    unless = _("（已“%(saved)s”的除外）") % {"saved": saved} if saved else ""
    if not rule.margin_minutes:
        return _("过了承诺时间仍未签收%(unless)s，即预警。") % {"unless": unless}
    return _("距承诺时间不足%(span)s仍未签收%(unless)s，即预警。") % {
        "span": _span(rule.margin_minutes), "unless": unless,
    }  # fmt: skip


def _then(rule: Rule) -> str:
    sentence = _("提醒%(who)s，计入%(link)s环节") % {
        "who": words.ADDRESSED[rule.addressed], "link": words.LINKS[rule.link],
    }  # fmt: skip
    blamed = _("，算前一个单位") if rule.charged == THERE else ""
    return sentence + blamed + (_("，并自动开预防工单。") if rule.opens_ticket else _("。"))


def _only(rule: Rule) -> str:
    """What the rule is narrowed to, if it is."""
    parts = [
        (_("只看%(what)s。"), [str(words.NODE_KINDS[kind]) for kind in sorted(rule.node_kinds)]),
        (_("只看%(what)s件。"), [str(words.FLAGS[flag]) for flag in sorted(rule.flags)]),
        (_("只看产品：%(what)s。"), _products(rule.products)),
        (_("不看产品：%(what)s。"), _products(rule.except_products)),
        (_("只看线路：%(what)s。"), _routes(rule.routes)),
        (_("不看线路：%(what)s。"), _routes(rule.except_routes)),
    ]
    return "".join(sentence % {"what": _list(what)} for sentence, what in parts if what)


def _limit(rule: Rule) -> str:
    if rule.by_time is None:
        return _("%(span)s内") % {"span": _span(rule.within_minutes or 0)}
    day = {0: _("当天"), 1: _("次日")}.get(rule.days, _("第%(n)s天") % {"n": rule.days})
    return _("%(day)s %(time)s 前") % {"day": day, "time": rule.by_time.isoformat("minutes")}


def _codes(codes: Iterable[Code]) -> str:
    return _list(words.CODES[code] for code in sorted(codes))


def _products(codes: Iterable[str]) -> list[str]:
    return [product_name(code) for code in sorted(codes)]


def _list(parts: Iterable[Any]) -> str:
    return _("、").join(map(str, parts))


def _routes(routes: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{_end(a)} → {_end(b)}" for a, b in sorted(routes)]


def _end(place: str) -> str:
    return _("任意") if place == ANYWHERE else place


def _span(minutes: int) -> str:
    return " " + ui.span(timedelta(minutes=minutes).total_seconds()) + " "


def changes(slug: str) -> list[dict[str, Any]]:
    """Who changed the rule, when, and what: newest first."""
    entries = AuditEntry.objects.filter(subject=subject_of(slug)).order_by("-pk")[:CHANGES_AT_MOST]
    return [
        {
            "at": e.at,
            "actor": e.actor,
            "reason": e.reason,
            "what": list(_differences(e.before or {}, e.after or {})),
        }
        for e in entries
    ]


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[dict[str, str]]:
    for field in after:
        if field not in _SILENT and before.get(field) != after[field]:
            yield {"field": field, "before": _shown(before.get(field)), "after": _shown(after[field])}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return _list("→".join(v) if isinstance(v, list) else _code_name(v) for v in value) or "—"
    if isinstance(value, dict):
        return " / ".join(map(str, value.values()))
    return "—" if value in (None, "") else str(value)


def _code_name(value: Any) -> str:
    return str(words.CODES[Code[value]]) if value in Code.__members__ else str(value)


def said(fault: Fault) -> str:
    """Why a rule was refused, in the reader's language."""
    what = str(words.CODES[Code[fault.what]]) if fault.what in Code.__members__ else fault.what
    return str(words.RULE_FAULTS[fault.code]) % {"what": what, "n": fault.n}
