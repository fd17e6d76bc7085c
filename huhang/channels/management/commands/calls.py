"""`huhang calls replay FILE [--through esl] [--days N] [--disturb] [--keep]`, `huhang calls listen`, `… sit`."""

import random
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from huhang.channels.actions import call_replays, calls, switches
from huhang.channels.models import Account
from huhang.channels.replays import bank
from huhang.channels.rules.call_figures import Figures, Formula
from huhang.kit import commands
from huhang.network.models import Person


class Command(commands.Command):
    help = "话务：replay 回放真实通话并比较接通率，listen 单独运行话务连接，sit 登记分机是谁"

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="word", required=True)
        replay = words.add_parser("replay", help="回放真实通话（默认不留下任何数据）")
        replay.add_argument("file", type=Path, help="CSV 文件，可用 gzip 压缩")
        replay.add_argument("--through", choices=["esl"], default="esl", help="经过哪一种话务协议")
        replay.add_argument("--days", type=int, help="只回放前 N 天")
        replay.add_argument("--disturb", action="store_true", help="一分钟内打乱次序，五分之一的事件说两遍")
        replay.add_argument("--keep", action="store_true", help="把回放出的通话留在数据库里")
        listen = words.add_parser("listen", help="连接话务系统，直到被停止")
        listen.add_argument("accounts", nargs="*", metavar="ACCOUNT", help="只连这些账号")
        sit = words.add_parser("sit", help="登记分机由谁使用；不写姓名则注销")
        sit.add_argument("account")
        sit.add_argument("extension")
        sit.add_argument("username", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        word = {"replay": self._replay, "listen": self._listen, "sit": self._sit}[options["word"]]
        word(options)

    def _replay(self, options: dict[str, Any]) -> None:
        try:
            wanted = bank.counted(options["file"], days=options["days"])
            played = list(bank.read(options["file"], days=options["days"]))
        except (bank.NotTheseCalls, OSError) as error:
            raise CommandError(str(error)) from error
        began = timezone.now()
        chance = random.Random(1999) if options["disturb"] else None
        done = call_replays.replay(played, now=timezone.now, keep=options["keep"], chance=chance)
        took = (timezone.now() - began).total_seconds()
        self.stdout.write(
            f"{done.calls} 通电话，交换机说了 {done.said} 件事，记下 {done.kept} 件，{took:.1f} 秒，"
            f"每秒 {done.said / took:.0f} 件"
        )
        for line in _beside(done.figures, wanted):
            self.stdout.write(line)
        if done.figures != wanted:
            raise CommandError("与文件直接计算的结果不一致。")

    def _listen(self, options: dict[str, Any]) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        listening = switches.Listening(timezone.now)
        while not stop.is_set():
            wanted = [
                a for a in switches.accounts() if not options["accounts"] or a.key in options["accounts"]
            ]
            listening.look(wanted)
            if not wanted:
                stop.wait(1)
            for _ in range(10):
                if wanted and not stop.is_set():
                    listening.hear(0.5)
        listening.close()

    def _sit(self, options: dict[str, Any]) -> None:
        account = Account.objects.filter(key=options["account"]).first()
        person = Person.objects.filter(username=options["username"] or "").first()
        if account is None or (options["username"] and person is None):
            raise CommandError("没有这个账号或这个人。")
        calls.sit(account=account, extension=options["extension"], person=person, now=timezone.now())


def _beside(ours: Figures, wanted: Figures) -> list[str]:
    """Our figures beside those of the file."""
    rows: list[tuple[str, float | None, float | None]] = [
        ("人工请求量", ours.offered, wanted.offered),
        ("人工接通率", ours.connection_rate, wanted.connection_rate),
        *(
            (f"20 秒服务水平 {formula.name}", ours.service_level(formula), wanted.service_level(formula))
            for formula in Formula
        ),
        ("放弃率", ours.abandonment, wanted.abandonment),
        ("短时放弃（5 秒内）", ours.short, wanted.short),
        ("平均应答时长（秒）", _seconds(ours.speed_of_answer), _seconds(wanted.speed_of_answer)),
        ("平均处理时长（秒）", _seconds(ours.handling_time), _seconds(wanted.handling_time)),
    ]
    return [f"{name:<20} {_shown(a):>10} {_shown(b):>10}  {'=' if a == b else '≠'}" for name, a, b in rows]


def _seconds(span: Any) -> float | None:
    return span.total_seconds() if span is not None else None


def _shown(value: float | None) -> str:
    if value is None:
        return "—"
    return str(value) if isinstance(value, int) else f"{value:.4f}"
