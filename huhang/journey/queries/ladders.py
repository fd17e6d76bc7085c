"""The ladders as the rules take them."""

from dataclasses import dataclass

from huhang.journey.models import ReminderPolicy, WatchRule
from huhang.journey.rules.reminders import Policy, chosen
from huhang.journey.rules.watch import Addressed


@dataclass(frozen=True, slots=True)
class Ladder:
    """A policy and the id of its row."""

    pk: int
    policy: Policy


@dataclass(frozen=True, slots=True)
class Ladders:
    """All that are switched on, read once for many hits."""

    by_key: tuple[tuple[str, str, Ladder], ...]

    def of(self, *, rule: str, addressed: str) -> Ladder | None:
        """The ladder for a rule; None when it has no rungs."""
        ladder = chosen(self.by_key, rule=rule, addressed=addressed)
        return ladder if ladder and ladder.policy.steps else None

    def by_pk(self, pk: int | None) -> Ladder | None:
        return next((ladder for _, _, ladder in self.by_key if ladder.pk == pk), None)


def read() -> Ladders:
    """Two queries. A policy that is switched off counts as a ladder without rungs: nothing else takes its place."""
    rows = ReminderPolicy.objects.select_related("rule").prefetch_related("steps")
    return Ladders(
        tuple(
            (
                row.rule.slug if row.rule else "",
                row.addressed,
                Ladder(row.pk, row.as_policy() if row.is_enabled else Policy(steps=())),
            )
            for row in rows
        )
    )


def rows() -> list[ReminderPolicy]:
    """In the order in which a parcel meets them: of kinds of people, of everything else, of single rules."""
    order = [*Addressed, ""]
    found = ReminderPolicy.objects.select_related("rule").prefetch_related("steps")
    return sorted(
        found,
        key=lambda row: (row.rule is not None, row.rule.number if row.rule else order.index(row.addressed)),
    )


def rules() -> list[WatchRule]:
    """Rules without a ladder of their own."""
    return list(WatchRule.objects.filter(reminder_policy__isnull=True).order_by("number"))
