"""Stored texts in the language of whoever reads them."""

from django.utils.translation import get_language, gettext


def reads_english() -> bool:
    return (get_language() or "").startswith("en")


def shown(text: str, english: str = "") -> str:
    """A stored text as its reader should see it: its own English, or the catalogue's form of a text from a pack."""
    if english and reads_english():
        return english
    return gettext(text) if text else ""
