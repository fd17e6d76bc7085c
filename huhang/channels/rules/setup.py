"""What an adapter must be told to work, as data: a folder of `channels/adapters/` says it in its `setup.py`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. A secret is written and never shown again."""

    name: str
    label: str
    is_secret: bool = False
    is_needed: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """One sort of account: what it is called, what it must be told, and what it can do."""

    label: str
    fields: tuple[Field, ...]
    # What to do with the address that calls us back; empty where nobody calls.
    callback: str = ""
    # Our secret stands in that address, because the vendor signs nothing.
    secret_in_address: str = ""
    # The page below it to which calls are posted.
    callback_page: str = ""
    # Does the vendor list what was sent to us, so that we can look for what no callback told?
    can_list: bool = False
    # The setting by which people say that it is arranged with the vendor; empty where nothing needs to be.
    lists_if: str = ""
    can_try: bool = False
    # A switch: people sit at its telephones.
    has_telephones: bool = False
    is_experimental: bool = False


def missing(setup: Setup, known: Mapping[str, str]) -> list[str]:
    """The labels of what is needed and was not told."""
    return [field.label for field in setup.fields if field.is_needed and not known.get(field.name)]
