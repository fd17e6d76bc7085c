"""`huhang codes map`: a carrier's lines in, the same lines with code and reason out.

Needs neither Django nor a database, and starts in a third of a second.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import Any, TextIO

from huhang.journey.feeds import words


def command(arguments: list[str], source: TextIO | None = None, target: TextIO | None = None) -> int:
    """Answer `map [--carrier NAME]`; exit code 1 when a line could not be read (it is named in the output)."""
    options = _options().parse_args(arguments)
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):  # whatever the terminal's locale says
            stream.reconfigure(encoding="utf-8", errors="replace")
    target = target or sys.stdout
    broken = 0
    for answer in translated(source or sys.stdin, options.carrier):
        broken += "error" in answer
        target.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 1 if broken else 0


def translated(lines: Iterable[str], carrier: str = "") -> Iterator[dict[str, Any]]:
    """Each line `{"text": …}` with `code` and `reason` added; an unreadable one as `{"line": …, "error": …}`."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(number, line, carrier)


def _answer(number: int, line: str, carrier: str) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(line)
        text = row["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"line": number, "error": '应为一行 JSON：{"text": "……", "time": "……"}'}
    found = words.by_carrier(str(text), str(row.get("carrier") or carrier))
    return row | {"code": found.code.name, "reason": found.reason.name}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="huhang codes", description="承运商轨迹文字 → 标准扫描码")
    commands = parser.add_subparsers(required=True)
    mapped = commands.add_parser("map", help="标准输入输出，每行一个 JSON")
    mapped.add_argument("--carrier", default="", help="承运商，例如 shentong、yunda、kuaidi100")
    return parser
