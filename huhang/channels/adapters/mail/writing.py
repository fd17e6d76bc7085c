"""From a letter to a mail: the same letter is, at every attempt, the same mail byte for byte."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from huhang.channels.adapters.mail.names import (
    letter_name,
    message_ids,
    plus_address,
    thread_token,
)
from huhang.channels.adapters.mail.plan import Plan
from huhang.channels.rules.gateway import GatewayRefused, Letter
from huhang.channels.rules.matter import Media

AN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
ANSWERS = re.compile(r"\s*(re|回复|答复|回覆)\s*[:：]", re.IGNORECASE)
NO_ADDRESS = "这不是能用的邮箱地址：{}"
DEFAULT_SUBJECT = "客服消息"
MOST_NAMED = 20


def mail_of(letter: Letter, plan: Plan) -> EmailMessage:
    """The mail. GatewayRefused where the address is none."""
    if not AN_ADDRESS.fullmatch(letter.number):
        raise GatewayRefused(NO_ADDRESS.format(letter.number[:80]))
    mail = EmailMessage(policy=SMTP)
    name = letter_name(letter.key, plan.password)
    token = thread_token(letter.thread, name)
    mail["From"] = Address(_line(plan.shown_name), addr_spec=plan.address)
    mail["To"] = Address(addr_spec=letter.number)
    if plan.has_plus_addresses:
        mail["Reply-To"] = Address(addr_spec=plus_address(plan.address, token))
    mail["Subject"] = _subject(letter)
    mail["Date"] = letter.queued_at
    mail["Message-ID"] = f"<{name}.{token}.huhang@{plan.domain}>"
    _answer(mail, letter)
    _say_who_wrote(mail, letter)
    mail.set_content(_text(letter), cte="base64")
    for media in letter.media:
        _attach(mail, media)
    if mail.is_multipart():
        mail.set_boundary(f"={name}=")
    return mail


def _subject(letter: Letter) -> str:
    subject = _line(letter.subject) or DEFAULT_SUBJECT
    is_answer = bool(message_ids(letter.thread)) and not ANSWERS.match(subject)
    return f"Re: {subject}" if is_answer else subject


def _answer(mail: EmailMessage, letter: Letter) -> None:
    """What it answers, as mail programs want to know: the newest, and those before it."""
    before = message_ids(letter.thread)
    if before:
        mail["In-Reply-To"] = before[-1]
        mail["References"] = " ".join(before[:1] + before[1:][-MOST_NAMED:])


def _say_who_wrote(mail: EmailMessage, letter: Letter) -> None:
    """Where no person wrote it, programs on the other side must not answer (RFC 3834)."""
    answers = bool(message_ids(letter.thread))
    if answers and not letter.extra.get("automatic"):
        return
    mail["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"


def _text(letter: Letter) -> str:
    shown = (letter.text, letter.extra.get("title", ""), letter.extra.get("url", ""))
    return "\n".join(word for word in map(str, shown) if word) + "\n"


def _attach(mail: EmailMessage, media: Media) -> None:
    kind, _, form = media.content_type.partition("/")
    if kind in ("", "text", "message", "multipart") or not form:
        kind, form = "application", "octet-stream"
    mail.add_attachment(media.data, maintype=kind, subtype=form, filename=_line(media.name) or "file")


def _line(words: str) -> str:
    """One line: what would begin another header is space."""
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())
