"""Names of letters and of what they belong to, so that an answer, a bounce and a second attempt find their way.

A Message-ID of ours is `<letter.thread.huhang@domain>`: the letter's part follows from its key and a secret, so that
nobody can report another's letter as failed; the thread's part follows from the first mail of the talk.
"""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

from huhang.channels.rules.incoming import name_of

OURS = re.compile(r"<([0-9a-f]{32})\.([0-9a-f]{16})\.huhang@[^<>\s]{1,255}>")
TOKEN = re.compile(r"[0-9a-f]{16}")
A_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
# Among a talk's Message-IDs, the mark of its thread stands with this before it.
MARK = "t:"
# A column holds no more of a name.
LONGEST = 200


def letter_name(key: str, secret: str) -> str:
    """Our letter's own part: the same at every attempt, and not to be guessed."""
    return hmac.new(secret.encode(), key.encode(errors="surrogatepass"), sha256).hexdigest()[:32]


def thread_token(thread: Iterable[str], otherwise: str) -> str:
    """The thread's part: as the talk knows it already, or made of its first mail."""
    known = list(thread)
    marked = [entry.removeprefix(MARK) for entry in known if entry.startswith(MARK)]
    if marked and TOKEN.fullmatch(marked[0]):
        return marked[0]
    return token_of(next(iter(message_ids(known)), otherwise))


def token_of(message_id: str) -> str:
    """The mark of the talk that began with this mail."""
    return name_of("thread", message_id)[:16]


def message_ids(words: Iterable[str]) -> list[str]:
    """The Message-IDs in headers or in a talk's thread, each once, in their order."""
    return list(dict.fromkeys(found for word in words for found in A_MESSAGE_ID.findall(word)))


def short(message_id: str) -> str:
    """A Message-ID as a column holds it: one that is too long goes by a name made of it."""
    return message_id if len(message_id) <= LONGEST else f"<{name_of(message_id)}@long>"


def thread_of(own: str, named: Iterable[str], plus: Iterable[str]) -> tuple[str, ...]:
    """By what a mail's talk is found: marks of ours that it carries, what it answers, and at last its own name."""
    before = message_ids(named)
    ours = [match[2] for word in before if (match := OURS.fullmatch(word))]
    begun = next((word for word in before if not OURS.fullmatch(word)), own)
    marks = [f"{MARK}{token}" for token in (*plus, *ours, token_of(begun))]
    answered = before[:1] + before[1:][-18:]
    return tuple(dict.fromkeys([*marks[:4], *map(short, answered), short(own)]))


def plus_address(address: str, token: str) -> str:
    """The address at which answers to a talk arrive."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def plus_tokens(addresses: Iterable[str], ours: str) -> list[str]:
    """The marks in the addresses that a mail was sent to."""
    local, _, domain = ours.lower().rpartition("@")
    found = re.compile(re.escape(local) + r"\+([0-9a-f]{16})@" + re.escape(domain))
    return [match[1] for address in addresses if (match := found.fullmatch(address.lower()))]
