"""One mailbox: reads what came, page by page, and hands letters over under names of their own."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from huhang.channels.adapters.mail import posting
from huhang.channels.adapters.mail.box import Box, Listed, opened
from huhang.channels.adapters.mail.idling import Bell
from huhang.channels.adapters.mail.names import letter_name
from huhang.channels.adapters.mail.parts import LARGEST
from huhang.channels.adapters.mail.plan import Plan, plan_of
from huhang.channels.adapters.mail.reading import Found, read, unread
from huhang.channels.adapters.mail.writing import mail_of
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, Post, Shelf
from huhang.channels.rules.incoming import Pulled, Reading
from huhang.channels.rules.matter import Media
from huhang.channels.rules.wire import Callback, Forged, Unreadable, Wire

PAGE, PAGE_BYTES = 20, 32 * 1024 * 1024
# A file of the largest size that is taken, in base64, and words around it; of what is larger, so much is read.
WHOLE, BEGINNING = LARGEST * 4 // 3 + 6 * 1024 * 1024, 512 * 1024


class Mail:
    """Its folders are its doors; `INBOX`, or whichever stands first, is the door without a name."""

    is_real = True

    def __init__(self, settings: Mapping[str, str], wire: Wire, shelf: Shelf) -> None:
        self.name = settings.get("name", "mail")
        self._settings = settings

    def read(self, callback: Callback) -> Reading:
        """Nobody calls a mailbox."""
        raise Forged

    def doors(self) -> tuple[str, ...]:
        """What can be pulled from."""
        return ("", *self._plan().folders[1:])

    def pull(self, door: str, token: str, cursor: str) -> Pulled:
        """The page after the cursor: `<UIDVALIDITY>:<UID>`. With a new numbering everything is told once more."""
        plan = self._plan()
        with opened(plan, door or plan.folders[0]) as box:
            return _page(box, plan, door, cursor)

    def fetch(self, ref: str) -> Media:
        """Files come with their mail."""
        raise GatewayRefused("邮件的附件随邮件一起收取")

    def send(self, letter: Letter, *, again: bool) -> str:
        """Hand a letter over. A second attempt is the same mail under the same Message-ID."""
        plan = self._plan()
        posting.hand_over(mail_of(letter, plan), plan, letter.number)
        return letter_name(letter.key, plan.password)

    def collect(self) -> Iterator[Post]:
        """Nothing here: bounces come with what is pulled."""
        return iter(())

    def try_out(self) -> None:
        """Do both servers let us in, and are the folders there? Raises GatewayAway with their words."""
        plan = self._plan()
        for folder in plan.folders:
            with opened(plan, folder):
                pass
        with posting.line(plan):
            pass

    def bell(self, now: Callable[[], datetime]) -> Bell:
        """What rings when mail has come."""
        return Bell(self._plan(), Path(self._settings.get("folder", ".")), now)

    def _plan(self) -> Plan:
        try:
            return plan_of(self._settings)
        except ValueError as error:
            raise GatewayAway(f"账号设置写错了：{error}") from error


def _page(box: Box, plan: Plan, door: str, cursor: str) -> Pulled:
    validity, _, last = cursor.partition(":")
    reached = int(last) if validity == str(box.validity) and last.isdigit() else 0
    rows, has_more = box.after(reached, plan.since, PAGE)
    found: list[Found] = []
    taken = 0
    for row in rows:
        if taken and taken + row.size > PAGE_BYTES:
            has_more = True
            break
        taken += row.size
        found.append(_found(box, row, plan, door))
        reached = row.uid
    return Pulled(
        tuple(one.fact for one in found if one.fact),
        f"{box.validity}:{reached}",
        has_more,
        tuple(one.report for one in found if one.report),
    )


def _found(box: Box, row: Listed, plan: Plan, door: str) -> Found:
    is_cut = row.size > WHOLE
    raw = box.mail(row.uid, BEGINNING if is_cut else 0)
    if raw is None:
        return Found()
    try:
        return read(raw, at=row.at, ours=plan.address, door=door, is_cut=is_cut)
    except Unreadable:
        return Found(unread(raw, at=row.at, door=door))
