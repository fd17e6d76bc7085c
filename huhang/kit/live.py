"""Live pages: what changed is announced in the transaction, carried as ids only, and fetched by the page itself.

An announcement is an outbox row and a NOTIFY. The push server (`kit.push`) fans it out by topic and replays
the outbox for a browser that was away. A topic is `kind@path` (everything below an org path) or `kind#ref`
(one thing). Because only a kind and a reference travel, the page's own door decides what may be seen.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.core import signing
from django.db import connection

from huhang.kit import hot

SALT = "huhang.live"
CHANNEL = "huhang_live"
VALID_FOR = timedelta(hours=16)
KEEP = timedelta(hours=24)


def announce(kind: str, *, path: str = "", ref: str | int = "") -> None:
    """Say that something of this kind changed under an org path; seen by pages once the transaction commits."""
    announce_each([(kind, path, str(ref))])


def announce_each(changes: Sequence[tuple[str, str, str]]) -> list[int]:
    """Announce several changes, (kind, path, ref) each, in one statement that is planned once; their numbers."""
    kinds, paths, refs = zip(*changes, strict=True)
    announced = hot.rows(
        "WITH o AS (INSERT INTO kit_outbox (kind, path, ref, at)"
        " SELECT kind, path, ref, clock_timestamp()"
        " FROM unnest(%(kinds)s::text[], %(paths)s::text[], %(refs)s::text[]) AS new (kind, path, ref)"
        " RETURNING id, kind, path, ref)"
        " SELECT id, pg_notify(%(channel)s, json_build_array(id, kind, path, ref)::text) FROM o",
        {"kinds": list(kinds), "paths": list(paths), "refs": list(refs), "channel": CHANNEL},
    )
    return [number for number, _ in announced]


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
