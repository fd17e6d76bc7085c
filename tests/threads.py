"""Threads that a test began and did not end: they would work on during others, on their tables and in their logs."""

import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from asgiref.sync import SyncToAsync
from django.core.servers.basehttp import ThreadedWSGIServer

# Of fixtures that outlive a module: the server of the pages, the browser, Spark.
_staying: WeakSet[threading.Thread] = WeakSet()
# So long may one that was told to end still need.
ENDS_WITHIN = 10.0


def left_behind(before: set[threading.Thread]) -> list[str]:
    """What began since then and does not end, each with the place where it is."""
    until = time.monotonic() + ENDS_WITHIN
    began = [thread for thread in threading.enumerate() if thread not in before and not _stays(thread)]
    for thread in began:
        thread.join(max(0.0, until - time.monotonic()))
    return [f"{thread.name}\n{_place(thread)}" for thread in began if thread.is_alive()]


@contextmanager
def may_stay() -> Iterator[None]:
    """What begins in here belongs to more than one module."""
    before = set(threading.enumerate())
    yield
    _staying.update(set(threading.enumerate()) - before)


def _stays(thread: threading.Thread) -> bool:
    """Django runs what is not async in one thread of its own, begun when it is first needed.

    The browser's loop has a pool of its own, whose threads end with it.

    A browser keeps its lines to a server that has ended, each with its thread, until it closes itself; Spark's session
    keeps its lines to its Java machine, and all modules share it.
    """
    serves = getattr(getattr(thread, "_target", None), "__self__", None)
    if thread in _staying or thread.name.startswith("asyncio_"):
        return True
    kept = thread in SyncToAsync.single_thread_executor._threads
    return kept or isinstance(serves, ThreadedWSGIServer) or type(serves).__module__.startswith("py4j.")


def _place(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return "".join(traceback.format_stack(frame)) if frame else ""
