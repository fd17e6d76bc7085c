"""Events of a case's story in the language of whoever reads them."""

from collections.abc import Mapping

from huhang.desk.models import Entry
from huhang.kit.languages import shown


def told(event: Entry, names: Mapping[str, str]) -> str:
    """The event as its reader should see it; `names` are units' own names and those in the reader's language."""
    sentence = shown(event.text)
    if not event.words:
        return sentence
    return sentence % {place: names.get(word) or shown(word) for place, word in event.words.items()}
