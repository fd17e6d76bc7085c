"""Hostile files by the two doors of files, the import page and the command: answered in words, the good rows kept."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from huhang.journey.actions.file_intake import import_file
from huhang.kit import imports
from huhang.kit.errors import DomainError
from huhang.kit.models import ImportRun
from tests.cast import Cast
from tests.hostile.ground import browser
from tests.hostile.test_files import FILES

pytestmark = pytest.mark.django_db
KINDS = ("orgs", "people", "customers", "couriers", "areas", "routes", "standards")
NOW = "2026-11-20T00:00:00Z"


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path


def _upload(cast: Cast, name: str, content: bytes, kind: str = "customers", mode: str = "write") -> Any:
    file = SimpleUploadedFile(name or "x.csv", content)
    file.name = name  # as it came, not as Django would write it
    return browser(cast.hua, raising=False).post(
        "/network/imports/", {"kind": kind, "mode": mode, "file": file}, follow=True
    )


@pytest.mark.parametrize("name", FILES)
def test_the_page_answers_in_words(cast: Cast, name: str) -> None:
    assert _upload(cast, name, FILES[name]).status_code in (200, 413, 422)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "=cmd|'/C calc'!A0.csv", "a\x00b.csv", "x" * 300 + ".csv", "\u202evsc.exe"],
)
def test_a_name_is_only_a_name(cast: Cast, tmp_path: Path, name: str) -> None:
    answer = _upload(cast, name, "编号,姓名\nC1,王\n".encode())
    assert answer.status_code in (200, 413, 422)
    assert {path.parent.name for path in tmp_path.rglob("*") if path.is_file()} <= {"uploads", "rejects"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [
    "\x00", "\ud800", "x" * 10_000, "\u202e", "𠮷😀", "'; DROP TABLE desk_ticket; --", "=1+1", "NaN",
    "1e999", "-1", "9" * 400, "/",
    "../..", "{}", "[]", "null", "<script>",
])  # fmt: skip
def test_any_value_in_every_column(cast: Cast, kind: str, value: str) -> None:
    names = [column.name for column in imports.find(kind).columns]
    rows = [",".join(names)]
    for bad in range(len(names)):
        cells = ["1"] * len(names)
        cells[bad] = '"' + value.replace('"', '""') + '"'
        rows.append(",".join(cells))
    content = "\n".join(rows).encode("utf-8", "surrogatepass")
    assert _upload(cast, "x.csv", content, kind).status_code == 200
    run = ImportRun.objects.latest("pk")
    assert run.rows == len(names)
    lines = [dict.fromkeys(names, value)]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    assert _upload(cast, "x.jsonl", content, kind).status_code in (200, 422)


def _parquet(**columns: Any) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


ONE = pa.array([1])
PARQUET: dict[str, dict[str, Any]] = {
    "numbers": {"waybill": ONE, "code": ONE, "event_time": ONE},
    "structs": {"waybill": pa.array([{"a": 1}]), "code": pa.array([{"a": 1}]),
        "event_time": pa.array([{"a": 1}])},
    "lists": {"waybill": pa.array([["x"]]), "code": pa.array([[1]]), "event_time": pa.array([[1]])},
    "bytes": {"waybill": pa.array([b"\xff"]), "code": pa.array([b"\xff"]), "event_time": pa.array([b"\xff"])},
    "nulls": {"waybill": pa.nulls(1), "code": pa.nulls(1), "event_time": pa.nulls(1)},
    "floats": {"waybill": pa.array([float("nan")]), "code": pa.array([float("inf")]),
        "event_time": pa.array([1e300])},
    "dates": {"waybill": pa.array(["AB12345"]), "code": pa.array([4]),
        "event_time": pa.array([1], pa.date32())},
    "times": {"waybill": pa.array(["AB12345"]), "code": pa.array([4]),
        "event_time": pa.array([1], pa.time64("ns"))},
    "far": {"waybill": pa.array(["AB12345"]), "code": pa.array([4]),
        "event_time": pa.array([2**45], pa.timestamp("s"))},
    "booleans": {"waybill": pa.array([True]), "code": pa.array([True]), "event_time": pa.array([True])},
    "strangers": {"colour": pa.array(["red"])},
    "large": {"waybill": pa.array(["AB12345"], pa.large_string()), "code": pa.array([300]),
        "event_time": pa.array([NOW], pa.large_string())},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["scans", "waybills"])
@pytest.mark.parametrize("name", PARQUET)
def test_parquet_of_other_types(cast: Cast, tmp_path: Path, name: str, kind: str) -> None:
    _import(kind, tmp_path / "x.parquet", _parquet(**PARQUET[name]))


@pytest.mark.parametrize("kind", ["scans", "waybills"])
@pytest.mark.parametrize("name", FILES)
def test_the_command_answers_in_words(cast: Cast, tmp_path: Path, name: str, kind: str) -> None:
    _import(kind, tmp_path / name.replace(" ", "-"), FILES[name])


def _import(kind: str, path: Path, content: bytes) -> ImportRun | None:
    path.write_bytes(content)
    try:
        return import_file(kind, path, now=timezone.now(), by=None)
    except DomainError:
        return None


def test_good_rows_around_every_sort_of_bad_one_are_kept(cast: Cast, tmp_path: Path) -> None:
    rows = [
        "waybill,code,event_time,node",
        f"SX0000000001,ARRIVED,{NOW},SZ-WZ",
        f"SX0000000002,NO_SUCH_CODE,{NOW},SZ-WZ",
        f"SX0000000003,ARRIVED,{NOW},NO-SUCH-PLACE",
        "SX0000000004,ARRIVED,2999-01-01T00:00:00Z,SZ-WZ",
        "SX0000000005,ARRIVED",
        f",ARRIVED,{NOW},SZ-WZ",
        f"SX0000000007,ARRIVED,{NOW},SZ-WZ",
    ]
    run = _import("scans", tmp_path / "x.csv", "\n".join(rows).encode())
    assert run is not None
    assert (run.created, run.rejected) == (2, 5)
    assert sorted({error["row"] for error in run.errors}) == [3, 4, 5, 6, 7]
    assert len(Path(run.rejects_path).read_text("utf-8-sig").splitlines()) == 6
    again = _import("scans", tmp_path / "x.csv", "\n".join(rows).encode())
    assert again is not None
    assert again.created == 0
