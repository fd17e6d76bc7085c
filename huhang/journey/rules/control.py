"""The control group: a share of the hits is watched and nobody is told, so that prevention can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

SPACE = 2**64
# Before anybody has set one.
USUAL_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of each rule (0 to 1): its own, else the usual one."""

    usual: float = USUAL_SHARE
    own: Mapping[str, float] = field(default_factory=dict)

    def of(self, rule: str) -> float:
        return self.own.get(rule, self.usual)


def is_control(waybill: str, rule: str, share: float) -> bool:
    """Is this parcel left alone for this rule? The same answer for ever, and for a smaller share a smaller group.

    Each rule draws its own lot: what one rule leaves alone, another may ask about.
    """
    drawn = int.from_bytes(sha256(f"{rule}\n{waybill}".encode()).digest()[:8])
    return drawn < share * SPACE
