"""`huhang desk replay LOG FILE [--limit N] [--report FILE] [--under UNIT] [--keep]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from huhang.desk.actions import replaying
from huhang.desk.replays import logs, telling
from huhang.desk.replays.facts import NotThisLog
from huhang.kit import commands


class Command(commands.Command):
    help = "服务台：replay 用真实流程日志重走一遍工单，并与来源逐件比较"

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="word", required=True)
        replay = words.add_parser("replay", help="回放一份流程日志（默认不留下任何数据）")
        replay.add_argument("log", choices=sorted(logs.READERS), help="日志的种类")
        replay.add_argument("file", type=Path, help="CSV 文件，可用 gzip 压缩")
        replay.add_argument("--limit", type=int, help="只回放前 N 件（时限仍由整份文件得出）")
        replay.add_argument("--report", type=Path, help="把完整的比较写成 JSON")
        replay.add_argument("--under", default="", metavar="UNIT", help="放在这个单位之下；默认另立一棵树")
        replay.add_argument("--keep", action="store_true", help="把回放出的工单留在数据库里")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            log = logs.read(options["log"], options["file"], limit=options["limit"])
        except NotThisLog as error:
            raise CommandError(str(error)) from error
        done = replaying.replay(log, now=timezone.now(), under=options["under"], keep=options["keep"])
        for line in telling.lines(done):
            self.stdout.write(line)
        if options["report"]:
            content = json.dumps(telling.document(done), ensure_ascii=False, indent=1)
            options["report"].write_text(content + "\n", encoding="utf-8")
