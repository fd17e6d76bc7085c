"""The order of a plan's steps, and what it asks when a case opens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Move(StrEnum):
    """What may be done to the place of a step."""

    UP = "up"
    DOWN = "down"
    BESIDE = "beside"
    APART = "apart"


Stages = list[list[int]]


def moved(stages: Sequence[Sequence[int]], step: int, move: Move) -> Stages:
    """The stages after one step moved; each stage holds the steps that go side by side."""
    plan = [list(stage) for stage in stages]
    at = next(number for number, stage in enumerate(plan) if step in stage)
    if move is Move.BESIDE and at > 0:
        plan[at].remove(step)
        plan[at - 1].append(step)
    elif len(plan[at]) > 1 and move is not Move.BESIDE:
        plan[at].remove(step)
        plan.insert(at if move is Move.UP else at + 1, [step])
    elif move in (Move.UP, Move.DOWN):
        to = min(max(at + (1 if move is Move.DOWN else -1), 0), len(plan) - 1)
        plan[at], plan[to] = plan[to], plan[at]
    return [stage for stage in plan if stage]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a plan; with choices the answer is one of them."""

    key: str
    label: str
    label_en: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            stored["key"], stored["label"], stored.get("label_en", ""), bool(stored.get("required")),
            tuple(stored.get("choices", ())),
        )  # fmt: skip

    def stored(self) -> dict[str, Any]:
        row: dict[str, Any] = {"key": self.key, "label": self.label, "label_en": self.label_en}
        return row | {"required": self.required, "choices": list(self.choices)}


LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """The answers that a plan takes, and what is wrong with the others: (key, reason)."""

    answers: dict[str, str]
    missing: list[Ask]
    wrong: list[Ask]
    unknown: list[str]


def check(asks: Iterable[Ask], given: Mapping[str, str]) -> Checked:
    """Sort what was answered; an empty answer counts as none."""
    known = {ask.key: ask for ask in asks}
    said = {key: text.strip()[:LONGEST_ANSWER] for key, text in given.items() if text.strip()}
    return Checked(
        answers={key: text for key, text in said.items() if key in known},
        missing=[ask for ask in known.values() if ask.required and ask.key not in said],
        wrong=[known[k] for k, text in said.items() if k in known and not _fits(known[k], text)],
        unknown=[key for key in said if key not in known],
    )


def _fits(ask: Ask, text: str) -> bool:
    return not ask.choices or text in ask.choices
