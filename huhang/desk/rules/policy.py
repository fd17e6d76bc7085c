"""Which of several policies holds for a case: the one that names most of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from huhang.desk.rules.kinds import Obligation

# Of two policies that name equally much, the one that names the earlier of these wins.
NAMED = ("entrance", "customer_class", "product", "priority", "kind")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a policy may name of a case; blank is not known."""

    kind: str
    product: str = ""
    customer_class: str = ""
    priority: str = ""
    entrance: str = ""


class Policy(Protocol):
    """Blank means any."""

    obligation: str
    kind: str
    product: str
    customer_class: str
    priority: str
    entrance: str


P = TypeVar("P", bound=Policy)


def holding(policies: Iterable[P], facts: Facts) -> dict[Obligation, P]:
    """The policy of each obligation that has one."""
    found: dict[Obligation, P] = {}
    for policy in policies:
        obligation = Obligation(policy.obligation)
        if fits(policy, facts) and (obligation not in found or _weight(policy) > _weight(found[obligation])):
            found[obligation] = policy
    return found


def fits(policy: Policy, facts: Facts) -> bool:
    return all(getattr(policy, name) in ("", getattr(facts, name)) for name in NAMED)


def _weight(policy: Policy) -> tuple[int, ...]:
    named = [bool(getattr(policy, name)) for name in NAMED]
    return sum(named), *named
