"""`huhang log status | compact | keep`: the scan log's files, for whoever runs the machine."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from huhang.journey.actions import compaction, keeping
from huhang.journey.queries.log import Level, state
from huhang.kit import commands

MEGABYTE = 1_000_000


class Command(commands.Command):
    help = "扫描日志：status 列出文件；compact 立即合并；keep 清除已到保存期限的扫描"

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="word", required=True)
        words.add_parser("status", help="列出文件的大小、索引和最早的日期")
        words.add_parser("compact", help="合并现在该合并的文件，补上缺少的索引（平时会自动进行）")
        words.add_parser("keep", help="清除已到保存期限的扫描（平时会自动进行）")

    def handle(self, *args: Any, **options: Any) -> None:
        {"status": self._status, "compact": self._compact, "keep": self._keep}[options["word"]]()

    def _status(self) -> None:
        found = state()
        for level in found.levels:
            self.stdout.write(self._line(level))
        if found.oldest_at:
            self.stdout.write(f"最早的一批：{timezone.localtime(found.oldest_at):%Y-%m-%d %H:%M}")
        if found.removed_until:
            until = timezone.localtime(found.removed_until)
            self.stdout.write(f"已清除 {found.removed_rows} 条，到 {until:%Y-%m-%d} 为止")
        days = keeping.kept_days()
        self.stdout.write(f"保存 {days} 天" if days else "永久保存")
        for path in found.lost:
            self.stdout.write(f"！文件不见了：{path}")

    def _line(self, level: Level) -> str:
        told = f"每个{level.name}条：{level.files} 个文件，{level.rows} 条，{level.bytes / MEGABYTE:.1f} MB"
        notes = [f"{level.fresh} 个待合并"] if level.fresh else []
        notes += [f"{level.unindexed} 个缺少索引"] if level.unindexed else []
        return f"{told}（{'，'.join(notes)}）" if notes else told

    def _compact(self) -> None:
        self.stdout.write(f"合并了 {compaction.tidy(now=timezone.now())} 次")

    def _keep(self) -> None:
        removed = keeping.remove_old(now=timezone.now())
        self.stdout.write(f"清除 {sum(removal.rows for removal in removed)} 条（{len(removed)} 个文件）")
