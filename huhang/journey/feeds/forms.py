"""A pushed form as bytes: signatures are made over the sender's bytes, whatever encoding they turn out to be in."""

from urllib.parse import unquote_to_bytes

MOST_FIELDS = 50


class UnreadablePush(ValueError):
    """A message that cannot be taken as it is: `why` is a word of `rules.feeds.Why`, `detail` what stood there."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}")
        self.why, self.detail = why, detail


def fields(body: bytes) -> dict[str, bytes]:
    """Return the fields of an `application/x-www-form-urlencoded` body; the first of the same name counts."""
    pairs = body.strip().split(b"&", MOST_FIELDS)
    if len(pairs) > MOST_FIELDS:
        raise UnreadablePush("broken_form", f"> {MOST_FIELDS}")
    found: dict[str, bytes] = {}
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        found.setdefault(_plain(name).decode("latin-1"), _plain(value))
    return found


def needed(form: dict[str, bytes], name: str) -> bytes:
    if not form.get(name):
        raise UnreadablePush("broken_form", name)
    return form[name]


def unwrapped(value: bytes) -> bytes:
    """Some senders encode a value twice; what begins with a percent sign was."""
    return unquote_to_bytes(value) if value.startswith((b"%7B", b"%7b", b"%5B", b"%5b")) else value


def _plain(written: bytes) -> bytes:
    return unquote_to_bytes(written.replace(b"+", b" "))
