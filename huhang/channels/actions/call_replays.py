"""Real calls played again: said by a switch over a real socket, heard by the adapter, kept in the tables, counted."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from random import Random
from typing import Any
from uuid import uuid4

from django.db import transaction

from huhang.channels.actions.switches import Listening
from huhang.channels.models import Account, Call
from huhang.channels.queries import calls as queries
from huhang.channels.replays.bank import BankCall
from huhang.channels.replays.freeswitch import Switch, Told, in_time
from huhang.channels.rules.call_figures import Figures
from huhang.kit.errors import DomainError
from huhang.network.models import OrgUnit

PASSWORD = "ClueCon"  # the shipped default; this switch is our own, on a port of its own
MINUTE = 60 * 10**6
# How many of a hundred events are said twice when a replay is disturbed.
TWICE = 20


class NobodyHears(DomainError):
    """回放没有连上模拟的话务系统。"""


class NoUnit(DomainError):
    """还没有组织，无法回放；请先生成演示数据或导入组织。"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay."""

    said: int
    kept: int
    calls: int
    figures: Figures


def disturbed(said: Iterable[Told], chance: Random) -> Iterator[Told]:
    """The same words, shuffled within each minute, some of them twice."""
    for _, minute in groupby(said, key=lambda told: int(told["Event-Date-Timestamp"]) // MINUTE):
        words = list(minute)
        words += [word for word in words if chance.randrange(100) < TWICE]
        chance.shuffle(words)
        yield from words


def replay(
    calls: Iterable[BankCall],
    *,
    now: Callable[[], datetime],
    keep: bool = False,
    chance: Random | None = None,
) -> Replayed:
    """Play these calls and count what arrived. Leaves nothing behind, unless told to keep it."""
    said = in_time(calls)
    words = list(disturbed(said, chance) if chance else said)
    with transaction.atomic():
        with closing(Switch(PASSWORD)) as switch:
            account = _account(switch.port)
            kept = _play(switch, account, words, now)
        rows = Call.objects.filter(account=account)
        done = Replayed(len(words), kept, rows.count(), queries.total(rows).figures)
        transaction.set_rollback(not keep)
    return done


def _account(port: int) -> Account:
    unit = OrgUnit.objects.filter(parent=None).order_by("pk").first()
    if unit is None:
        raise NoUnit
    secrets: Any = {"password": PASSWORD}
    return Account.objects.create(
        key=f"replay-{uuid4().hex[:12]}", name="话务回放", adapter="esl", unit=unit, path=unit.path,
        settings={"port": port}, secrets=secrets, is_active=False,
    )  # fmt: skip


def _play(switch: Switch, account: Account, words: list[Told], now: Callable[[], datetime]) -> int:
    """The switch talks in a thread of its own; here we listen until it has said goodbye."""

    def talk() -> None:
        switch.wait_for(1)
        for told in words:
            switch.tell(told)
        switch.hang_up()

    listening, kept = Listening(now), 0
    listening.look([account])
    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    with closing(listening):
        while talking.is_alive():
            kept += listening.hear(0.2)
        kept += _rest(listening)
    if words and not kept:
        raise NobodyHears
    return kept


def _rest(listening: Listening) -> int:
    """What still lies in the socket when the switch has said goodbye."""
    kept = 0
    while listening.is_open:
        kept += listening.hear(0.2)
    return kept
