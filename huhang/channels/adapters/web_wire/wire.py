"""One request to a vendor that we chose ourselves. Who posts to a stranger's address takes `web_post` instead."""

import logging
import time
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

import httpx

from huhang.channels.rules.wire import Ask, NotReached, Said, WireAway

# To connect, to write and for each piece of the answer; and for the whole answer, so that nobody drips at us for ever.
TIMEOUT = 10.0
WHOLE_ANSWER = 60.0
LARGEST = 64 * 1024 * 1024

# At INFO it prints whole addresses, and vendors want their access tokens there.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class WebWire:
    """Asks and returns whatever was said; raises WireAway. Redirects are answers like any other. Safe for threads."""

    def __init__(self, *, timeout: float = TIMEOUT, largest: int = LARGEST) -> None:
        self._largest = largest
        self._client = httpx.Client(timeout=timeout, follow_redirects=False)

    def __call__(self, ask: Ask) -> Said:
        try:
            with self._client.stream(
                ask.method, ask.url, headers=dict(ask.headers), content=ask.body
            ) as answer:
                body = self._body(answer, urlsplit(ask.url).hostname or "")
                return Said(answer.status_code, _headers(answer.headers), body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotReached(_words(ask, error)) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise WireAway(_words(ask, error)) from None
        except (httpx.InvalidURL, ValueError) as error:
            raise NotReached(_words(ask, error)) from None

    def close(self) -> None:
        """Let go of the connections that wait for the next request."""
        self._client.close()

    def _body(self, answer: httpx.Response, host: str) -> bytes:
        until, held = time.monotonic() + WHOLE_ANSWER, bytearray()
        for piece in answer.iter_bytes():
            held += piece
            if len(held) > self._largest:
                raise WireAway(f"{host}: more than {self._largest} bytes")
            if time.monotonic() > until:
                raise WireAway(f"{host}: still talking after {WHOLE_ANSWER:.0f} s")
        return bytes(held)


@cache
def _shared() -> WebWire:
    return WebWire()


def ask(what: Ask) -> Said:
    """Ask by the one wire of this process, which keeps its connections for the next request."""
    return _shared()(what)


def _headers(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _words(ask: Ask, error: Exception) -> str:
    """What is said and kept of a failure: whom we asked and what kind it was, never the address with its token."""
    try:
        host = urlsplit(ask.url).hostname or ""
    except ValueError:
        host = ""
    return f"{host}: {type(error).__name__}"
