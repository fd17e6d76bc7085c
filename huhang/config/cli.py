"""The `huhang` command: a few words of its own; any other word is the Django management command of that name."""

import os
import sys
from collections.abc import Callable
from importlib import import_module

from huhang.config import embedded, supervise

# Words of the front door, and the function that answers each.
OWN = {
    "up": "huhang.config.up:up",
    "web": "huhang.config.serve:web",
    "push": "huhang.config.serve:push",
    "worker": "huhang.config.serve:worker",
    "assets": "huhang.config.assets:command",
    "catalogues": "huhang.config.catalogues:command",
    "messages": "huhang.config.messages:command",
    "doctor": "huhang.config.doctor:command",
    "codes": "huhang.journey.feeds.translating:command",
}
# `import` is a word of Python, so the module of that command has another name.
RENAMED = {"import": "import_file"}
# These need no database, so none is started for them. `up` starts its own.
WITHOUT_DATABASE = {
    "up",
    "assets",
    "catalogues",
    "codes",
    "help",
    "messages",
    "collectstatic",
    "diffsettings",
}

HELP = """\
huhang up [--port 8000] [--demo]     在本机运行全部服务，并打印登录名和网址
huhang demo                          （重新）生成模拟快递公司
huhang import KIND FILE…             导入 scans waybills orgs people customers areas routes standards tickets …
huhang codes map [--carrier NAME]    承运商轨迹文字 → 标准扫描码（标准输入输出，JSONL）
huhang watch run | replay | rules | spark
huhang hits [--rule ID] [--format csv|json]
huhang trace WAYBILL [--format json|epcis]
huhang feed stream URL               从 Redis 消息流接收扫描
huhang log status | compact | keep   扫描日志的文件：大小、合并、保存期限
huhang desk replay LOG FILE          用真实流程日志重走一遍工单，与来源逐件比较（不留数据）
huhang calls replay FILE             回放真实通话，与文件直接计算的接通率比较（不留数据）
huhang calls listen | sit            连接话务系统；登记分机由谁使用
huhang doctor                        体检：环境、数据库、队列、扫描日志；有问题时退出码为 1
huhang web | push | worker           单独运行一个服务（供 systemd 等使用）
huhang shell | migrate | …           Django 的管理命令
"""


def main() -> int:
    arguments = sys.argv[1:]
    word = arguments[0] if arguments else "help"
    if word in {"help", "-h", "--help"} and len(arguments) < 2:
        sys.stdout.write(HELP)
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huhang.config.settings")
    os.environ["HUHANG_VAR"] = str(embedded.var_dir())
    supervise.die_with_parent()
    try:
        if needs_database(word, arguments):
            embedded.ensure_running(embedded.var_dir())
        return run(word, arguments[1:])
    except embedded.ServerCannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def needs_database(word: str, arguments: list[str]) -> bool:
    """Must the embedded server run for this?"""
    asks_for_help = "--help" in arguments or "-h" in arguments
    return not (os.environ.get("DATABASE_URL") or word in WITHOUT_DATABASE or asks_for_help)


def run(word: str, arguments: list[str]) -> int:
    """Answer a word; a refusal is told as a sentence, not as a traceback."""
    from huhang.kit.errors import DomainError

    try:
        if word in OWN:
            return _own(OWN[word])(arguments)
        return _django(word, arguments)
    except DomainError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _django(word: str, arguments: list[str]) -> int:
    import django
    from django.core.management import ManagementUtility

    django.setup()
    ManagementUtility(["huhang", RENAMED.get(word, word), *arguments]).execute()
    return 0


def _own(place: str) -> Callable[[list[str]], int]:
    module, name = place.split(":")
    function: Callable[[list[str]], int] = getattr(import_module(module), name)
    return function
