"""A mailbox: IMAP for what comes in, SMTP submission for what goes out.

Settings: address, imap_host, smtp_host, and those of `plan.py`. Secrets: password.

A letter's `extra`: `automatic` says that no person wrote it; title and url make a link below its text.
"""

from huhang.channels.adapters.mail.mail import Mail

__all__ = ["Mail"]
