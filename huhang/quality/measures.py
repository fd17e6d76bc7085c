"""What surveys and contacts count, and the figures made of it.

An answer counts in the minute in which the customer was asked, a contact in the minute in which it ended: so a period
holds exactly its own questions and contacts, and no share can exceed the whole.
"""

from decimal import Decimal

from django.utils.translation import gettext_noop as _

from huhang.metrics.rules.kpi import Behind, Kpi
from huhang.metrics.rules.registry import declare_kpi, declare_measure

INVITED = declare_measure("quality.survey.invited", _("邀请评价"), "customers asked")
ANSWERED = declare_measure("quality.survey.answered", _("收到的评价"), "answers received")
RATED = declare_measure("quality.survey.rated", _("打了分的评价"), "answers with a score")
GOOD = declare_measure("quality.survey.good", _("满意的评价"), "answers of 4 or 5")
SOLVED = declare_measure("quality.survey.solved", _("客户说已解决"), "answers saying solved")
UNSOLVED = declare_measure("quality.survey.unsolved", _("客户说没有解决"), "answers saying not solved")
ONCE = declare_measure("quality.contact.once", _("没有再来的接触"), "contacts without a repeat")
REPEATED = declare_measure("quality.contact.repeated", _("又来一次的接触"), "contacts with a repeat")
CALL_BACKS = declare_measure("quality.call_back.opened", _("不满意回访"), "call-backs opened")

SATISFACTION = declare_kpi(
    Kpi(
        id="satisfaction",
        version=1,
        name=_("满意度"),
        name_en="Satisfaction",
        formula=_("期间邀请的评价中打 4–5 分的 ÷ 打了分的 × 100"),
        formula_en="answers of 4 or 5 to the period's questions ÷ answers with a score × 100",
        numerator=(GOOD.name,),
        denominator=(RATED.name,),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(93),
        behind=Behind("quality:unhappy", (("show", "all"),)),
    )
)
SURVEY_RESPONSE = declare_kpi(
    Kpi(
        id="survey_response",
        version=1,
        name=_("参评率"),
        name_en="Survey response rate",
        formula=_("期间邀请的评价中收到回答的 ÷ 期间邀请的全部评价 × 100"),
        formula_en="the period's questions that were answered ÷ all questions of the period × 100",
        numerator=(ANSWERED.name,),
        denominator=(INVITED.name,),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(30),
    )
)
FIRST_TIME_BY_CONTACT = declare_kpi(
    Kpi(
        id="first_time_by_contact",
        version=1,
        name=_("一次解决率（按再来）"),
        name_en="First-time resolution by repeat contacts",
        formula=_("期间结束的接触中，同一客户没有为同一件事再来的 ÷ 已过观察期的全部接触 × 100"),
        formula_en="contacts of the period after which the customer did not come again about the same thing"
        " ÷ all of them whose days are over × 100",
        numerator=(ONCE.name,),
        denominator=(ONCE.name, REPEATED.name),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(90),
        behind=Behind("quality:contacts", (("which", "repeated"),)),
    )
)
FIRST_TIME_BY_SURVEY = declare_kpi(
    Kpi(
        id="first_time_by_survey",
        version=1,
        name=_("一次解决率（按评价）"),
        name_en="First-time resolution by survey",
        formula=_("期间邀请的评价中客户说已解决的 ÷（说已解决的 + 说没有解决的）× 100"),
        formula_en="the period's answers saying solved ÷ (saying solved + saying not solved) × 100",
        numerator=(SOLVED.name,),
        denominator=(SOLVED.name, UNSOLVED.name),
        scale=100,
        unit="%",
        unit_en="%",
        better="higher",
        target=Decimal(87),
        behind=Behind("quality:unhappy", (("show", "all"), ("what", "unsolved"))),
    )
)
