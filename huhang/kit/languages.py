"""Stored texts in the language of whoever reads them."""

from django.conf import settings
from django.utils.translation import get_language, gettext


def reads_english() -> bool:
    return (get_language() or "").startswith("en")


def reads_as_stored() -> bool:
    """Is the reader's language the one in which we store texts?"""
    return get_language() == settings.LANGUAGE_CODE


def name_of(code: str) -> str:
    """A language by its own name; a code that we do not speak stands for itself."""
    return str(dict(settings.LANGUAGES).get(code, code))


def shown(text: str, english: str = "") -> str:
    """A stored text as its reader should see it: its own English, or the catalogue's form of a text from a pack."""
    language = get_language() or ""
    if language == settings.LANGUAGE_CODE or not text:
        return text  # it is stored in this language: no catalogue knows it better
    return english if english and language.startswith("en") else gettext(text)
