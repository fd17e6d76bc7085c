"""What mail servers say became of a letter (RFC 3464, codes of RFC 3463), and what older ones say in words."""

import re
from datetime import datetime
from email.message import Message

from huhang.channels.adapters.mail.charsets import words_of
from huhang.channels.adapters.mail.names import OURS
from huhang.channels.rules.gateway import Report
from huhang.channels.rules.outgoing import State

# Where the letter is told of: the letter itself, or its headers.
RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
NOTICES = frozenset({"message/delivery-status", "message/global-delivery-status"})
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
MEANINGS = {
    "1.1": "收件地址不存在",
    "1.2": "收件地址的域名不存在",
    "1.10": "收件域名不收邮件",
    "2.1": "收件邮箱已停用",
    "2.2": "收件邮箱已满",
    "2.3": "邮件太大，对方不收",
    "3.4": "邮件太大，对方不收",
    "4.1": "对方服务器没有应答",
    "4.4": "找不到对方的邮件服务器",
    "4.7": "多次尝试后仍未送达",
    "7.1": "对方服务器拒收",
}
OTHERS = {"1": "收件地址有问题", "2": "收件邮箱有问题", "7": "对方服务器拒收"}
UNDELIVERED = "邮件未能送达"
POSTMEN = frozenset({"mailer-daemon", "postmaster"})
LONGEST = 200


def report_of(mail: Message, raw: bytes, *, sender: str, at: datetime) -> Report | None:
    """What became of a letter of ours; None when it is not about one, or says nothing that is final."""
    notices = [part for part in mail.walk() if part.get_content_type() in NOTICES]
    if notices:
        name = letter_of(mail)
        state, reason = _verdict([block for part in notices for block in _blocks(part)])
        return Report(state, at, external_id=name, reason=reason) if name and state else None
    if sender.partition("@")[0] in POSTMEN and (name := letter_of(mail) or _named_in(raw)):
        return Report(State.FAILED, at, external_id=name, reason=UNDELIVERED)
    return None


def reason_for(status: str, words: str) -> str:
    """A status and the server's words, as an agent reads them."""
    _, _, kind = status.partition(".")
    meaning = MEANINGS.get(kind) or OTHERS.get(kind.partition(".")[0], UNDELIVERED)
    told = " ".join(words.split())
    return (
        f"{meaning}（{' '.join(filter(None, (status, told)))[: LONGEST - len(meaning) - 2]}）"
        if status or told
        else meaning
    )


def letter_of(mail: Message) -> str:
    """Our letter that was returned. An answer also names it, but does not return it."""
    for part in mail.walk():
        if part.get_content_type() not in RETURNED:
            continue
        if part.is_multipart():
            inner = part.get_payload(0)
            text = str(inner.get("Message-ID", "")) if isinstance(inner, Message) else ""
        else:
            text = _text(part)
        if match := OURS.search(text):
            return match[1]
    return ""


def _named_in(raw: bytes) -> str:
    """Below the notice's own headers, as servers without a standard put it."""
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].decode("ascii", "replace")
    match = re.search(r"(?im)^[>\s]*message-id:\s*" + OURS.pattern, body)
    return match[1] if match else ""


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _verdict(blocks: list[Message]) -> tuple[State | None, str]:
    told = [(_word(block, "Action").lower(), block) for block in blocks if block.get("Action")]
    for action, block in told:
        if action == "failed":
            found = STATUS.search(_word(block, "Status"))
            words = _word(block, "Diagnostic-Code").partition(";")
            return State.FAILED, reason_for(found[0] if found else "", words[2] or words[0])
    if any(action == "delivered" for action, _ in told):
        return State.DELIVERED, ""
    return None, ""


def _word(block: Message, name: str) -> str:
    return words_of(str(block.get(name, "")))


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""
