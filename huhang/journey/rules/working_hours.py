"""In which hours of the day a node works, learnt from what it did."""

from collections.abc import Mapping

FEWEST = 200  # sign-offs, below which nothing is learnt
RARE = 0.005  # an hour with a smaller share of them is not usual


def usual(counts: Mapping[int, int]) -> int:
    """Return a bit for each usual hour; 0 when too little is known. The hours beside a usual one pass too."""
    total = sum(counts.values())
    if total < FEWEST:
        return 0
    busy = [hour for hour, count in counts.items() if count >= RARE * total and count > 1]
    hours = 0
    for hour in busy:
        for near in (hour - 1, hour, hour + 1):
            hours |= 1 << near % 24
    return hours
