"""Load the carrier's starting knowledge."""

from typing import Any

from huhang.config import packs
from huhang.kit import commands


class Command(commands.Command):
    help = "载入知识包：只补缺失的行，不覆盖人工修改"

    def handle(self, *args: Any, **options: Any) -> None:
        if added := packs.load():
            self.stdout.write(f"知识包新增 {added} 行")
