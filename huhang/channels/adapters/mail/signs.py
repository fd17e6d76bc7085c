"""By what a mail shows that a machine wrote it (RFC 3834, and what mailers did before it)."""

from collections.abc import Callable

MANY = frozenset({"bulk", "junk", "list", "auto_reply"})


def automatic(header: Callable[[str], str]) -> str:
    """The sign in its headers, as it stands there; empty for what a person wrote."""
    submitted = header("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted}"
    if (precedence := header("precedence").strip().lower()) in MANY:
        return f"Precedence: {precedence}"
    suppressed = header("x-auto-response-suppress").strip().lower()
    if suppressed and suppressed != "none":
        return f"X-Auto-Response-Suppress: {suppressed}"
    for name in ("list-id", "x-autoreply", "x-autorespond"):
        if header(name).strip():
            return name
    if header("return-path").strip() == "<>":
        return "Return-Path: <>"
    return ""
