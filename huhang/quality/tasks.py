"""Time in quality: questions that leave, answers that stand, and days after which it is certain."""

from django.utils import timezone

from huhang.kit.ticking import every
from huhang.quality.actions import answering, asking, judging


@every(seconds=1)
def ask_customers() -> None:
    asking.send_due(now=timezone.now())


@every(seconds=2)
def let_answers_stand() -> None:
    answering.settle_due(now=timezone.now())


@every(seconds=60)
def judge_contacts() -> None:
    judging.judge_due(now=timezone.now())
