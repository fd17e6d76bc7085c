"""Files of rows, whatever somebody saved them as: CSV (UTF-8, UTF-16, GB18030), XLSX, JSON, Parquet.

    sheet = open_sheet(path, name="客户.csv")
    for number, row in sheet: ...        # good rows; or `for numbers, table in tables(sheet)` for Arrow
    sheet.rejected                       # rows put aside, each with its reason

Row numbers are those of a spreadsheet: the header is row 1. JSON lines are numbered by line, elements of an
array and Parquet rows from 1. A file that cannot be read at all is a BadInput; unpacked gzip lives until
`sheet.close()`.
"""

from huhang.kit.sheets.arrow import tables
from huhang.kit.sheets.errors import FileIsEmpty, FileTooLarge, FileUnreadable
from huhang.kit.sheets.opening import open_sheet
from huhang.kit.sheets.sheet import Caps, Rejected, Sheet
from huhang.kit.sheets.writing import RejectsFile, write_csv, write_xlsx

__all__ = [
    "Caps",
    "FileIsEmpty",
    "FileTooLarge",
    "FileUnreadable",
    "Rejected",
    "RejectsFile",
    "Sheet",
    "open_sheet",
    "tables",
    "write_csv",
    "write_xlsx",
]
