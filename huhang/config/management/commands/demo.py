"""Build the simulated carrier again, or let it live."""

import os
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from huhang.config.demo import build, living, plan, wiping
from huhang.config.demo.welcome import welcome
from huhang.kit import commands
from huhang.kit.welcome import Welcome


class Command(commands.Command):
    help = "（重新）生成模拟快递公司：只在空数据库或已是模拟数据时进行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=plan.SEED, help="同一种子与同一时刻得到同一家公司")
        parser.add_argument("--days", type=int, default=plan.DAYS, help="几天的历史，含今天")
        parser.add_argument("--small", action="store_true", help="小规模，几秒完成（或 HUHANG_DEMO=small）")
        parser.add_argument("--live", action="store_true", help="不重新生成，让已有的模拟公司继续运转")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["live"]:
            living.live()
        wiping.require_quiet()
        size = {"days": options["days"], "per_day": plan.PARCELS_A_DAY}
        if options["small"] or os.environ.get("HUHANG_DEMO") == "small":
            size = {"days": min(options["days"], build.SMALL_DAYS), "per_day": build.SMALL_PER_DAY}
        built = build.build(seed=options["seed"], now=timezone.now(), **size)
        self.stdout.write(
            f"模拟快递公司已生成：{built.units} 个单元，{built.parcels} 票，{built.scans} 次扫描，"
            f"{built.hits} 条预警，{built.tickets} 张工单（{built.seconds:.1f} 秒）"
        )

    def welcome(self) -> Welcome:
        """The log-ins and pages that `huhang up` prints."""
        return welcome()
