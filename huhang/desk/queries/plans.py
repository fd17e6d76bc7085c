"""Plans as people edit them, and the answers that a new case must bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from huhang.desk.models import CasePlan, StepTemplate
from huhang.desk.rules.plan import Ask, check
from huhang.journey.models import WatchRule
from huhang.kit import ground
from huhang.kit.errors import BadInput
from huhang.kit.languages import shown


class AnswersMissing(BadInput):
    """这类工单开启时有必须问清的内容。"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its questions and its steps, stage by stage."""

    row: CasePlan
    asks: list[Ask]
    stages: list[list[StepTemplate]]
    rule_name: str


def plans() -> list[Plan]:
    """All of them, in three statements."""
    rows = CasePlan.objects.prefetch_related("steps")
    names = {rule.slug: rule.name for rule in WatchRule.objects.all()}
    return [plan_of(row, names.get(row.rule, row.rule)) for row in rows]


def plan_of(row: CasePlan, rule_name: str = "") -> Plan:
    asks = [Ask.read(ask) for ask in row.asks]
    return Plan(row, asks, stages_of(row), rule_name or row.rule)


def stages_of(row: CasePlan) -> list[list[StepTemplate]]:
    steps = sorted(row.steps.all(), key=lambda step: (step.order, step.lane))
    return [list(group) for _order, group in groupby(steps, key=lambda step: step.order)]


def asks_of(kind: str, at: str) -> list[Ask]:
    """What is asked when somebody opens a case of this kind."""
    return ground.known("desk.asks", at, _read_asks).get(kind, [])


def _read_asks() -> dict[str, list[Ask]]:
    rows = CasePlan.objects.filter(rule="").values_list("kind", "asks")
    return {kind: [Ask.read(ask) for ask in asks] for kind, asks in rows}


def answered(kind: str, given: Mapping[str, str], at: str) -> dict[str, str]:
    """The answers as a case keeps them; refused with the names of what is missing or not understood."""
    checked = check(asks_of(kind, at), given)
    errors = [
        *({"field": f"answers.{a.key}", "reason": _("请填写：%s") % _label(a)} for a in checked.missing),
        *({"field": f"answers.{a.key}", "reason": _("请从选项里选：%s") % _label(a)} for a in checked.wrong),
        *({"field": f"answers.{key}", "reason": _("方案里没有这一项")} for key in checked.unknown),
    ]
    if errors:
        raise AnswersMissing(_("；").join(error["reason"] for error in errors), errors=errors)
    return checked.answers


def _label(ask: Ask) -> str:
    return shown(ask.label, ask.label_en)
