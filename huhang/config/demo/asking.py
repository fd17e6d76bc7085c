"""What a case is known to be about besides its words: how it came in, what it is worth, and what its plan asked.

Drawn by dice of its own for each case, so that the parcels and people of a seed stay who they are.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from huhang.config.demo.parcels import Parcel, Trouble
from huhang.desk.rules.kinds import Kind, Priority

# Forwarded by the regulator, with a limit of its own.
REGULATOR = "regulator"
BY_REGULATOR = 0.08
DEAR = 2000  # yuan
QUESTIONS = {"时间": "何时送到", "电话": "其他", "驿站": "能否自提", "门牌": "能否改址", "改约": "何时送到"}
HASTE = ("药品或急用", "证件", "礼物或活动", "生鲜", "已多次改约", "其他")
WANTED_BY = ("今天下班前", "今晚八点前", "明天上午", "尽快", "周末前")
ABOUT = {
    Trouble.DAMAGED: "破损", Trouble.LOST: "丢失", Trouble.NO_CONSENT: "未经同意放柜或代签",
    Trouble.EARLY_SIGN: "未经同意放柜或代签",
}  # fmt: skip
WANTS = ("道歉并重新派送", "说明原因", "赔偿", "送货上门", "尽快送到")
PHOTOS = ("已提供", "已提供", "可以提供", "无法提供")


@dataclass(frozen=True, slots=True)
class Known:
    """Beyond title and text."""

    priority: Priority = Priority.NORMAL
    value: Decimal | None = None
    answers: dict[str, str] = field(default_factory=dict)


def entrance(parcel: Parcel, kind: Kind, usual: str) -> str:
    """By which door the customer came."""
    is_forwarded = Random(f"{parcel.no}:entrance").random() < BY_REGULATOR
    return REGULATOR if kind == Kind.COMPLAINT and is_forwarded else usual


def known(parcel: Parcel, kind: Kind, title: str, entrance: str) -> Known:
    """What the plan's questions brought, and how much the case weighs for it."""
    dice = Random(f"{parcel.no}:{kind}:asked")
    if kind == Kind.INQUIRY:
        asked = next((choice for word, choice in QUESTIONS.items() if word in title), "到哪了")
        return Known(answers={"question": asked})
    if kind == Kind.URGE:
        return _urge(dice)
    if kind == Kind.COMPLAINT:
        return _complaint(dice, parcel, entrance)
    if kind == Kind.CLAIM:
        return _claim(dice, parcel)
    return Known()


def _urge(dice: Random) -> Known:
    haste = dice.choice(HASTE)
    priority = Priority.HIGH if haste in HASTE[:2] else Priority.NORMAL
    return Known(priority, answers={"wanted_by": dice.choice(WANTED_BY), "reason": haste})


def _complaint(dice: Random, parcel: Parcel, entrance: str) -> Known:
    about = ABOUT.get(parcel.trouble) or dice.choice(("服务态度", "延误", "延误", "收费"))
    answers = {
        "about": about,
        "wanted": dice.choice(WANTS),
        "evidence": dice.choice(("已提供", "可以提供", "没有")),
    }
    return Known(Priority.URGENT if entrance == REGULATOR else Priority.NORMAL, answers=answers)


def _claim(dice: Random, parcel: Parcel) -> Known:
    value = parcel.insured or dice.choice((89, 168, 299, 420, 680, 1280, 2680, 4999))
    answers = {
        "damaged": f"{parcel.goods}（{'整票遗失' if parcel.trouble == Trouble.LOST else '外箱和内件破损'}）",
        "value": str(value), "photos": dice.choice(PHOTOS), "insured": "已保价" if parcel.insured else "未保价",
    }  # fmt: skip
    return Known(Priority.HIGH if value >= DEAR else Priority.NORMAL, Decimal(value), answers)
