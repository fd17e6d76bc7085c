"""Addresses in what people write. The browser finds the same (`static/js/links.js`).

Only http and https, only what stands there letter by letter: no other script in the host, no name before an @ that
looks like one. Chinese words and marks end an address, as people write without gaps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ADDRESS = re.compile(
    r"\b(https?://)([a-z0-9][a-z0-9.-]*(?::\d{1,5})?)(?![a-z0-9]|[\w.:%+!$&-]*@)"
    r"([/?#][\w\-.~:/?#\[\]@!$&()*+,;=%]*)?",
    re.ASCII | re.IGNORECASE,
)
_ENDS_A_SENTENCE = ".,;:!?*"
_OPENED_BY = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Address:
    scheme: str
    host: str
    rest: str

    def __str__(self) -> str:
        return self.scheme + self.host + self.rest


def parts(text: str) -> Iterator[str | Address]:
    """What was written, in its order: words as they are, addresses by themselves."""
    at = 0
    for found in _ADDRESS.finditer(text):
        scheme, host, rest = found.group(1), found.group(2), found.group(3) or ""
        address = Address(scheme, host, _trimmed(rest)) if rest else Address(scheme, _trimmed(host), "")
        yield text[at : found.start()]
        yield address
        at = found.start() + len(str(address))
    yield text[at:]


def _trimmed(end: str) -> str:
    """Without the marks that belong to the sentence; a bracket stays where it was opened."""
    while end and (end[-1] in _ENDS_A_SENTENCE or _is_alone(end)):
        end = end[:-1]
    return end


def _is_alone(end: str) -> bool:
    opening = _OPENED_BY.get(end[-1])
    return opening is not None and end.count(end[-1]) > end.count(opening)
