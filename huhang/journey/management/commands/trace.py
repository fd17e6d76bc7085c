"""`huhang trace WAYBILL [--format json|epcis]`: one parcel's way, for the operator at the terminal."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from huhang.journey.feeds.epcis import telling as epcis_telling
from huhang.journey.queries import epcis, telling
from huhang.journey.queries.trace import trace
from huhang.kit import commands


class Command(commands.Command):
    help = "列出一票运单的状态、轨迹和预警（姓名和电话已脱敏）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("waybill")
        parser.add_argument("--format", choices=("text", "json", "epcis"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        found = trace(options["waybill"], now=timezone.now())
        if found is None:
            raise CommandError(f"没有这票运单：{options['waybill']}")
        if options["format"] == "epcis":
            events = [event for _, event in epcis.of_parcel(found)]
            content = epcis_telling.document(events, now=timezone.now())
            self.stdout.write(json.dumps(content, ensure_ascii=False, indent=1))
            return
        told = telling.of_parcel(found)
        if options["format"] == "json":
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1, default=_plain))
            return
        self.stdout.write(f"{told['waybill']}  {told['status_label']}")
        for scan in told["trace"]:
            at = timezone.localtime(scan["at"])
            self.stdout.write(
                f"{at:%Y-%m-%d %H:%M:%S}  {scan['code_label']}  {scan['node_name']}  {scan['text']}"
            )
        for hit in told["hits"]:
            state = "已解除" if hit["cleared_at"] else "未解除"
            self.stdout.write(
                f"！{hit['rule_name']}  {timezone.localtime(hit['raised_at']):%m-%d %H:%M}  {state}"
            )
        late = next((link for link in told["links"] if link["is_late_link"] and link["late_minutes"]), None)
        if late:
            place = " → ".join(filter(None, (late["node_name"], late["to_name"])))
            self.stdout.write(
                f"延误环节：{place}，比标准多 {late['late_minutes']} 分，责任单位 {late['owner_name']}"
            )
        if told["eta_window"] and told["eta"]:
            self.stdout.write(f"预计送达：{timezone.localtime(told['eta']):%m-%d %H:%M} 前后")


def _plain(value: Any) -> str:
    """Moments as ISO 8601."""
    return str(value.isoformat())
