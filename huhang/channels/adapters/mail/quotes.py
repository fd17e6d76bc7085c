"""What somebody wrote now, and the earlier mail that their program put below it."""

import re

SEPARATOR = re.compile(
    r"[>\s]*[-_—]{2,}\s*(原始邮件|回复的原邮件|original message|转发邮件信息)\s*[-_—]{2,}.*", re.IGNORECASE
)
WROTE = re.compile(
    r"\s*(on\b.{5,200}\bwrote|(在|于)?.{0,200}\d.{0,200}(写道|写到))\s*[:：]\s*", re.IGNORECASE
)
HEAD = re.compile(r"\s*[*]?(发件人|寄件者|from)[*]?\s*[:：].*", re.IGNORECASE)
NEXT_HEADS = re.compile(
    r"\s*[*]?(发送时间|发送日期|日期|时间|收件人|收件者|主题|抄送|sent|date|to|subject|cc)[*]?\s*[:：].*",
    re.IGNORECASE,
)
FORWARDED = re.compile(r"\s*(fw|fwd|转发|轉寄|转)\s*[:：]", re.IGNORECASE)
LONGEST_LINE, MOST_LINES = 500, 3000


def split(text: str, *, subject: str = "") -> tuple[str, str]:
    """The new words and the earlier ones. Where nothing new was said above, or it is forwarded, all of it is new."""
    lines = text.splitlines()
    at = None if FORWARDED.match(subject) else _begin(lines)
    if at is None:
        return text.strip(), ""
    new, old = "\n".join(lines[:at]).strip(), "\n".join(lines[at:]).strip()
    return (new, old) if new else (text.strip(), "")


def _begin(lines: list[str]) -> int | None:
    """The line with which the earlier mail begins; answers written between its lines are left where they are."""
    for number, line in enumerate(lines[:MOST_LINES]):
        if len(line) > LONGEST_LINE:
            continue
        if SEPARATOR.fullmatch(line) or _is_head(lines, number):
            return number
        if _says_who_wrote(line) and not _answers_follow(lines, number + 1):
            return number
    return _last_quoted(lines)


def _says_who_wrote(line: str) -> bool:
    return line.rstrip(" :：").endswith(("写道", "写到", "wrote")) and WROTE.fullmatch(line) is not None


def _is_head(lines: list[str], number: int) -> bool:
    following = [line for line in lines[number + 1 : number + 7] if line.strip()][:2]
    return (
        HEAD.fullmatch(lines[number]) is not None
        and len(following) == 2
        and all(NEXT_HEADS.fullmatch(line[:LONGEST_LINE]) for line in following)
    )


def _answers_follow(lines: list[str], number: int) -> bool:
    """Are there quoted lines, and unquoted ones after them?"""
    rest = [line for line in lines[number : number + MOST_LINES] if line.strip()]
    quoted = [place for place, line in enumerate(rest) if line.lstrip().startswith(">")]
    return bool(quoted) and any(not line.lstrip().startswith(">") for line in rest[quoted[0] :])


def _last_quoted(lines: list[str]) -> int | None:
    """Where the quoted lines at the end begin."""
    at = len(lines)
    while at and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith(">")):
        at -= 1
    return at if any(line.lstrip().startswith(">") for line in lines[at:]) else None
