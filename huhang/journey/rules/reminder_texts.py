"""What a reminder says. Short, because an SMS costs by its length; without blame, and without a customer's name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NAMED_RULES = 2
NAMED_PARCELS = 3
LINK_MARK = "{link}"

HANDLING, NOT_MINE = "1", "2"


@dataclass(frozen=True, slots=True)
class Line:
    """One parcel and what is the matter with it."""

    waybill: str
    rule: str


def title(lines: Sequence[Line]) -> str:
    """`12 票需尽快处理：派件当晚无结果 8 票、留仓超时 3 票等`."""
    return f"{len(lines)} 票需尽快处理：{_rules(lines)}"


def numbers(lines: Sequence[Line]) -> str:
    """The first waybills, and how many more."""
    named = "、".join(line.waybill for line in lines[:NAMED_PARCELS])
    return named if len(lines) <= NAMED_PARCELS else f"{named} 等 {len(lines)} 票"


def sms(lines: Sequence[Line], *, about: str = "") -> str:
    """With a link and the digits; `about` names the courier when it is somebody else who is told."""
    who = f"{about}名下" if about else "您"
    return (
        f"【护航】{who}有 {title(lines)}。运单 {numbers(lines)}。"
        f"点 {LINK_MARK} 一键确认，或回复{HANDLING}马上处理、{NOT_MINE}不归我处理。退订回T"
    )


def voice(lines: Sequence[Line], *, about: str = "") -> str:
    """To be read aloud."""
    who = f"{about}名下" if about else "您"
    return (
        f"您好，这里是护航提醒。{who}有 {title(lines)}，至今没有确认。"
        f"马上处理请按{HANDLING}，不归您处理请按{NOT_MINE}。明细已发到您的手机。"
    )


def not_understood() -> str:
    return (
        f"【护航】没有看懂您的回复，抱歉。马上处理请回复{HANDLING}，不归您处理请回复{NOT_MINE}；"
        "也可以联系本网点客服。"
    )


def _rules(lines: Sequence[Line]) -> str:
    counts = Counter(line.rule for line in lines).most_common()
    named = "、".join(
        f"{rule} {count} 票" if len(counts) > 1 else rule for rule, count in counts[:NAMED_RULES]
    )
    return named if len(counts) <= NAMED_RULES else f"{named}等"
