"""`huhang hits [--rule ID] [--format csv|json]`: what the watch found, for scripts and spreadsheets.

A hit whose clearing scan bears a time before the deadline only looked like one until that scan arrived: it is
kept on record, and listed with `--all`.
"""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db.models import F, Q

from huhang.journey.models import Hit, WatchRule
from huhang.kit import commands

COLUMNS = ("waybill", "rule", "raised_at", "cleared_at", "link", "node", "person")


class Command(commands.Command):
    help = "列出预警：运单、规则、触发时间（事件时间）、解除时间、环节、网点、责任人"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rule", help="只列这条规则")
        parser.add_argument("--format", choices=("csv", "json"), default="csv")
        parser.add_argument("--open", action="store_true", help="只列未解除的")
        parser.add_argument(
            "--all",
            action="store_true",
            help="也列后来证明没有发生的（迟到的扫描补上了，解除时间不晚于触发时间）",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = self._rows(options)
        if options["format"] == "json":
            self.stdout.write(json.dumps(list(rows), ensure_ascii=False, indent=1))
            return
        table = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)

    def _rows(self, options: dict[str, Any]) -> Iterator[dict[str, str | None]]:
        hits = Hit.objects.select_related("rule", "courier", "unit").order_by(
            "raised_at", "waybill_no", "rule_id"
        )
        if options["rule"]:
            if not WatchRule.objects.filter(slug=options["rule"]).exists():
                raise CommandError(f"没有这条规则：{options['rule']}（用 huhang watch rules 查看）")
            hits = hits.filter(rule__slug=options["rule"])
        if options["open"]:
            hits = hits.filter(cleared_at__isnull=True)
        if not options["all"]:
            hits = hits.filter(Q(cleared_at__isnull=True) | Q(cleared_at__gt=F("raised_at")))
        return (_row(hit) for hit in hits.iterator())


def _row(hit: Hit) -> dict[str, str | None]:
    return {
        "waybill": hit.waybill_no,
        "rule": hit.rule.slug,
        "raised_at": hit.raised_at.isoformat(),
        "cleared_at": hit.cleared_at.isoformat() if hit.cleared_at else None,
        "link": hit.link,
        "node": hit.node or (hit.unit.code if hit.unit else ""),
        "person": _person(hit),
    }


def _person(hit: Hit) -> str:
    """Who is asked: the courier by name, else whoever scanned, else the unit."""
    if hit.courier:
        return hit.courier.name
    return hit.operator or (hit.unit.name if hit.unit else "")
