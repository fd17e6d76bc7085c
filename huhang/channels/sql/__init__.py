"""Named statements of the post office: what matters for speed or exactness is written in SQL, one file each."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
