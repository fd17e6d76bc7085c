"""What the desk counts, and the figures made of it.

Tickets count at the unit that is answerable, in the minute of opening. First responses count in the minute in
which they were *due*, met or missed, so that a period holds exactly the promises that fell due in it.
"""

from decimal import Decimal

from django.utils.translation import gettext_noop as _

from huhang.metrics.rules.kpi import Behind, Kpi
from huhang.metrics.rules.registry import declare_kpi, declare_measure

KINDS = {
    "inquiry": (_("新建咨询工单"), "inquiry tickets opened"),
    "complaint": (_("新建投诉工单"), "complaint tickets opened"),
    "claim": (_("新建理赔工单"), "claim tickets opened"),
    "urge": (_("新建催件工单"), "urge tickets opened"),
    "prevention": (_("新建预防工单"), "prevention tickets opened"),
    "trace": (_("新建追查令"), "trace orders opened"),
    "follow_up": (_("新建回访"), "follow-up calls opened"),
}
OPENED = {
    kind: declare_measure(f"desk.ticket.opened.{kind}", label, label_en)
    for kind, (label, label_en) in KINDS.items()
}
RESOLVED = {
    kind: declare_measure(f"desk.ticket.resolved.{kind}", label, label_en)
    for kind, (label, label_en) in {
        "inquiry": (_("办结咨询工单"), "inquiry tickets resolved"),
        "complaint": (_("办结投诉工单"), "complaint tickets resolved"),
        "claim": (_("办结理赔工单"), "claim tickets resolved"),
        "urge": (_("办结催件工单"), "urge tickets resolved"),
        "prevention": (_("办结预防工单"), "prevention tickets resolved"),
        "trace": (_("办结追查令"), "trace orders resolved"),
        "follow_up": (_("办结回访"), "follow-up calls resolved"),
    }.items()
}
WITHDRAWN = {
    kind: declare_measure(f"desk.ticket.withdrawn.{kind}", label, label_en)
    for kind, (label, label_en) in {
        "inquiry": (_("撤回咨询工单"), "inquiry tickets withdrawn"),
        "complaint": (_("撤回投诉工单"), "complaint tickets withdrawn"),
        "claim": (_("撤回理赔工单"), "claim tickets withdrawn"),
        "urge": (_("撤回催件工单"), "urge tickets withdrawn"),
        "prevention": (_("撤回预防工单"), "prevention tickets withdrawn"),
        "trace": (_("撤回追查令"), "trace orders withdrawn"),
        "follow_up": (_("撤回回访"), "follow-up calls withdrawn"),
    }.items()
}
REOPENED = {
    kind: declare_measure(f"desk.ticket.reopened.{kind}", label, label_en)
    for kind, (label, label_en) in {
        "inquiry": (_("重开咨询工单"), "inquiry tickets opened again"),
        "complaint": (_("重开投诉工单"), "complaint tickets opened again"),
        "claim": (_("重开理赔工单"), "claim tickets opened again"),
        "urge": (_("重开催件工单"), "urge tickets opened again"),
        "prevention": (_("重开预防工单"), "prevention tickets opened again"),
        "trace": (_("重开追查令"), "trace orders opened again"),
        "follow_up": (_("重开回访"), "follow-up calls opened again"),
    }.items()
}
# Of a step: counted once, in the minute in which it was due, for the unit that owed it.
STEPS_MET = declare_measure("desk.step.met", _("按时办完的步骤"), "steps done in time")
STEPS_MISSED = declare_measure("desk.step.missed", _("超时的步骤"), "steps late")
STEPS_REFUSED = declare_measure("desk.step.refused", _("退回的步骤"), "steps sent back")
MERGED = declare_measure("desk.ticket.merged", _("并入其他工单的工单"), "tickets merged into another")
STEPS_RATED = declare_measure("desk.step.rated", _("客户评价的步骤"), "steps rated by customers")
STEPS_SCORE = declare_measure("desk.step.score", _("步骤评分合计"), "sum of the scores of rated steps")
RESPONSE_MET = declare_measure("desk.first_response.met", _("按时首次响应"), "first responses in time")
RESPONSE_MISSED = declare_measure(
    "desk.first_response.missed", _("超时首次响应"), "first responses late or missing"
)
TRACES_ORDERED = declare_measure("desk.trace.ordered", _("下达追查令"), "trace orders")
TRACES_FOUND = declare_measure("desk.trace.found", _("追查找到"), "parcels found by trace orders")
TRACES_RECOVERED = declare_measure(
    "desk.trace.recovered_fen", _("追查挽回（分）"), "value recovered by trace orders, in fen"
)
# Of a call that asked for a person: counted once, in the minute in which it did, for whoever's line it is.
CALLS_OFFERED = declare_measure("desk.call.offered", _("要求人工的来电"), "calls that asked for a person")
CALLS_ANSWERED = declare_measure("desk.call.answered", _("人工接通的来电"), "calls answered by a person")
CALLS_IN_TIME = declare_measure("desk.call.in_time", _("20 秒内接通的来电"), "calls answered within 20 s")
CALLS_ABANDONED = declare_measure("desk.call.abandoned", _("放弃的来电"), "calls given up")

COMPLAINTS_PER_10K = declare_kpi(
    Kpi(
        id="complaints_per_10k",
        version=1,
        name=_("万票投诉率"),
        name_en="Complaints per 10,000 waybills",
        formula=_("期间新建的投诉与理赔工单 ÷ 期间首次派件的运单 × 10,000"),
        formula_en="complaint and claim tickets opened ÷ waybills first out for delivery × 10,000",
        numerator=(OPENED["complaint"].name, OPENED["claim"].name),
        denominator=("journey.delivery.started",),
        scale=10_000,
        unit=_("单/万票"),
        unit_en="per 10,000",
        better="lower",
        target=Decimal("2.8"),
        behind=Behind("desk:tickets", (("state", "all"), ("kind", "complaint,claim"))),
    )
)
RESPONSE_15MIN = declare_kpi(
    Kpi(
        id="response_15min",
        version=1,
        name=_("15 分钟响应率"),
        name_en="15-minute response rate",
        formula=_("期间到期的首次响应中按时答复的 ÷ 期间到期的全部首次响应 × 100"),
        formula_en="first responses due in the period that were given in time ÷ all due in the period × 100",
        numerator=(RESPONSE_MET.name,),
        denominator=(RESPONSE_MET.name, RESPONSE_MISSED.name),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(98),
        behind=Behind("desk:tickets", (("state", "all"), ("first_response", "missed"))),
    )
)
STEPS_ON_TIME = declare_kpi(
    Kpi(
        id="steps_on_time",
        version=1,
        name=_("步骤按时率"),
        name_en="Steps on time",
        formula=_("期间到期的步骤中按时办完的 ÷ （按时办完的 + 超时的）× 100"),
        formula_en="steps due in the period that were done in time ÷ (done in time + late) × 100",
        numerator=(STEPS_MET.name,),
        denominator=(STEPS_MET.name, STEPS_MISSED.name),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(95),
        behind=Behind("desk:department_steps", (("outcome", "missed"),)),
    )
)
STEP_RATING = declare_kpi(
    Kpi(
        id="step_rating",
        version=1,
        name=_("步骤评分"),
        name_en="Rating of steps",
        formula=_("期间客户评分合计 ÷ 期间客户评价的环节（1–5 分）"),
        formula_en="sum of customers' scores ÷ steps rated by customers (1 to 5)",
        numerator=(STEPS_SCORE.name,),
        denominator=(STEPS_RATED.name,),
        scale=1,
        unit=_("分"),
        unit_en="of 5",
        better="higher",
        target=Decimal("4.5"),
    )
)
CONNECTION_RATE = declare_kpi(
    Kpi(
        id="connection_rate",
        version=1,
        name=_("人工接通率"),
        name_en="Connection rate",
        formula=_("期间要求人工的来电中人工接通的 ÷ 要求人工的全部来电 × 100"),
        formula_en="calls of the period that a person answered ÷ all that asked for a person × 100",
        numerator=(CALLS_ANSWERED.name,),
        denominator=(CALLS_OFFERED.name,),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(95),
    )
)
SERVICE_LEVEL_20S = declare_kpi(
    Kpi(
        id="service_level_20s",
        version=1,
        name=_("20 秒接通率"),
        name_en="20-second service level",
        formula=_("期间 20 秒内接通的来电 ÷（接通的 + 放弃的）× 100（口径 F3）"),
        formula_en="calls of the period answered within 20 s ÷ (answered + given up) × 100 (formula F3)",
        numerator=(CALLS_IN_TIME.name,),
        denominator=(CALLS_ANSWERED.name, CALLS_ABANDONED.name),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(80),
    )
)
ABANDONMENT = declare_kpi(
    Kpi(
        id="abandonment",
        version=1,
        name=_("放弃率"),
        name_en="Abandonment",
        formula=_("期间要求人工的来电中放弃的 ÷ 要求人工的全部来电 × 100"),
        formula_en="calls of the period that were given up ÷ all that asked for a person × 100",
        numerator=(CALLS_ABANDONED.name,),
        denominator=(CALLS_OFFERED.name,),
        scale=100,
        unit="%",
        unit_en="%",
        better="lower",
        target=Decimal(5),
    )
)
