"""What `huhang up` tells people when everything runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Login:
    """An account to try, with its password in clear: only for simulated people."""

    username: str
    password: str
    who: str


@dataclass(frozen=True)
class Page:
    """A page worth opening first; `path` begins with a slash."""

    title: str
    path: str


@dataclass(frozen=True)
class Welcome:
    logins: tuple[Login, ...] = ()
    pages: tuple[Page, ...] = ()
