"""Time at the desk: clocks that fall due."""

from django.utils import timezone

from huhang.desk.actions import clocks
from huhang.kit.ticking import every


@every(seconds=0.5)
def fire_due_clocks() -> None:
    clocks.fire_due(now=timezone.now())
