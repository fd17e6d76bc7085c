"""Files made to break the reader: each ends in rows, in refusals with a reason, or in words; never in an error."""

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from huhang.journey.feeds import bodies
from huhang.kit.errors import DomainError
from huhang.kit.sheets import RejectsFile, open_sheet, tables
from huhang.kit.sheets.writing import escaped, write_xlsx

DEEP = 100_000
FILES: dict[str, bytes] = {
    "half utf-8.csv": "code,name\nA,王\nB,\udcff\n".encode("utf-8", "surrogateescape"),
    "half gb18030.csv": "code,name\nA,王\n".encode("gb18030") + b"B,\xff\xff\xff\n",
    "nul.csv": b"code,name\nA,\x00b\nC,d\n",
    "ten megabytes in a cell.csv": b"code,name\nA," + b"x" * 10_000_000 + b"\nC,d\n",
    "open quote.csv": b'code,name\nA,"' + b"x" * 1_000_000 + b"\nC,d\n",
    "broken quotes.csv": b"code,name\n" + b'A,"b"c\n' * 2000,
    "the same column twice.csv": b"code,code\nA,B\n",
    "header only.csv": b"code,name\n",
    "semicolons.csv": b"code;name\nA;B\n",
    "colons.csv": b"code:name\nA:B\n",
    "empty.csv": b"",
    "blank.csv": b"\n\n \n",
    "mark only.csv": b"\xef\xbb\xbf",
    "a picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50,
    "right to left.csv": "code,name\nA\u202e,\u202ex𠮷😀\n".encode(),
    "fifty thousand columns.csv": b",".join(b"c%d" % n for n in range(50_000)) + b"\n1\n",
    "deep.json": b"[" + b'{"a":' * DEEP,
    "deep.jsonl": b'{"a":' * DEEP + b'\n{"a":1}\n',
    "surrogates.json": b'[{"a":"\\ud800"},{"a":"x"},{"a":',
    "a novel of digits.json": b'[{"a":' + b"9" * 5000 + b"}]",
    "not a number.json": b'[{"a":NaN},{"a":Infinity}]',
    "half.json": b'[{"a":1},{"a":',
    "renamed.xlsx": b"PK\x03\x04" + b"0" * 100,
    "renamed.parquet": b"PAR1" + b"0" * 100 + b"PAR1",
    "old.xls": b"\xd0\xcf\x11\xe0" + b"0" * 100,
    "half.csv.gz": gzip.compress(b"code,name\n" + b"A,B\n" * 10_000)[:-20],
}


@pytest.mark.parametrize("careful", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_ends_in_words(tmp_path: Path, name: str, careful: bool) -> None:
    path = tmp_path / name.replace(" ", "-")
    path.write_bytes(FILES[name])
    begun = time.process_time()
    _read(path, careful)
    assert time.process_time() - begun < 5, "work, not waiting: a bomb must not be unpacked"


def _read(path: Path, careful: bool = True) -> tuple[int, list[str]]:
    """Rows that were good, and the reasons of those that were not, written to a file as in earnest."""
    try:
        with open_sheet(path) as sheet, RejectsFile(path.with_suffix(".rejects")) as refused:
            good = sum(1 for _ in sheet) if careful else sum(len(table) for _, table in tables(sheet))
            for rejected in sheet.rejected:
                refused.write(rejected.number, rejected.reason, rejected.row)
            return good, [rejected.reason for rejected in sheet.rejected]
    except DomainError as error:
        return 0, [str(error)]


def test_keeps_the_good_rows_of_a_file_in_no_encoding(tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_bytes(FILES["half utf-8.csv"])
    good, reasons = _read(path)
    assert (good, len(reasons)) == (1, 1)
    assert "\\udcff" in path.with_suffix(".rejects").read_text("utf-8-sig")


def _book(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """A workbook of one row whose page was changed by hand."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(["code", "name"])
    page.append(["A", "=HYPERLINK(1)"])
    plain = io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in parts.namelist():
            content = parts.read(part)
            changed.writestr(part, change(content) if part.endswith("sheet1.xml") else content)
    return path


FAR_AWAY = b'<row r="200000"><c r="XFD200000"><v>1</v></c></row></sheetData>'
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha" * 10) for n in range(9))


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page + b" " * (600 * 1024 * 1024),
        lambda page: page.replace(b"</sheetData>", FAR_AWAY),
        lambda page: (
            b'<?xml version="1.0"?><!DOCTYPE x [' + LAUGHS + b"]>"
            + page.split(b"?>", 1)[-1].replace(b"<t>A</t>", b"<t>&l8;</t>")
        ),
        lambda page: page.replace(b"</sheetData>", b'<row r="x"><c r="ZZZZZ9"><v>1</v></c></row></sheetData>'),
        lambda page: page[: len(page) // 2],
    ],
    ids=["bomb", "far away", "a billion laughs", "nonsense", "half"],
)  # fmt: skip
def test_a_workbook_made_to_break_the_reader(tmp_path: Path, change: Any) -> None:
    path = _book(tmp_path / "made.xlsx", change)
    begun = time.process_time()
    _read(path)
    assert time.process_time() - begun < 10, "work, not waiting: a bomb must not be unpacked"


@pytest.mark.parametrize("body", [
    b"[" * DEEP,
    b"[" + b"[" * 900 + b"]" * 900 + b"]",
    b'[{"waybill":' + b"[" * 1000 + b"]" * 1000 + b"}]",
    b'[{"waybill":' + b'{"a":' * 1020 + b"1" + b"}" * 1020 + b"}]",
    b'["\\ud800"]',
    b'[{"waybill":1e999}]',
    b"\xff\xfe[",
    b'{"a":1}\n\xff\xff\n',
])  # fmt: skip
def test_a_body_made_to_break_the_reader(body: bytes) -> None:
    try:
        found = bodies.rows(body)
    except bodies.BodyIsBroken:
        return
    bodies.table(found.rows, ["waybill"])


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠SUM"]
)
def test_no_cell_of_a_file_is_run(text: str) -> None:
    assert escaped(text) == f"'{text}"


def test_a_control_character_does_not_cost_the_file() -> None:
    target = io.BytesIO()
    assert write_xlsx(target, ["title"], [{"title": "外箱\x0b破损\x01"}]) == 1
    assert openpyxl.load_workbook(target).worksheets[0]["A2"].value == "外箱破损"
