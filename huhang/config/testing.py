"""The pytest plugin that gives tests a data folder of their own; loaded before Django's settings are.

`var/test` holds their PostgreSQL and scan log, so that a running `huhang up` and a test never meet;
a second run of pytest at the same time takes `var/test2`, and so on.
"""

import fcntl
import os
from itertools import count
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

from huhang.config import embedded

_session: list[IO[bytes]] = []


def _free_folder(var: Path) -> Path:
    """The first folder that no other run uses; ours until this process ends."""
    for number in count(1):
        folder = var / ("test" if number == 1 else f"test{number}")
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "session.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _session.append(lock)
        return folder
    raise AssertionError("count() does not end")


def _hurry(entry: dict[str, Any]) -> None:
    """What a test wrote must outlive a kill, as it does anyway, but not a power cut: nothing waits for the disk."""
    place = {"host": entry["HOST"], "port": entry["PORT"], "user": entry["USER"]}
    with psycopg.connect(dbname=entry["NAME"], autocommit=True, **place) as db:
        db.execute("ALTER SYSTEM SET fsync = off")
        db.execute("ALTER SYSTEM SET full_page_writes = off")
        db.execute("SELECT pg_reload_conf()")


# What is answered is read at once, unless a test is about the seconds between.
os.environ.setdefault("HUHANG_ANSWER_DELAY", "0")

if "PYTEST_XDIST_WORKER" not in os.environ:  # its workers inherit what we set
    os.environ["HUHANG_VAR"] = str(_free_folder(embedded.var_dir()))
    # Held here for all workers, until the run ends.
    if not os.environ.get("DATABASE_URL"):
        _hurry(embedded.ensure_running(embedded.var_dir()))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of a group, as those marked `alone`, run one after another in one worker.

    What stands behind the `@` is the group. xdist 3.8 writes it into `_nodeid`, which pytest 9.2 does not read any
    more: its own groups would be lost.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        named = item.get_closest_marker("xdist_group")
        group = "alone" if item.get_closest_marker("alone") else named and named.args[0]
        if group:
            item._id = type(item._id).parse(f"{item.nodeid}@{group}")
