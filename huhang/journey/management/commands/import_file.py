"""`huhang import KIND FILE… [--mapping NAME] [--dry-run] [--rejects FILE]`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from huhang.journey.actions import file_intake
from huhang.kit import commands, imports
from huhang.kit.errors import BadInput
from huhang.kit.models import ImportRun

OURS = tuple(file_intake.DEFAULTS)
SHOWN = 10


class Command(commands.Command):
    help = "导入文件（CSV、XLSX、JSON、JSONL、Parquet，可用 gzip 压缩；UTF-8 或 GB18030）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", metavar="KIND", help=_all_kinds())
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument(
            "--mapping", default="", help="packs/mappings/ 中的映射名（只用于 scans 和 waybills）"
        )
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--rejects", type=Path, help="把被拒绝的行连同原因写到这个文件")

    def handle(self, *args: Any, **options: Any) -> None:
        taken = 0
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"没有这个文件：{path}")
            run = _import(path, many=len(options["files"]) > 1, **options)
            self._tell(run, path)
            taken += run.rows - run.rejected
        if not taken:
            raise CommandError("没有一行可以导入")

    def _tell(self, run: ImportRun, path: Path) -> None:
        done = "检查" if run.dry_run else "导入"
        self.stdout.write(
            f"{path.name}：{done} {run.rows} 行；新增 {run.created}，更新 {run.updated}，"
            f"未变 {run.unchanged}，拒绝 {run.rejected}"
        )
        for error in run.errors[:SHOWN]:
            field = f"{error['field']}：" if error.get("field") else ""
            self.stdout.write(f"  第 {error['row']} 行 {field}{error['reason']}")
        if run.rejects_path:
            self.stdout.write(f"被拒绝的行：{run.rejects_path}")


def _all_kinds() -> str:
    return "、".join([*OURS, *(importer.kind for importer in imports.kinds())])


def _import(path: Path, *, many: bool, **options: Any) -> ImportRun:
    kind, target = options["kind"], options["rejects"]
    if target and many:  # one file of rejects per file
        target = target.with_name(f"{target.stem}-{path.stem}{target.suffix}")
    terms = {"by": None, "now": timezone.now(), "dry_run": options["dry_run"], "rejects": target}
    if kind not in OURS and kind not in {importer.kind for importer in imports.kinds()}:
        raise CommandError(f"没有这一类导入：{kind}；有：{_all_kinds()}")
    if kind in OURS:
        return file_intake.import_file(kind, path, mapping=options["mapping"], **terms)
    if options["mapping"]:
        raise BadInput("--mapping 只用于 scans 和 waybills")
    return imports.run(kind, path, **terms)
