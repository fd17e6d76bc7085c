"""Files as people save them: what is read, what is put aside with its reason, what is refused."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huhang.kit import sheets
from huhang.kit.sheets import Caps, open_sheet

TEXT = "code,name,phone\nSZ,苏州,05121234\nWZ,吴中,\n"
ROWS = [
    (2, {"code": "SZ", "name": "苏州", "phone": "05121234"}),
    (3, {"code": "WZ", "name": "吴中", "phone": ""}),
]


def saved(tmp_path: Path, content: str | bytes, name: str = "rows.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, **options) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    with open_sheet(path, **options) as sheet:
        rows = list(sheet)
    return rows, [(rejected.number, rejected.reason) for rejected in sheet.rejected]


class TestGoodFiles:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_any_encoding(self, tmp_path, encoding):
        assert read(saved(tmp_path, TEXT, encoding=encoding)) == (ROWS, [])

    def test_gb18030_that_shows_late(self, tmp_path):
        text = "code,name\n" + "A,plain\n" * 300_000 + "B,吴中\n"
        rows, rejected = read(saved(tmp_path, text, encoding="gb18030"))
        assert rows[-1] == (300_002, {"code": "B", "name": "吴中"})
        assert not rejected

    @pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
    def test_any_delimiter(self, tmp_path, delimiter):
        assert read(saved(tmp_path, TEXT.replace(",", delimiter)))[0] == ROWS

    def test_quotes_with_newlines_and_windows_line_ends(self, tmp_path):
        rows, _ = read(saved(tmp_path, 'a,b\r\n"x\r\ny","1,2"\r\n\r\nz,3\r\n'))
        assert rows == [(2, {"a": "x\r\ny", "b": "1,2"}), (4, {"a": "z", "b": "3"})]

    def test_xlsx_with_numbers_dates_and_blank_rows(self, tmp_path):
        book = openpyxl.Workbook()
        for row in (
            ["单号", "电话", "空"],
            ["YT1", 13812345678.0, None],
            [None, None, None],
            ["YT2", 5, True],
        ):
            book.worksheets[0].append(row)
        book.save(tmp_path / "rows.xlsx")
        assert read(tmp_path / "rows.xlsx")[0] == [
            (2, {"单号": "YT1", "电话": "13812345678", "空": ""}),
            (4, {"单号": "YT2", "电话": "5", "空": "true"}),
        ]

    def test_json_lines_and_array(self, tmp_path):
        objects = [{"code": "SZ", "n": 1}, {"code": "WZ", "n": None}]
        lines = "\n".join(json.dumps(row) for row in objects)
        for name, content in (
            ("a.jsonl", lines),
            ("b.ndjson", lines),
            ("c.json", json.dumps(objects)),
            ("d", lines),
        ):
            assert [row for _, row in read(saved(tmp_path, content, name))[0]] == objects

    def test_parquet(self, tmp_path):
        pq.write_table(pa.table({"code": ["SZ"], "n": [1]}), tmp_path / "rows.parquet")
        assert read(tmp_path / "rows.parquet") == ([(1, {"code": "SZ", "n": 1})], [])

    def test_gzip_and_a_wrong_suffix(self, tmp_path):
        path = saved(tmp_path, gzip.compress(TEXT.encode()), "rows.xlsx")
        with open_sheet(path) as sheet:
            assert list(sheet) == ROWS
        assert path.exists()
        assert not sheet.path.exists()

    def test_tables_equal_rows(self, tmp_path):
        text = "a,b\n" + "".join(f"{n},值{n}\n" for n in range(5000))
        for encoding in ("utf-8", "gb18030"):
            path = saved(tmp_path, text, encoding=encoding)
            got = [
                (number, row)
                for numbers, table in sheets.tables(open_sheet(path))
                for number, row in zip(numbers, table.to_pylist(), strict=True)
            ]
            assert got == list(open_sheet(path))


class TestBrokenRows:
    """Good rows are kept, broken ones named."""

    @pytest.mark.parametrize(
        ("content", "good", "bad"),
        [
            ("a,b\n1,2\n3\n4,5\n", [2, 4], {3: "列数不足"}),
            ("a,b\n1,2\n3,4,5\n6,7\n", [2, 4], {3: "列数过多"}),
            ('a,b\n1,2\n"3,4\n5,6\n7,8\n', [2, 4, 5], {3: "引号"}),
            (b"a,b\n1,\xe5\x90\xb4\n2,\xff\xff\n3,4\n", [2, 4], {3: "编码"}),
            ("a,b\n1,2\n3,x\x00y\n5,6\n", [2, 4], {3: "非法字符"}),
            ("a,b\n1,2\n3,cut of", [2, 3], {}),
            ("a,b,c\n1,2,3\n4,5", [2], {3: "列数不足"}),
        ],
    )
    @pytest.mark.parametrize("as_tables", [False, True])
    def test_csv(self, tmp_path, content, good, bad, as_tables):
        sheet = open_sheet(saved(tmp_path, content))
        if as_tables:
            numbers = [number for chunk, _ in sheets.tables(sheet) for number in chunk]
        else:
            numbers = [number for number, _ in sheet]
        assert numbers == good
        assert [rejected.number for rejected in sheet.rejected] == list(bad)
        assert all(bad[rejected.number] in rejected.reason for rejected in sheet.rejected)

    def test_csv_text_after_a_quote(self, tmp_path):
        rows, rejected = read(saved(tmp_path, 'a,b\n1,2\n"3"x,4\n5,6\n'))
        assert [number for number, _ in rows] == [2, 4]
        assert "格式有误" in rejected[0][1]

    def test_json_lines(self, tmp_path):
        rows, rejected = read(saved(tmp_path, '{"a": 1}\n{"a": \n[1]\n{"a": 2}\n', "rows.jsonl"))
        assert [number for number, _ in rows] == [1, 4]
        assert [number for number, _ in rejected] == [2, 3]

    def test_an_array_cut_in_half(self, tmp_path):
        rows, rejected = read(saved(tmp_path, '[{"a": 1}, {"a": 2}, {"a":', "rows.json"))
        assert [number for number, _ in rows] == [1, 2]
        assert rejected[0][0] == 3

    def test_a_waybill_that_excel_has_rounded(self, tmp_path):
        book = openpyxl.Workbook()
        book.worksheets[0].append(["单号"])
        book.worksheets[0].append([7731234567890120000])
        book.save(tmp_path / "rows.xlsx")
        assert "15 位" in read(tmp_path / "rows.xlsx")[1][0][1]


class TestRefusals:
    @pytest.mark.parametrize("content", ["", "\n\n", "a,b\n", "\ufeff"])
    def test_an_empty_file(self, tmp_path, content):
        with pytest.raises(sheets.FileIsEmpty):
            read(saved(tmp_path, content))

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("rows.xlsx", b"PK\x03\x04 broken"),
            ("rows.parquet", b"PAR1 broken"),
            ("rows.xls", b"\xd0\xcf\x11\xe0"),
            ("rows.csv.gz", b"\x1f\x8b broken"),
            ("rows.csv", b"a,a\n1,2\n"),
            ("rows.csv", b"a,,b\n1,2,3\n"),
        ],
    )
    def test_what_cannot_be_read(self, tmp_path, name, content):
        with pytest.raises(sheets.FileUnreadable):
            read(saved(tmp_path, content, name))

    def test_a_truncated_gzip(self, tmp_path):
        packed = gzip.compress(("a,b\n" + "1,2\n" * 10_000).encode())
        with pytest.raises(sheets.FileUnreadable):
            read(saved(tmp_path, packed[: len(packed) // 2], "rows.csv.gz"))

    def test_a_gzip_bomb_costs_no_more_than_the_cap(self, tmp_path):
        path = saved(tmp_path, gzip.compress(b"a" * 50_000_000), "bomb.gz")
        with pytest.raises(sheets.FileTooLarge):
            read(path, caps=Caps(size=1_000_000))

    def test_too_many_broken_rows(self, tmp_path):
        with pytest.raises(sheets.FileUnreadable):
            read(saved(tmp_path, "a,b\n" + "1\n" * 100), caps=Caps(rejected=50))


class TestWriting:
    DANGEROUS = [{"名称": "=cmd()", "电话": "+86", "数": "-5", "空": None}]

    def test_csv_cannot_run_in_a_spreadsheet(self):
        out = io.StringIO()
        assert sheets.write_csv(out, ["名称", "电话", "数", "空"], self.DANGEROUS) == 1
        assert out.getvalue() == "\ufeff名称,电话,数,空\r\n'=cmd(),+86,-5,\r\n"

    def test_xlsx_cannot_run_in_a_spreadsheet(self, tmp_path):
        with (tmp_path / "out.xlsx").open("wb") as out:
            sheets.write_xlsx(out, ["名称", "电话"], self.DANGEROUS)
        assert read(tmp_path / "out.xlsx")[0] == [(2, {"名称": "'=cmd()", "电话": "+86"})]

    def test_rejects_keep_what_came_in(self, tmp_path):
        with sheets.RejectsFile(tmp_path / "deep" / "rejects.csv") as rejects:
            rejects.write(3, "没有名称", {"code": "A", "name": ""})
            rejects.write(7, "半行", {"line": "xyz"})
        assert rejects.count == 2
        assert read(tmp_path / "deep" / "rejects.csv")[0] == [
            (2, {"行号": "3", "原因": "没有名称", "code": "A", "name": "", "原文": ""}),
            (3, {"行号": "7", "原因": "半行", "code": "", "name": "", "原文": "xyz"}),
        ]

    def test_no_rejects_no_file(self, tmp_path):
        with sheets.RejectsFile(tmp_path / "rejects.csv"):
            pass
        assert not (tmp_path / "rejects.csv").exists()
