"""How long something took, of many parcels: counts in bins that grow with the length, so that days can be added up.

Eight bins to a doubling: a quantile is right to a few parts in a hundred, whether it is of minutes or of weeks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2

BINS = 120
_PER_DOUBLING = 8
_FINEST = 15.0  # minutes: below this, differences do not matter to anybody
EDGES = tuple(_FINEST * (2 ** (place / _PER_DOUBLING) - 1) for place in range(BINS + 1))


def bin_of(minutes: float) -> int:
    """Return the bin of a length; what is longer than the last edge (some weeks) counts in the last bin."""
    return min(BINS - 1, int(_PER_DOUBLING * log2(1 + max(0.0, minutes) / _FINEST)))


@dataclass(frozen=True, slots=True)
class Spread:
    """Weights of lengths by bin; `n` is their sum, which need not be whole."""

    weights: tuple[float, ...]

    @classmethod
    def of(cls, counts: Mapping[int, float]) -> "Spread":
        """Make one of the counts that are not zero."""
        return cls(tuple(float(counts.get(place, 0)) for place in range(BINS)))

    @classmethod
    def sum(cls, spreads: Iterable[tuple[Mapping[int, float], float]]) -> "Spread":
        """Add counts up, each with its weight."""
        total = [0.0] * BINS
        for counts, weight in spreads:
            for place, count in counts.items():
                total[place] += weight * count
        return cls(tuple(total))

    @property
    def n(self) -> float:
        return sum(self.weights)

    def over(self, prior: "Spread | None", strength: float) -> "Spread":
        """Return the shares of this one, held to a prior as if it had been seen `strength` times."""
        own = self.n
        if prior is None or not prior.n:
            return self._scaled(1 / own) if own else self
        from_prior = strength / (own + strength) / prior.n
        mixed = (
            w / (own + strength) + from_prior * p for w, p in zip(self.weights, prior.weights, strict=True)
        )
        return Spread(tuple(mixed))

    def share_within(self, minutes: float) -> float:
        """Return the share that took no longer."""
        total = self.n
        if not total:
            return 0.0
        place = bin_of(minutes)
        inside = (minutes - EDGES[place]) / (EDGES[place + 1] - EDGES[place])
        part = self.weights[place] * min(1.0, max(0.0, inside))
        return min(1.0, (sum(self.weights[:place]) + part) / total)

    def quantile(self, share: float) -> float | None:
        """Return the length within which this share was done; None of nothing."""
        wanted, before = min(1.0, max(0.0, share)) * self.n, 0.0
        if not self.n:
            return None
        last = 0
        for place, weight in enumerate(self.weights):
            if weight and before + weight >= wanted:
                return EDGES[place] + (wanted - before) / weight * (EDGES[place + 1] - EDGES[place])
            last = place if weight else last
            before += weight
        return EDGES[last + 1]

    def _scaled(self, factor: float) -> "Spread":
        return Spread(tuple(weight * factor for weight in self.weights))
