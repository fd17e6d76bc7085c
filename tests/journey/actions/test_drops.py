"""The drop folder: what lies there whole is imported once and put away with its reasons, whatever its name."""

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from huhang.journey.actions import drops
from huhang.journey.models import IntakeCount, Parked, Segment
from huhang.kit import jobs
from huhang.kit.models import ImportRun
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(cast: Cast, tmp_path: Path, settings: Any) -> Path:
    settings.VAR, settings.DROP = tmp_path, tmp_path / "drop"
    scans = settings.DROP / "scans"
    scans.mkdir(parents=True)
    return Path(scans)


def lines(count: int = 2, **changes: str) -> str:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    row = {"waybill": "YT{n:013}", "code": "ARRIVED", "event_time": at, "node": "SZ-WZ"} | changes
    rows = [",".join(row.values()).replace("{n:013}", f"{n:013}") for n in range(count)]
    return "\n".join([",".join(row), *rows]) + "\n"


def coded(name: str) -> str:
    return os.fsencode(name).hex()


def take_all() -> None:
    watchman = drops.Watchman()
    watchman.look(clock=0)
    for path in watchman.look(clock=10):
        drops.take(feed=coded(path.parent.name), file=coded(path.name), now=timezone.now())


def there(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() or path.is_symlink()
    }


def in_log() -> int:
    return sum(Segment.objects.values_list("rows", flat=True))


def test_a_file_enters_and_lies_in_done(folder: Path) -> None:
    (folder / "a.csv").write_text(lines(3))
    take_all()
    assert (there(folder), in_log()) == ({"done/a.csv"}, 3)
    assert IntakeCount.objects.get(source="drop:scans", what="accepted").amount == 3


def test_good_rows_enter_and_the_others_lie_beside_with_reasons(folder: Path) -> None:
    (folder / "a.csv").write_text(lines(2) + "YT9,跳舞,2026-11-20,SZ-WZ\n")
    take_all()
    assert (there(folder), in_log()) == ({"done/a.csv", "done/a.csv.reasons.csv"}, 2)
    assert "跳舞" in (folder / "done/a.csv.reasons.csv").read_text("utf-8-sig")


def test_a_file_of_nothing_good_has_failed(folder: Path) -> None:
    (folder / "a.csv").write_text(lines(2, event_time="2016-01-01 00:00:00"))
    take_all()
    assert there(folder) == {"failed/a.csv", "failed/a.csv.reasons.csv"}
    assert IntakeCount.objects.get(what="refused").reason == "long_ago"


@pytest.mark.parametrize(("name", "content"), [
    ("half.csv.gz", gzip.compress(b"x" * 100_000)[:-20]),
    ("old.xls", b"\xd0\xcf\x11\xe0" + b"0" * 100),
    ("empty.csv", b""),
    ("nothing-known.csv", b"a,b\n1,2\n"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_has_failed_with_one_reason(
    folder: Path, name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)
    take_all()
    assert there(folder) == {f"failed/{name}", f"failed/{name}.reasons.csv"}
    assert Parked.objects.get().reason == "broken_file"


def test_the_same_file_again_changes_nothing(folder: Path) -> None:
    content = lines(3)
    for _ in range(2):
        (folder / "a.csv").write_text(content)
        take_all()
    assert (in_log(), len(there(folder))) == (3, 2)
    assert IntakeCount.objects.get(what="doubled").amount == 3


def test_a_worker_that_died_before_putting_it_away_is_made_good(folder: Path, monkeypatch: Any) -> None:
    (folder / "a.csv").write_text(lines(3))
    with monkeypatch.context() as died:
        died.setattr(drops, "_put_away", lambda *_: None)
        take_all()
    assert there(folder) == {"a.csv"}
    take_all()
    assert (there(folder), in_log()) == ({"done/a.csv"}, 3)


def test_a_growing_file_is_left_alone(folder: Path) -> None:
    file, watchman = folder / "a.csv", drops.Watchman()
    for clock in range(0, 50, 10):
        with file.open("a") as growing:
            growing.write(lines(1))
        assert watchman.look(clock=clock) == []
    assert watchman.look(clock=100) == [file]
    assert watchman.look(clock=101) == [], "it was asked for"
    assert watchman.look(clock=1000) == [file], "and is asked for again when nobody came"


def test_what_lies_there_is_asked_for_as_a_job(folder: Path) -> None:
    (folder / "收件.csv").write_text(lines(1))
    drops.ask([folder / "收件.csv"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [drops.TAKE])
        [args] = cursor.fetchone()
    jobs.registry[drops.TAKE](**args if isinstance(args, dict) else json.loads(args))
    assert there(folder) == {"done/收件.csv"}


def test_unfinished_and_hidden_files_are_left_alone(folder: Path) -> None:
    for name in ("a.csv.part", "b.csv.tmp", ".c.csv"):
        (folder / name).write_text(lines(1))
    take_all()
    assert in_log() == 0


@pytest.mark.parametrize("name", [
    b"a\nb.csv", b"\xff\xfe.csv", "收件 扫描'\"$(x).csv".encode(), b"-rf.csv", b"x" * 240 + b".csv", b"..csv..csv",
])  # fmt: skip
def test_names_that_break_things_break_nothing(folder: Path, name: bytes) -> None:
    if name.startswith(b"."):
        pytest.skip("hidden")
    (folder / os.fsdecode(name)).write_text(lines(1))
    take_all()
    [put] = there(folder)
    assert put.startswith("done/")
    assert put.encode().isascii() or "收件" in put
    assert ImportRun.objects.get().file_name


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(lines(1))
    (folder / "a.csv").symlink_to(secret)
    take_all()
    assert in_log() == 0
    assert secret.exists()
    assert there(folder) == {"failed/a.csv", "failed/a.csv.reasons.csv"}


def test_a_name_that_leaves_the_folder_takes_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(lines(1))
    for feed, file in [("scans", "../../a.csv"), ("..", "a.csv"), ("scans/..", "../a.csv")]:
        assert drops.take(feed=coded(feed), file=coded(file), now=timezone.now()) is None
    assert (tmp_path / "a.csv").exists()


def test_a_folder_of_no_mapping_says_so(folder: Path) -> None:
    strange = folder.parent / "火星"
    strange.mkdir()
    (strange / "a.csv").write_text(lines(1))
    take_all()
    assert there(strange) == {"failed/a.csv", "failed/a.csv.reasons.csv"}
    assert "火星" in (strange / "failed/a.csv.reasons.csv").read_text("utf-8-sig")
