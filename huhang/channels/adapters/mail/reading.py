"""From a mail as it lies in the mailbox to a fact, or to a report of a letter of ours. Talks to nobody."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256

from huhang.channels.adapters.mail import bounces, quotes
from huhang.channels.adapters.mail.charsets import words_of
from huhang.channels.adapters.mail.names import message_ids, plus_tokens, thread_of
from huhang.channels.adapters.mail.parts import UNKNOWN, Content, content_of, head
from huhang.channels.adapters.mail.signs import automatic
from huhang.channels.rules.gateway import Report
from huhang.channels.rules.incoming import Incoming, name_of
from huhang.channels.rules.matter import Media, Sort, legible
from huhang.channels.rules.wire import Unreadable

AN_ADDRESS = re.compile(r"[^\s<>@,;:\"]+@[^\s<>@,;:\"]+")
LONGEST_TEXT, LONGEST_QUOTED = 20_000, 20_000
NOBODY = "unknown@invalid"
# The parser's ways to stumble over what is no mail.
STUMBLES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
CANNOT_BE_READ = "[这封邮件无法解析，原文见附件]"
WHOLE_TEXT, WHOLE_MAIL = "全文.txt", "原文.eml"


@dataclass(frozen=True, slots=True)
class Found:
    """A mail is one of the two, or of no concern."""

    fact: Incoming | None = None
    report: Report | None = None


def read(raw: bytes, *, at: datetime, ours: str, door: str = "", is_cut: bool = False) -> Found:
    """What a mail to `ours` says; `at` is when the server got it. Raises Unreadable and nothing else."""
    try:
        mail = message_from_bytes(raw)
        sender, name = _sender(mail, ours)
        report = bounces.report_of(mail, raw, sender=sender, at=at)
        if report:
            return Found(report=report)
        if _is_late_notice(mail):
            return Found()
        return Found(_fact(mail, raw, sender, name, at=at, ours=ours, door=door, is_cut=is_cut))
    except STUMBLES as error:
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error


def unread(raw: bytes, *, at: datetime, door: str) -> Incoming:
    """What nobody can read is kept as the file that it is, for people to look at."""
    found = AN_ADDRESS.search(
        next(
            (
                line
                for line in raw[:20_000].decode("latin-1").splitlines()
                if line.lower().startswith("from:")
            ),
            "",
        )
    )
    return Incoming(
        sha256(raw).hexdigest()[:32], found[0].lower()[:200] if found else NOBODY, at, text=CANNOT_BE_READ, door=door,
        media=(Media(WHOLE_MAIL, UNKNOWN, raw),), thread=(f"<{sha256(raw).hexdigest()[:32]}@unread>",),
    )  # fmt: skip


def _fact(
    mail: Message, raw: bytes, sender: str, name: str, *, at: datetime, ours: str, door: str, is_cut: bool
) -> Incoming:
    content, subject = content_of(mail), legible(head(mail, "Subject"))
    own = _own_name(mail, raw)
    new, old = quotes.split(content.text, subject=subject)
    sign = "own mail" if sender == ours.lower() else automatic(lambda header: head(mail, header))
    extra = {"quoted": old[:LONGEST_QUOTED], "automatic": sign, "left_out": "、".join(content.left_out)}
    if is_cut:
        extra["left_out"] = WHOLE_MAIL
    return Incoming(
        external_id=_identity(mail, raw, own, sender, content),
        address=sender,
        at=at,
        sort=Sort.TEXT,
        text=new[:LONGEST_TEXT] or subject,
        media=_files(content, new, is_cut=is_cut),
        name=name[:80],
        door=door,
        thread=thread_of(own, _named(mail), plus_tokens(_recipients(mail), ours)),
        subject=subject[:200],
        is_automatic=bool(sign),
        extra={key: legible(value) for key, value in extra.items() if value},
    )


def _files(content: Content, text: str, *, is_cut: bool) -> tuple[Media, ...]:
    """Words that are too long for a talk come along as a file. Of a mail that was cut off, files are torn."""
    files = () if is_cut else tuple(content.files)
    if len(text) > LONGEST_TEXT:
        return (Media(WHOLE_TEXT, "text/plain", text.encode()), *files)
    return files


def _own_name(mail: Message, raw: bytes) -> str:
    found = message_ids([head(mail, "Message-ID")])
    return found[0] if found else f"<{sha256(raw).hexdigest()[:32]}@unnamed>"


def _identity(mail: Message, raw: bytes, own: str, sender: str, content: Content) -> str:
    """The same for copies in two folders and for a mail that its sender's server delivered twice.

    A Message-ID alone does not do: some programs use one for many mails, and a stranger may know one that is to come.
    A mail without one is itself by every byte, with the lines of the servers it came by.
    """
    if own.endswith("@unnamed>"):
        return own.strip("<>")
    inside = sha256(content.text.encode(errors="replace"))
    for one in content.files:
        inside.update(sha256(one.data).digest())
    return name_of(own, sender, head(mail, "Date"), head(mail, "Subject"), inside.hexdigest())


def _sender(mail: Message, ours: str) -> tuple[str, str]:
    """To whom an answer goes, and how they call themselves."""
    written = _addresses(mail, "From")
    asked = [pair for pair in _addresses(mail, "Reply-To") if pair[1] != ours.lower()]
    address = (asked or written or _addresses(mail, "Sender") or [("", NOBODY)])[0][1]
    name = next((name for name, _ in [*written, *asked] if name), "")
    return address, name


def _addresses(mail: Message, header: str) -> list[tuple[str, str]]:
    """Names and addresses, these in small letters."""
    raw = [str(value) for key, value in mail.raw_items() if key.lower() == header.lower()]
    # Names are read after the list is taken apart: an encoded name may hold a comma.
    pairs = getaddresses([value if value.isascii() else head(mail, header) for value in raw])
    if not any(AN_ADDRESS.fullmatch(address) for _, address in pairs):
        pairs = [("", found) for value in raw for found in AN_ADDRESS.findall(value)]
    return [
        (words_of(name), legible(address.lower()))
        for name, address in pairs
        if AN_ADDRESS.fullmatch(address) and len(address) <= 200
    ]


def _named(mail: Message) -> Iterable[str]:
    return head(mail, "References"), head(mail, "In-Reply-To")


def _recipients(mail: Message) -> list[str]:
    headers = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
    return [address for header in headers for _, address in _addresses(mail, header)]


def _is_late_notice(mail: Message) -> bool:
    """That a letter of ours is late, or that a server has passed it on: it is neither failed nor arrived."""
    is_notice = any(part.get_content_type() in bounces.NOTICES for part in mail.walk())
    return is_notice and bool(bounces.letter_of(mail))
