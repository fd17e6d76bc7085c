"""The watch's rules in words, and who changed them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from huhang.journey.models import WatchRule
from huhang.journey.queries import words
from huhang.journey.rules.codes import Code
from huhang.journey.rules.watch import ANYWHERE, Rule, RuleKind, read_row
from huhang.kit.models import AuditEntry
from huhang.kit.ui import words as ui
from huhang.network.models import product_name

CHANGES_AT_MOST = 50
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
    return _promise(rule)


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
    return sentence + (_("，并自动开预防工单。") if rule.opens_ticket else _("。"))


def _only(rule: Rule) -> str:
    """What the rule is narrowed to, if it is."""
    parts = [
        (_("只看%(what)s。"), [str(words.NODE_KINDS[kind]) for kind in sorted(rule.node_kinds)]),
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
