"""What a carrier wrote about a parcel, put into the one vocabulary.

A pack (`packs/codes/zh.yaml`, `intl.yaml`) says everything about the words; this file only knows how to
read a pack: soften the text (place names and wishes lose their verbs), then the first rule that matches decides.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huhang.journey.rules.codes import Code, Reason

# Reasons are looked for only where a parcel is in trouble: "放假" in a thank-you line means nothing.
TROUBLED = frozenset(
    {
        Code.PICKUP_FAILED, Code.HELD, Code.PROBLEM, Code.DELIVERY_FAILED, Code.FORWARDED,
        Code.RETURNING, Code.CUSTOMS_HELD, Code.CANCELLED,
    }
)  # fmt: skip
LONGEST = 1000  # characters of a line that are read; a sign-off stands at its beginning
PLACE, AGENT_PLACE, KEEPER = "▲", "▣", "◈"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code, why, and how sure: `rule` names the pack's rule that spoke ('' when none did)."""

    code: Code
    reason: Reason = Reason.NONE
    rule: str = ""


UNKNOWN = Meaning(Code.OTHER)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a pack: every pattern of `needs` is found, none of `without`."""

    name: str
    code: Code
    needs: tuple[re.Pattern[str], ...]
    without: re.Pattern[str] | None

    def speaks(self, text: str) -> bool:
        if self.without is not None and self.without.search(text):
            return False
        return all(pattern.search(text) for pattern in self.needs)


@dataclass(frozen=True, slots=True)
class Pack:
    """A compiled vocabulary of texts; build it once with `compile_pack`."""

    letters: dict[int, str]
    swaps: tuple[tuple[re.Pattern[str], str], ...]
    status_in_brackets: re.Pattern[str] | None
    agent: re.Pattern[str] | None
    keeper: re.Pattern[str] | None
    rules: tuple[Rule, ...]
    last_resort: tuple[Rule, ...]
    reasons: tuple[tuple[Reason, re.Pattern[str]], ...]

    def normal(self, text: str) -> str:
        """Return the text with one width, one script and single spaces."""
        return " ".join(text[:LONGEST].translate(self.letters).split())

    def soften(self, text: str) -> str:
        """Return what is left when names, wishes, advertising and instructions have lost their verbs."""
        text = self._without_names(self.normal(text))
        for pattern, plain in self.swaps:
            text = pattern.sub(plain, text)
        return text

    def meaning(self, text: str) -> Meaning:
        """Return the code and reason of one line of a trace; OTHER when no rule speaks."""
        soft = self.soften(text)
        rule = _first(self.rules, soft) or _first(self.last_resort, self.normal(text))
        if rule is None:
            return UNKNOWN
        why = self.reason(text) if rule.code in TROUBLED else Reason.NONE
        return Meaning(rule.code, why, rule.name)

    def reason(self, text: str) -> Reason:
        """Return why the parcel is in trouble, as far as the text says so."""
        plain = self.normal(text)
        return next((reason for reason, pattern in self.reasons if pattern.search(plain)), Reason.NONE)

    def _without_names(self, text: str) -> str:
        if self.status_in_brackets is None:
            return text
        # Brackets nest ("【菜鸟的…【自提柜】】"): the innermost goes first until none is left.
        while True:
            flat = _BRACKETS.sub(self._bracket, text)
            if flat == text:
                return text
            text = flat

    def _bracket(self, match: re.Match[str]) -> str:
        inner = match.group(1).strip()
        assert self.status_in_brackets is not None
        if self.status_in_brackets.fullmatch(inner):
            return inner
        if self.agent is not None and self.agent.search(inner):
            return AGENT_PLACE
        return KEEPER if self.keeper is not None and self.keeper.search(inner) else PLACE


_BRACKETS = re.compile(r"[【\[「<]([^【\[「<】\]」>]*)[】\]」>]")


_SLOT = re.compile(r"\{([a-z_]+)\}")


def _first(rules: Sequence[Rule], text: str) -> Rule | None:
    return next((rule for rule in rules if rule.speaks(text)), None)


def compile_pack(raw: Mapping[str, Any]) -> Pack:
    """Compile a pack as read from YAML; a broken pattern raises with the name of its rule."""
    words: dict[str, str] = {}
    for name, pattern in raw.get("words", {}).items():
        words[name] = _fill(pattern, words)
    flags = re.IGNORECASE if raw.get("ignore_case") else 0
    bracketed = raw.get("status_in_brackets")
    return Pack(
        letters=_letters(raw.get("letters", {})),
        swaps=tuple((_pattern(s["from"], words, flags), s["to"]) for s in raw.get("swaps", ())),
        status_in_brackets=_pattern(bracketed, words, flags) if bracketed else None,
        agent=re.compile(words["agent"]) if "agent" in words else None,
        keeper=re.compile(words["keeper"]) if "keeper" in words else None,
        rules=_rules(raw.get("rules", ()), words, flags),
        last_resort=_rules(raw.get("last_resort", ()), words, flags),
        reasons=_reasons(raw.get("reasons", {}), words, flags),
    )


def _letters(raw: Mapping[str, str]) -> dict[int, str]:
    """One character for another, written in the pack as two equally long strings."""
    if not raw:
        return {}
    return {ord(one): other for one, other in zip(raw["from"], raw["to"], strict=True)}


def _rules(raw: Iterable[Mapping[str, Any]], words: Mapping[str, str], flags: int) -> tuple[Rule, ...]:
    made = []
    for entry in raw:
        needs = entry["when"] if isinstance(entry["when"], list) else [entry["when"]]
        made.append(
            Rule(
                name=entry.get("name", str(entry["code"]).lower()),
                code=Code[entry["code"]],
                needs=tuple(_pattern(p, words, flags) for p in needs),
                without=_pattern(entry["unless"], words, flags) if "unless" in entry else None,
            )
        )
    return tuple(made)


def _reasons(
    raw: Mapping[str, str], words: Mapping[str, str], flags: int
) -> tuple[tuple[Reason, re.Pattern[str]], ...]:
    return tuple((Reason[name], _pattern(pattern, words, flags)) for name, pattern in raw.items())


def _pattern(pattern: str, words: Mapping[str, str], flags: int) -> re.Pattern[str]:
    try:
        return re.compile(_fill(pattern, words), flags)
    except re.error as broken:
        raise ValueError(f"pattern {pattern!r}: {broken}") from broken


def _fill(pattern: str, words: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda found: f"(?:{words[found.group(1)]})", pattern)
