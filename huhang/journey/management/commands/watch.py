"""`huhang watch run | replay [--until TIME] | rules | spark`."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from huhang.journey.actions import replaying, spark_watching, watching
from huhang.journey.actions.kafka_intake import Topic
from huhang.journey.actions.spark_watching import Batch, Order
from huhang.journey.actions.watching import Round
from huhang.journey.models import WatchRule
from huhang.kit import commands

RUNNER_LOCK = 0x4855_0202
SHANGHAI = ZoneInfo("Asia/Shanghai")
PAUSE = 0.5
SAVE_EVERY = 50  # segments


class Command(commands.Command):
    help = "护航：run 持续运行；replay 按事件时间重新判断全部日志；rules 列出规则；spark 在集群上持续运行"

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = parser.add_subparsers(dest="word", required=True)
        run = words.add_parser("run", help="读取扫描日志，发现即报")
        run.add_argument("--once", action="store_true", help="读完现有日志后结束")
        replay = words.add_parser("replay", help="按事件时间重新判断全部日志，并更正预警")
        replay.add_argument("--until", type=_moment, help="判断到这一时刻（不带时区时按北京时间），默认现在")
        replay.add_argument("--announce", action="store_true", help="对新发现的预警照常建单")
        words.add_parser("rules", help="列出规则")
        _add_spark(words.add_parser("spark", help="在 Spark 上运行，见 docs/how-to/run-on-a-cluster.md"))

    def handle(self, *args: Any, **options: Any) -> None:
        words = {"run": self._run, "replay": self._replay, "rules": self._rules, "spark": self._spark}
        words[options["word"]](options)

    def _run(self, options: dict[str, Any]) -> None:
        with self._turn() as stop:

            def stopped(seconds: float) -> bool:
                return (options["once"] and seconds > 0) or stop.wait(seconds)

            if not stop.is_set():
                watching.keep_on(stopped, pause=PAUSE, save_every=SAVE_EVERY, tell=self._tell)

    def _spark(self, options: dict[str, Any]) -> None:
        names = ("master", "checkpoint", "shards", "segments", "seconds", "once", "rebuild")
        order = Order(
            **{name: options[name] for name in names}, settings=dict(options["conf"]), kafka=_topic(options)
        )
        with self._turn() as stop:
            if not stop.is_set():
                spark_watching.keep_on(order, stopped=stop.is_set, tell=self._tell_batch)

    @contextmanager
    def _turn(self) -> Iterator[threading.Event]:
        """Hold the turn to watch; yields what is set when somebody asks us to stop."""
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        self._wait_for_turn(stop)
        try:
            yield stop
        finally:
            self._give_up_turn()

    def _wait_for_turn(self, stop: threading.Event) -> None:
        """One runner folds the log; a second one stands by until the first is gone."""
        is_told = False
        while not stop.is_set():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [RUNNER_LOCK])
                if cursor.fetchone()[0]:
                    return
            if not is_told:
                self.stderr.write("已有护航进程在运行，等待接替。")
                is_told = True
            stop.wait(1)

    def _give_up_turn(self) -> None:
        # The lock lives as long as the connection, which may outlive this command.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [RUNNER_LOCK])

    def _tell(self, done: Round) -> None:
        if done.segments or done.raised or done.cleared:
            self.stdout.write(
                f"日志 {done.seq}：读 {done.segments} 段，新预警 {done.raised}，解除 {done.cleared}"
            )
            self.stdout.flush()

    def _tell_batch(self, done: Batch) -> None:
        if done.seq > done.start or done.raised or done.cleared:
            known = "（已写入过）" if done.is_known else ""
            self.stdout.write(
                f"第 {done.number} 批：读到 {done.seq}，新预警 {done.raised}，解除 {done.cleared}{known}"
            )
            self.stdout.flush()

    def _replay(self, options: dict[str, Any]) -> None:
        until = options["until"] or timezone.now()
        done = replaying.replay(until=until, announce=options["announce"])
        self.stdout.write(
            f"重放 {done.scans} 条扫描：预警 {done.hits}"
            f"（新增 {done.new}，更正 {done.corrected}，撤回 {done.taken_back}）"
        )

    def _rules(self, options: dict[str, Any]) -> None:
        for rule in WatchRule.objects.all():
            state = "" if rule.is_enabled else "（停用）"
            self.stdout.write(f"{rule.number:>2}  {rule.slug:<32} {rule.kind:<10} {rule.name_zh}{state}")


def _add_spark(spark: ArgumentParser) -> None:
    spark.add_argument("--master", help="如 local[2]、yarn、k8s://…；用 spark-submit 启动时不填")
    spark.add_argument(
        "--checkpoint", default="", help="检查点目录（各机器都能访问），默认在 var/watch/spark"
    )
    spark.add_argument("--shards", type=int, default=16, help="分片数，建立检查点后不能改，默认 16")
    spark.add_argument("--segments", type=int, default=64, help="每批最多读多少段日志，默认 64")
    spark.add_argument(
        "--seconds", type=int, default=10, help="没有新扫描时，每隔多少秒检查一次时限，默认 10"
    )
    spark.add_argument(
        "--conf", type=_setting, action="append", default=[], metavar="名=值", help="Spark 设置，可重复"
    )
    spark.add_argument(
        "--source", choices=["log", "kafka"], default="log", help="kafka：同时把 Kafka 的扫描写入日志"
    )
    spark.add_argument("--bootstrap", default="", help="Kafka 服务器，如 kafka1:9092,kafka2:9092")
    spark.add_argument("--topic", default="", help="Kafka 主题，每条消息是一条扫描（JSON）")
    spark.add_argument("--messages", type=int, default=100_000, help="每批最多读多少条消息，默认 100000")
    spark.add_argument("--once", action="store_true", help="读完现有日志后结束")
    spark.add_argument("--rebuild", action="store_true", help="丢弃检查点，从扫描日志重建")


def _topic(options: dict[str, Any]) -> Topic | None:
    if options["source"] != "kafka":
        return None
    if not (options["bootstrap"] and options["topic"]):
        raise CommandError("--source kafka 需要 --bootstrap 和 --topic")
    return Topic(options["bootstrap"], options["topic"], options["messages"])


def _setting(text: str) -> tuple[str, str]:
    name, is_set, value = text.partition("=")
    if not is_set:
        raise CommandError(f"看不懂的设置：{text}（例如 spark.executor.memory=4g）")
    return name, value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"看不懂的时间：{text}（例如 2026-03-01 或 2026-03-01T18:00:00+08:00）") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
