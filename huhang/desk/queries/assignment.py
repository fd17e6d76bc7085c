"""Why a case went where it went, in words, with the candidates as they stood then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huhang.desk.models import AssignmentDecision, Seat, Ticket
from huhang.desk.models.seat import STATUS_NAMES
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.rules.assignment import Reason, Status, Trigger
from huhang.desk.rules.kinds import Kind
from huhang.kit.languages import name_of
from huhang.network.models import Person
from huhang.network.models.scope import under

SHOWN = 50
TRIGGERS = {
    Trigger.OPENED: gettext_lazy("新工单"),
    Trigger.REOPENED: gettext_lazy("重新打开"),
    Trigger.ROOM: gettext_lazy("等到有人空出来"),
    Trigger.OFFLINE: gettext_lazy("原负责人离线"),
    Trigger.AWAY: gettext_lazy("原负责人离席过久"),
    Trigger.SHIFT_ENDED: gettext_lazy("原负责人下班"),
    Trigger.SEAT_CLOSED: gettext_lazy("原席位停用"),
    Trigger.BY_HAND: gettext_lazy("人工指定"),
}
REASONS = {
    Reason.KEEPER: gettext_lazy("负责这位客户、快递员或网点，先派给负责人。"),
    Reason.PREVIOUS: gettext_lazy("上次由其办理，情况最清楚。"),
    Reason.DEPUTY: gettext_lazy("负责人这时不能接，代为办理；其他同事里最合适。"),
    Reason.BEST: gettext_lazy("没有固定负责人，在能接的同事里最合适。"),
    Reason.BY_HAND: gettext_lazy("由同事指定。"),
    Reason.NOT_KEEPER: gettext_lazy("可以接，但负责人优先。"),
    Reason.NOT_PREVIOUS: gettext_lazy("可以接，但上次办理的同事优先。"),
    Reason.LESS_SKILLED: gettext_lazy("可以接，但被选的同事专办这类工单。"),
    Reason.LEVEL_TOO_HIGH: gettext_lazy("可以接，但级别高于需要，留给更难的工单。"),
    Reason.LANGUAGE: gettext_lazy("可以接，但被选的同事会客户的语言。"),
    Reason.MORE_LOADED: gettext_lazy("可以接，但手上的工单占比更高。"),
    Reason.LESS_IDLE: gettext_lazy("可以接，但比被选的同事更晚接过上一单。"),
    Reason.NOT_THEIRS: gettext_lazy("无权办理这个地区的工单。"),
    Reason.SHIFT_OVER: gettext_lazy("已到下班时间。"),
    Reason.OFFLINE: gettext_lazy("离线。"),
    Reason.AWAY: gettext_lazy("离席。"),
    Reason.BUSY: gettext_lazy("示忙。"),
    Reason.OTHER_KIND: gettext_lazy("不办这类工单。"),
    Reason.OTHER_PRODUCT: gettext_lazy("不办这种产品。"),
    Reason.NO_SKILL: gettext_lazy("没有所需的技能。"),
    Reason.LEVEL_TOO_LOW: gettext_lazy("级别不够。"),
    Reason.FULL: gettext_lazy("接下这一单就超过上限。"),
    Reason.NOBODY_THERE: gettext_lazy("能接的同事都不在席，有人在席后自动再派。"),
    Reason.NOBODY_ABLE: gettext_lazy("在席的同事都不能办这张工单，请调整技能、级别或授权。"),
    Reason.NOBODY_FREE: gettext_lazy("能接的同事都已满，有人空出来后按剩余时间先后再派。"),
    Reason.GONE_BACK: gettext_lazy("退回待派。"),
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate of a decision."""

    name: str
    is_chosen: bool
    sentence: str
    status: str
    load: int
    capacity: int
    level: int
    skills: str
    idle_since: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """A decision as people read it; `hidden` are candidates that the reader may not see."""

    at: datetime
    trigger: str
    chosen: str
    before: str
    sentence: str
    deputy_for: str
    words: str
    by: str
    is_by_hand: bool
    asked: Sequence[tuple[str, str]]
    candidates: Sequence[Weighed]
    hidden: int


def decisions_of(ticket: Ticket, *, to: Person) -> list[Told]:
    """Every decision about the case, the newest first: two statements."""
    rows = ticket.decisions.select_related("chosen", "before", "deputy_for").order_by("-at", "-pk")[:SHOWN]
    open_to = set(_seats(to)) if to.may("desk.seats.see") else set()
    return [_told(row, open_to) for row in rows]


def _seats(person: Person) -> list[int]:
    scopes = person.visible_paths("desk.seats.see")
    return list(Seat.objects.filter(under(scopes, "unit__path")).values_list("pk", flat=True))


def latest(ticket: Ticket) -> AssignmentDecision | None:
    """The last word, for the side of the case page."""
    return ticket.decisions.select_related("chosen", "before", "deputy_for").order_by("at", "pk").last()


def sentence_of(decision: AssignmentDecision) -> str:
    """Why it is where it is, in one sentence."""
    return str(REASONS[Reason(decision.reason)])


def _told(row: AssignmentDecision, open_to: set[int]) -> Told:
    candidates = [_weighed(one) for one in row.candidates if one["seat"] in open_to]
    return Told(
        at=row.at, trigger=str(TRIGGERS[Trigger(row.trigger)]), chosen=str(row.chosen or ""),
        before=str(row.before or ""), sentence=sentence_of(row), deputy_for=str(row.deputy_for or ""),
        words=row.words, by=row.by, is_by_hand=row.trigger == Trigger.BY_HAND, asked=_asked(row.asked),
        candidates=candidates, hidden=len(row.candidates) - len(candidates),
    )  # fmt: skip


def _weighed(one: Mapping[str, Any]) -> Weighed:
    reason = Reason(one["reason"])
    return Weighed(
        name=one["name"], sentence=str(REASONS[reason]),
        is_chosen=reason in (Reason.KEEPER, Reason.PREVIOUS, Reason.DEPUTY, Reason.BEST),
        status=str(STATUS_NAMES[Status(one["status"])]), load=one["load"], capacity=one["capacity"],
        level=one["level"], skills=skills_of(one["kinds"], one["products"], one["skills"], one["languages"]),
        idle_since=datetime.fromisoformat(one["idle_since"]) if one["idle_since"] else None,
    )  # fmt: skip


def skills_of(
    kinds: Sequence[str], products: Sequence[str], skills: Sequence[str], languages: Sequence[str]
) -> str:
    """What somebody can do, in a line."""
    names = [str(KIND_NAMES[Kind(kind)]) for kind in kinds if kind in set(Kind)] or [_("全部类型")]
    return _("、").join([*names, *products, *skills, *map(name_of, languages)])


def _asked(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the case asked for, as pairs of a word and a value; what it did not ask for is left out."""
    if not asked:
        return []
    kind = asked["kind"]
    pairs = [
        (_("类型"), str(KIND_NAMES[Kind(kind)]) if kind in set(Kind) else kind),
        (_("分量"), str(asked["points"])),
        (_("级别"), str(asked["level"])),
        (_("产品"), asked["product"]),
        (_("语言"), name_of(asked["language"])),
        (_("技能"), "、".join(asked["needs"])),
    ]
    return [(word, value) for word, value in pairs if value]
