"""What partners call something of ours: whole words, or beginnings that end in `*`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Words:
    """Names of one kind. A whole word beats a beginning, a longer beginning a shorter one."""

    whole: Mapping[str, str]
    beginnings: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Build from (theirs, ours)."""
        listed = list(pairs)
        whole = {theirs: ours for theirs, ours in listed if not theirs.endswith("*")}
        parts = [(theirs[:-1], ours) for theirs, ours in listed if theirs.endswith("*")]
        return cls(whole, tuple(sorted(parts, key=lambda part: -len(part[0]))))

    def find(self, theirs: str) -> str | None:
        """Return our name; a `*` in ours is what the beginning left over, without its dots."""
        if theirs in self.whole:
            return self.whole[theirs]
        for beginning, ours in self.beginnings:
            if theirs.startswith(beginning):
                return ours.replace("*", theirs[len(beginning) :].replace(".", ""))
        return None
