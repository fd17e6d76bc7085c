"""`huhang feed stream URL`: take scans from a Redis stream until stopped."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from huhang.journey.actions import streaming
from huhang.kit import commands


class Command(commands.Command):
    help = "从消息流接收扫描：huhang feed stream redis://127.0.0.1:6379/0?stream=scans"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=("stream",))
        parser.add_argument("url")
        parser.add_argument("--name", default="", help="消费者的名字；同名的重启后接着处理自己未完成的消息")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        consumer = streaming.consumer_of(options["url"], name=options["name"])
        self.stdout.write(f"接收 {consumer.source}，消费者 {consumer.name}")
        streaming.keep_on(consumer, stop.wait, now=timezone.now)
