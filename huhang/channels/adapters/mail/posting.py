"""SMTP submission: which failures mean that nothing was taken, and which that nobody knows."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from huhang.channels.adapters.mail.bounces import STATUS, reason_for
from huhang.channels.adapters.mail.plan import SSL, STARTTLS, Plan
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, NotTaken

# For each step, and for each piece of a mail: large ones may take their time while they move.
PATIENCE = 30.0
PIECE = 64 * 1024
NO_ENTRY = "发信服务器不接受登录：{}"


class _InPieces(smtplib.SMTP):
    """Python allows a whole mail no more time than one answer: twenty megabytes over a slow line never got through."""

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        for start in range(0, max(1, len(s)), PIECE):
            super().send(s[start : start + PIECE])


class _Tls(_InPieces, smtplib.SMTP_SSL):
    pass


@contextmanager
def line(plan: Plan) -> Iterator[smtplib.SMTP]:
    """A line to the server, logged in. Raises NotTaken: until a mail is handed over, nothing is."""
    try:
        server = _connected(plan)
    except smtplib.SMTPAuthenticationError as error:
        raise NotTaken(NO_ENTRY.format(_said(error.smtp_error))) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotTaken(str(error)[:200]) from error
    try:
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def hand_over(mail: EmailMessage, plan: Plan, to: str) -> None:
    """Give the mail to the server. Raises GatewayRefused, NotTaken, or GatewayAway when nobody knows."""
    content = mail.as_bytes()
    with line(plan) as server:
        try:
            _announce(server, plan, to, len(content))
        except (OSError, smtplib.SMTPException) as error:
            raise NotTaken(str(error)[:200]) from error
        try:
            code, words = server.data(content)
        except smtplib.SMTPDataError as error:
            code, words = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        except (OSError, smtplib.SMTPException) as error:
            raise GatewayAway(str(error)[:200]) from error
        _accept(code, words)


def _announce(server: smtplib.SMTP, plan: Plan, to: str, size: int) -> None:
    options = [f"size={size}"] if server.has_extn("size") else []
    code, words = server.mail(plan.address, options)
    if code == 552:
        _accept(code, words)
    if code >= 400:
        # The server does not like us, now: a day's count is used up, or an account is locked.
        raise NotTaken(_said(words))
    _accept(*server.rcpt(to))


def _accept(code: int, words: bytes) -> None:
    if 200 <= code < 300:
        return
    if 500 <= code < 600:
        status = STATUS.search(_said(words))
        raise GatewayRefused(reason_for(status[0] if status else "", f"{code} {_said(words)}"))
    raise NotTaken(f"{code} {_said(words)}"[:200])


def _connected(plan: Plan) -> smtplib.SMTP:
    at = plan.smtp
    if at.security == SSL:
        server: smtplib.SMTP = _Tls(at.host, at.port, timeout=PATIENCE, context=at.context())
    else:
        server = _InPieces(at.host, at.port, timeout=PATIENCE)
    try:
        server.ehlo_or_helo_if_needed()
        if at.security == STARTTLS:
            server.starttls(context=at.context())
            server.ehlo()
        if plan.password and server.has_extn("auth"):
            server.login(plan.user, plan.password)
    except BaseException:
        server.close()
        raise
    return server


def _said(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())
