"""`huhang up`: bring this machine's installation to its present version, then run and watch all its processes."""

import argparse
import fcntl
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from huhang.config import assets, catalogues, embedded
from huhang.config.supervise import Child, Supervisor

WORKERS = 2


class CannotStart(RuntimeError):
    """现在不能启动。"""


def up(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("huhang up", description="在本机运行全部服务。")
    parser.add_argument("--port", type=int, default=8000, help="网页端口；推送服务用下一个端口")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址")
    parser.add_argument("--demo", action="store_true", help="重新生成模拟快递公司")
    options = parser.parse_args(arguments)
    var = embedded.var_dir()
    try:
        with _only_one(var):
            _check_ports(options.host, options.port)
            prepare(var)
            if options.demo or (os.environ.get("HUHANG_DEMO") != "none" and _is_empty()):
                _step("模拟快递公司", lambda: _call("demo"))
            _run(var, options.host, options.port)
    except (CannotStart, assets.AssetsFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        _close_connections()
        embedded.release(var)
    return 0


def prepare(var: Path) -> None:
    """Bring database, assets, catalogues, tables and packs to the state that this version expects."""
    (var / "static").mkdir(exist_ok=True)  # whitenoise warns about a missing folder
    if not os.environ.get("DATABASE_URL"):
        _step("数据库", lambda: embedded.ensure_running(var))
    _step("前端资源", assets.install)
    _step("语言文件", catalogues.compile_changed)
    import django

    django.setup()
    _step("数据表", _migrate)
    _step("知识包", _load_packs)


def _step(name: str, work: Callable[[], object]) -> None:
    """Name what takes long, so that nobody wonders what is being waited for."""
    started = time.monotonic()
    work()
    if (took := time.monotonic() - started) > 1:
        print(f"{name}已就绪（{took:.1f} 秒）", flush=True)


def _only_one(var: Path) -> IO[bytes]:
    """Refuse a second supervisor of the same data; the kernel forgets the first when it dies."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "up.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(
            f"{var} 已有一个 huhang up 在运行；请先停止它，或用 HUHANG_VAR 指定另一个目录。"
        ) from None
    return lock


def _check_ports(host: str, port: int) -> None:
    for number in (port, port + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except OSError:
                raise CannotStart(
                    f"端口 {number} 已被占用（需要 {port} 和 {port + 1}）；请换一个：huhang up --port {port + 10}"
                ) from None


def _migrate() -> None:
    """Apply what is pending; looking costs a moment, Django's command several."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _load_packs() -> int:
    from huhang.config import packs

    return packs.load()


def _call(name: str) -> None:
    from django.core.management import call_command

    call_command(name)


def _is_empty() -> bool:
    """Has nobody put an organisation into this database yet?"""
    from django.apps import apps

    return not apps.get_model("network", "OrgUnit").objects.exists()


def _has_nobody() -> bool:
    """Can nobody sign in yet?"""
    from django.apps import apps

    return not apps.get_model("network", "Person").objects.exists()


def _is_living() -> bool:
    """Does a simulated carrier go on by itself? $HUHANG_DEMO=still leaves it as it was built."""
    from huhang.config.demo.welcome import is_simulated

    is_simulated_here = is_simulated()
    _close_connections()
    return is_simulated_here and os.environ.get("HUHANG_DEMO") != "still"


def _close_connections() -> None:
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        connections.close_all()


def _run(var: Path, host: str, port: int) -> None:
    _close_connections()  # the supervisor needs none
    near = "127.0.0.1" if host == "0.0.0.0" else host
    os.environ.setdefault("HUHANG_PUBLIC_URL", f"http://{near}:{port}")  # links in messages lead here
    address = ["--host", host]
    children = [
        _child("web", "web", *address, "--port", str(port)),
        _child("push", "push", *address, "--port", str(port + 1)),
        *(_child(f"worker{number}", "worker") for number in range(1, WORKERS + 1)),
        _child("watch", "watch", "run"),
    ]
    if stream := os.environ.get("HUHANG_STREAM"):
        children.append(_child("stream", "feed", "stream", stream, "--name", "up"))
    if _is_living():
        children.append(_child("carrier", "demo", "--live"))
    Supervisor(children, each_second=_Minder(var, f"http://{near}:{port}")).run()


def _child(name: str, *words: str) -> Child:
    return Child(name, [sys.executable, "-m", "huhang.config", *words])


class _Minder:
    """Looks after what is not a child: greets once the pages answer, starts a fallen database again."""

    def __init__(self, var: Path, site: str) -> None:
        self.var = var
        self.site = site
        self.has_greeted = False

    def __call__(self) -> None:
        if not os.environ.get("DATABASE_URL") and not embedded.is_serving(self.var):
            self._restart_database()
        if not self.has_greeted and self._answers():
            self._greet()

    def _greet(self) -> None:
        from django.db import Error

        # The database may fall between the pages' answer and ours: the next second starts it and greets.
        with suppress(Error):
            print(greeting(self.site), flush=True)
            self.has_greeted = True

    def _restart_database(self) -> None:
        print("数据库已停止，正在重新启动…", flush=True)
        try:
            embedded.ensure_running(self.var)
        except embedded.ServerCannotStart as error:
            print(f"{error}\n一秒后再试。", flush=True)  # a full disk may be made room on

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.site}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def greeting(site: str) -> str:
    """The log-ins and the pages to open first."""
    from huhang.config.demo.welcome import welcome

    told = welcome()
    is_new = _has_nobody()
    _close_connections()
    lines = ["", f"护航 Huhang 已启动：{site}", ""]
    lines += [f"  {login.username:<12}{login.password:<16}{login.who}" for login in told.logins]
    lines += [""] if told.logins else []
    lines += (
        ["  还没有可登录的人。请另开一个终端，建立第一位管理员：huhang createsuperuser", ""] if is_new else []
    )
    lines += [f"  {site}{page.path:<32}{page.title}" for page in told.pages]
    return "\n".join([*lines, "", "按 Ctrl-C 停止全部服务。", ""])
