"""A folder over IMAP, opened for reading only: nothing in it is marked, moved or thrown away."""

import imaplib
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from huhang.channels.adapters.mail.plan import SSL, STARTTLS, Plan
from huhang.channels.rules.gateway import GatewayAway

PATIENCE = 30.0
NO_ENTRY = "收信服务器不接受登录：{}"
NO_FOLDER = "收信服务器上打不开文件夹 {}：{}"
UID, SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
MOMENT = re.compile(rb'\bINTERNALDATE "([^"]+)"')
UNTOLD = datetime(2001, 1, 1, tzinfo=UTC)
# Some servers (163, 126) open no folder to a program that does not say what it is.
WHO = '("name" "huhang" "version" "1")'
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail as the server lists it."""

    uid: int
    at: datetime
    size: int


class Box:
    """One open folder. `validity` says which numbering its UIDs belong to."""

    def __init__(self, imap: imaplib.IMAP4, folder: str) -> None:
        self._imap = imap
        done, said = imap.select(_quoted(folder), readonly=True)
        if done != "OK":
            raise GatewayAway(NO_FOLDER.format(folder, _said(said)))
        told = imap.response("UIDVALIDITY")[1]
        self.validity = int(told[0]) if told and told[0] else 0

    def after(self, uid: int, since: date | None, most: int) -> tuple[list[Listed], bool]:
        """The next mails after this one, in the order in which they came, and whether there are more."""
        day = f" SINCE {since.day:02}-{MONTHS[since.month - 1]}-{since.year}" if since else ""
        said = self._ask("SEARCH", f"UID {uid + 1}:*{day}")
        # `n:*` always names the last mail, even when it is before n.
        named = (int(found) for words in said if isinstance(words, bytes) for found in words.split())
        uids = sorted(found for found in named if found > uid)
        return self._listed(uids[:most]), len(uids) > most

    def mail(self, uid: int, only: int = 0) -> bytes | None:
        """A mail's bytes, or only so many of them; None when somebody has thrown it away meanwhile."""
        said = self._ask("FETCH", str(uid), f"(BODY.PEEK[]{f'<0.{only}>' if only else ''})")
        literals = [part[1] for part in said if isinstance(part, tuple) and b"BODY[" in part[0]]
        return max(literals, key=len) if literals else None

    def _listed(self, uids: list[int]) -> list[Listed]:
        if not uids:
            return []
        said = self._ask("FETCH", ",".join(map(str, uids)), "(UID INTERNALDATE RFC822.SIZE)")
        rows = (_row(b"".join(part) if isinstance(part, tuple) else part) for part in said if part)
        known = {row.uid: row for row in rows if row}
        # What is not listed is asked for all the same: perhaps it is gone, perhaps it is listed oddly.
        return [known.get(uid, Listed(uid, UNTOLD, 0)) for uid in uids]

    def _ask(self, command: str, *words: str) -> list[bytes | tuple[bytes, bytes]]:
        done, said = self._imap.uid(command, *words)
        if done != "OK":
            raise GatewayAway(_said(said))
        return list(said)


@contextmanager
def opened(plan: Plan, folder: str) -> Iterator[Box]:
    """A folder of the mailbox. Raises GatewayAway for whatever goes wrong on the line."""
    with line(plan) as imap, _trouble():
        yield Box(imap, folder)


@contextmanager
def line(plan: Plan) -> Iterator[imaplib.IMAP4]:
    """A line to the server, logged in, and closed in the end."""
    with _trouble():
        imap = connected(plan)
    try:
        yield imap
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            imap.logout()


def connected(plan: Plan) -> imaplib.IMAP4:
    """A line that stays open until its owner closes it. Raises OSError, IMAP4.error or GatewayAway."""
    at = plan.imap
    if at.security == SSL:
        imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(at.host, at.port, ssl_context=at.context(), timeout=PATIENCE)
    else:
        imap = imaplib.IMAP4(at.host, at.port, timeout=PATIENCE)
    try:
        if at.security == STARTTLS:
            imap.starttls(at.context())
        _log_in(imap, plan)
    except BaseException:
        # What went wrong first is what is told.
        with suppress(OSError):
            imap.shutdown()
        raise
    return imap


def _log_in(imap: imaplib.IMAP4, plan: Plan) -> None:
    try:
        imap.login(plan.user, plan.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise GatewayAway(NO_ENTRY.format(error)[:200]) from error
    done, said = imap.capability()
    capabilities = _said(said).upper().split() if done == "OK" else []
    if "ID" in capabilities:
        imap.xatom("ID", WHO)
    imap.capabilities = tuple(capabilities)


@contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise GatewayAway(f"{type(error).__name__}: {error}"[:200]) from error


def _row(told: bytes) -> Listed | None:
    uid, size, moment = UID.search(told), SIZE.search(told), MOMENT.search(told)
    if uid is None or size is None or moment is None:
        return None
    at = parsedate_to_datetime(moment[1].decode("ascii", "replace").strip())
    return Listed(int(uid[1]), at.astimezone(UTC), int(size[1]))


def _said(words: object) -> str:
    parts = words if isinstance(words, list) else [words]
    return " ".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))[:1000]


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: quoted, and Chinese in its own way (RFC 3501, 5.1.3)."""
    escaped = in_utf7(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def in_utf7(name: str) -> str:
    """IMAP's own form of UTF-7."""
    return re.sub(r"[^\x20-\x7e]+|&", lambda match: "&-" if match[0] == "&" else _shifted(match[0]), name)


def _shifted(run: str) -> str:
    return f"&{b64encode(run.encode('utf-16-be')).decode().rstrip('=').replace('/', ',')}-"
