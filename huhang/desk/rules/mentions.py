"""Names in a note: `@林晓`."""

from collections.abc import Iterable
from dataclasses import dataclass

AT = "@＠"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who may be named, by the name on the screen or by the one they sign in with."""

    pk: int
    name: str
    username: str


def mentioned(text: str, people: Iterable[Named]) -> set[int]:
    """Who is named in the text; of two names that fit at a place the longer one, of two people of one name both."""
    known = list(people)
    found: set[int] = set()
    for at, sign in enumerate(text):
        if sign in AT:
            found |= _named(text[at + 1 :].casefold(), known)
    return found


def _named(text: str, people: Iterable[Named]) -> set[int]:
    fitting = [
        (len(name), person.pk)
        for person in people
        for name in {person.name, person.username}
        if name and text.startswith(name.casefold())
    ]
    longest = max((length for length, _ in fitting), default=0)
    return {pk for length, pk in fitting if length == longest}
