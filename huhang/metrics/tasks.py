"""What the yardstick does by itself: what was counted becomes sums, every other second."""

from huhang.kit.ticking import every
from huhang.metrics.actions import tally


@every(seconds=2)
def settle() -> None:
    tally.settle()
