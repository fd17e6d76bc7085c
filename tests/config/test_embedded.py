"""The embedded PostgreSQL: it must come back from anything, and never be left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from huhang.config import embedded
from tests.config.processes import connect, kill, of_folder, wait_until

pytestmark = pytest.mark.alone

USE = """
import sys, time
from pathlib import Path
from huhang.config import embedded
embedded.ensure_running(Path(sys.argv[1]))
print("up", flush=True)
time.sleep(60)
"""


class User:
    """A process of its own that uses the server, as every `huhang` command does."""

    def __init__(self, var: Path) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", USE, str(var)], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"up\n"
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def kill_all(user: User, var: Path) -> None:
    """Everything at once, as a power cut would."""
    kill(of_folder(var))
    user.kill()


@pytest.fixture
def var(tmp_path):
    """A short path, so that the socket lies beside the data; pytest's own folder is closed to other users."""
    yield tmp_path
    kill(of_folder(tmp_path))


class TestEnsureRunning:
    def test_makes_a_database_in_utf8_that_keeps_what_is_written(self, var):
        user = User(var)
        with connect(var) as db:
            db.execute("CREATE TABLE word AS SELECT '护航' AS text")
            assert db.execute("SHOW fsync").fetchone() == ("on",)
            assert db.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        user.kill()
        wait_until(lambda: not of_folder(var))
        user = User(var)
        with connect(var) as db:
            assert db.execute("SELECT text FROM word").fetchone() == ("护航",)
        user.kill()

    def test_recovers_after_everything_was_killed(self, var):
        user = User(var)
        with connect(var) as db:
            db.execute("CREATE TABLE kept AS SELECT 1 AS n")
        kill_all(user, var)
        wait_until(lambda: not of_folder(var))
        assert (var / "pg/postmaster.pid").exists(), "the kill left its traces"
        user = User(var)
        with connect(var) as db:
            assert db.execute("SELECT n FROM kept").fetchone() == (1,)
        user.kill()

    def test_is_not_fooled_by_a_stranger_with_the_old_process_number(self, var):
        user = User(var)
        pid_file = var / "pg/postmaster.pid"
        account = pid_file.stat().st_uid
        kill_all(user, var)
        wait_until(lambda: not of_folder(var))
        extra = {"user": account} if os.geteuid() == 0 else {}
        with subprocess.Popen(["sleep", "60"], cwd="/", **extra) as stranger:
            lines = pid_file.read_text().splitlines()
            pid_file.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
            User(var).kill()
            assert stranger.poll() is None
            stranger.kill()

    def test_starts_again_when_only_the_server_was_killed(self, var):
        first = User(var)
        postmaster = int((var / "pg/postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        second = User(var)
        with connect(var) as db:
            assert db.execute("SELECT 1").fetchone() == (1,)
        first.kill()
        second.kill()
        wait_until(lambda: not of_folder(var))

    def test_works_in_a_folder_too_deep_for_a_socket(self, tmp_path):
        var = tmp_path / ("a folder 'quoted' and deep" * 4)
        var.mkdir()
        user = User(var)
        with connect(var) as db:
            assert db.execute("SELECT 1").fetchone() == (1,)
        user.kill()
        wait_until(lambda: not of_folder(var))


class TestGuard:
    def test_stops_the_server_after_its_last_user_only(self, var):
        first, second = User(var), User(var)
        first.kill()
        time.sleep(0.5)
        with connect(var) as db:
            assert db.execute("SELECT 1").fetchone() == (1,)
        second.kill()
        wait_until(lambda: not of_folder(var))

    def test_is_replaced_when_it_was_killed(self, var):
        user = User(var)
        kill(process for process in of_folder(var) if "embedded.py" in " ".join(process.cmdline()))
        User(var).kill()
        assert embedded.is_serving(var), "the first user is still there"
        user.kill()
        wait_until(lambda: not of_folder(var))

    def test_never_stops_the_server_under_one_who_comes_as_the_last_one_leaves(self, var):
        last = User(var)
        for _ in range(5):
            last.kill()
            last = User(var)
            with connect(var) as db:
                assert db.execute("SELECT 1").fetchone() == (1,)
        last.kill()
        wait_until(lambda: not of_folder(var))


class TestSettings:
    def test_of_the_embedded_server_start_nothing(self, tmp_path):
        entry = embedded.database_settings(tmp_path / "fresh")
        assert entry["HOST"] == str(tmp_path / "fresh/pg") or entry["HOST"].startswith("/")
        assert not (tmp_path / "fresh").exists()

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (
                "postgres://u:p@db:6543/h",
                {"HOST": "db", "PORT": "6543", "USER": "u", "PASSWORD": "p", "NAME": "h"},
            ),
            ("postgresql://u:p%40%2F@db/h", {"PASSWORD": "p@/", "PORT": ""}),  # escaped @ and /
            ("postgresql:///h?host=/run/pg", {"HOST": "/run/pg", "USER": "", "NAME": "h"}),  # a socket
            ("postgresql://db/h?sslmode=require", {"OPTIONS": {"sslmode": "require"}}),
        ],
    )
    def test_of_a_url(self, url, expected):
        entry = embedded.from_url(url)
        assert {key: entry[key] for key in expected} == expected

    def test_refuse_another_kind_of_database(self):
        with pytest.raises(ValueError, match="postgresql://"):
            embedded.from_url("mysql://db/h")
