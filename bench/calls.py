"""A call centre's half month through the event socket: how fast it is heard and kept, and whether the figures agree.

Beside it stands the same stream of bytes read from the same switch by a bare socket that keeps nothing.
"""

import os
import socket
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from bench import ground
from bench.report import Report

FOLDER = Path(os.environ.get("HUHANG_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FILE = FOLDER / "anonymous_bank_calls" / "calls_aug_01_15.csv.gz"


def main() -> None:
    if not FILE.exists():
        print(f"calls: {FILE} is not on this machine")
        return
    with tempfile.TemporaryDirectory() as var:
        _prepare(Path(var))
        _measure(Report("calls"))
        ground.leave()


def _prepare(var: Path) -> None:
    ground.lay(var)
    from tests.cast import assemble

    assemble()


def _measure(report: Report) -> None:
    from huhang.channels.actions import call_replays
    from huhang.channels.replays import bank

    bare = "event frames read by a bare socket"
    report.add(bare, _bare(), "events/s")
    began = time.perf_counter()
    done = call_replays.replay(bank.read(FILE), now=lambda: datetime.now(UTC), chance=Random(1999))
    took = time.perf_counter() - began
    report.add("heard, kept and made calls of", done.said / took, "events/s", beside=bare)
    wanted = bank.counted(FILE)
    for name in ("connection_rate", "abandonment"):
        report.add(f"{name}: file", getattr(wanted, name), "")
        report.add(f"{name}: Huhang", getattr(done.figures, name), "", beside=f"{name}: file")
    from huhang.channels.rules.call_figures import Formula

    for formula in Formula:
        report.add(f"service level {formula.name}: file", wanted.service_level(formula) or 0, "")
        ours = done.figures.service_level(formula) or 0
        report.add(
            f"service level {formula.name}: Huhang", ours, "", beside=f"service level {formula.name}: file"
        )
    same = "the same" if done.figures == wanted else "NOT the same"
    report.remark(
        f"{done.calls} calls, {done.said} events said, {done.kept} of them news; figures {same} as the file's."
    )
    report.finish()


def _bare() -> float:
    """Events in a second when nothing is done with them."""
    from huhang.channels.replays import bank
    from huhang.channels.replays.freeswitch import Switch, in_time

    words = list(in_time(bank.read(FILE, days=2)))
    switch = Switch()
    line = socket.create_connection(("127.0.0.1", switch.port))
    line.sendall(
        b"auth ClueCon\n\nevent json CHANNEL_CREATE CHANNEL_HANGUP_COMPLETE CUSTOM callcenter::info\n\n"
    )
    switch.wait_for(1)

    def talk() -> None:
        for told in words:
            switch.tell(told)
        switch.hang_up()

    talking = threading.Thread(target=talk)
    began = time.perf_counter()
    talking.start()
    while line.recv(1 << 18):
        pass
    took = time.perf_counter() - began
    talking.join()
    switch.close()
    return len(words) / took
