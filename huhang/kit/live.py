"""Live pages: what changed is announced in the transaction, carried as ids only, and fetched by the page itself.

An announcement is an outbox row and a NOTIFY. The push server (`kit.push`) fans it out by topic and replays
the outbox for a browser that was away. A topic is `kind@path` (everything below an org path) or `kind#ref`
(one thing). Because only a kind and a reference travel, the page's own door decides what may be seen.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import connection

from huhang.kit import hot
from huhang.kit.sql import statement

SALT = "huhang.live"
CHANNEL = "huhang_live"
VALID_FOR = timedelta(hours=16)
KEEP = timedelta(hours=24)

# What changed: kind, path, ref.
Change = tuple[str, str, str]


def announce(kind: str, *, path: str = "", ref: str | int = "") -> None:
    """Say that something of this kind changed under an org path; seen by pages once the transaction commits."""
    announce_each([(kind, path, str(ref))])


def announce_each(changes: Sequence[Change]) -> None:
    """Announce several changes in one statement that is planned once."""
    hot.rows(announcing("done AS (SELECT)"), places(changes))


def announcing(parts: str) -> str:
    """A statement of ours that also announces what it did: named parts of it (`name AS (…)`), the last one `done`.

    Where `done` has a row, all of `places(changes)` are announced, and it comes back once with each one's number.
    """
    return " ".join(("WITH", parts, statement("announce")))


def places(changes: Sequence[Change]) -> dict[str, Any]:
    """The values for the places of an announcing statement."""
    kinds, paths, refs = zip(*changes, strict=True)
    return {"kinds": list(kinds), "paths": list(paths), "refs": list(refs), "channel": CHANNEL}


def announce_many(kind: str, places: Iterable[tuple[str, str]]) -> None:
    """Announce many things of a kind, (path, ref) each, in one statement."""
    rows = sorted(set(places))
    if not rows:
        return
    announce_each([(kind, path, ref) for path, ref in rows])


def topics_of(kind: str, path: str, ref: str) -> list[str]:
    """Every topic that an announcement reaches: each org level above it, and the thing itself."""
    parts = [p for p in path.split("/") if p]
    paths = ["/" + "".join(f"{p}/" for p in parts[:n]) for n in range(len(parts) + 1)] if path else []
    return [f"{kind}@{p}" for p in paths] + ([f"{kind}#{ref}"] if ref else [])


def sign(topics: Iterable[str]) -> str:
    """A token that lets its bearer hear these topics, and nothing else, until it expires."""
    return signing.dumps(sorted(set(topics)), salt=SALT, compress=True)


def unsign(token: str) -> list[str]:
    """The topics of a token; raises `signing.BadSignature` when forged or expired."""
    topics: list[str] = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    return topics


def signed_at(token: str) -> int:
    """When a genuine token was made, in whole seconds: its page was painted then."""
    return signing.b62_decode(token.rsplit(":", 2)[1])


def parse(payload: str) -> tuple[int, str, str, str]:
    """An announcement as it travels: (outbox id, kind, path, ref)."""
    number, kind, path, ref = json.loads(payload)
    return int(number), kind, path, ref


def purge() -> int:
    """Forget announcements that no sleeping page will ask for again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kit_outbox WHERE at < now() - make_interval(secs => %s)", [KEEP.total_seconds()]
        )
        return int(cursor.rowcount)


def latest() -> int:
    """The newest announcement: a page painted now listens from here, so that nothing falls between the two."""
    found = hot.row("SELECT coalesce(max(id), 0) FROM kit_outbox", {})
    return int(found[0]) if found else 0
