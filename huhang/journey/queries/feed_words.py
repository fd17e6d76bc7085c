"""Our names for what partners call something: the pack's, and the rows that people added."""

from dataclasses import dataclass

from huhang.journey.feeds import packs
from huhang.journey.models import FeedWord
from huhang.journey.queries import nodes
from huhang.journey.rules.feed_words import Words
from huhang.journey.rules.feeds import WordKind


@dataclass(frozen=True)
class Dictionary:
    """Everything that is needed to bring a message into our words."""

    carriers: Words
    identifiers: Words
    places: Words
    nodes: dict[str, str]

    def carrier(self, theirs: str) -> str | None:
        """Our name of a carrier; our own names are known too."""
        return self.carriers.find(theirs) or (theirs if theirs in _ours() else None)

    def node(self, theirs: str) -> str:
        """The code of a unit of ours; a foreign place stays as it is called."""
        named = self.places.find(theirs) or theirs
        return self.nodes.get(named, named)


def read() -> Dictionary:
    """Read the words as they are now."""
    rows = list(FeedWord.objects.values_list("kind", "theirs", "ours"))
    pairs = {kind: [(theirs, ours) for k, theirs, ours in rows if k == kind] for kind in WordKind}
    known: dict[str, str] = packs.feeds()["carriers"]
    return Dictionary(
        carriers=Words.of([*known.items(), *pairs[WordKind.CARRIER]]),
        identifiers=Words.of(pairs[WordKind.IDENTIFIER]),
        places=Words.of(pairs[WordKind.PLACE]),
        nodes=nodes.codes_by_name(),
    )


def _ours() -> set[str]:
    return set(packs.feeds()["carriers"].values())
