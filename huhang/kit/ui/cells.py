"""What times, waybills, masks and states look like, written in Python: a list has hundreds of them.

Moment, time zone and language are asked once for a whole list, and each of its sentences is looked up once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.translation import gettext, gettext_noop

from huhang.kit import languages, masking
from huhang.kit.ui import words

PLACE = "0"
MASKED = gettext_noop("已遮盖")


class Pen:
    """Writes the cells of a list for its reader at one moment, as HTML: all that it is given is escaped."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._said: dict[str, str] = {}
        self._shown: dict[tuple[str, str], str] = {}

    @cached_property
    def _zone(self) -> Any:
        return timezone.get_current_timezone()

    @cached_property
    def _local_now(self) -> str:
        return self._local(self.now)

    @cached_property
    def _reads_as_stored(self) -> bool:
        return languages.reads_as_stored()

    def _local(self, at: datetime) -> str:
        """`2026-11-20 09:12:30` on our clocks."""
        return at.astimezone(self._zone).isoformat(" ")[:19]

    def say(self, text: str) -> str:
        """A sentence of ours in the reader's language."""
        said = self._said.get(text)
        if said is None:
            said = self._said[text] = gettext(text)
        return said

    def shown(self, text: str, english: str = "") -> str:
        """A stored text in the reader's language, as far as it is known (`languages.shown`)."""
        if self._reads_as_stored or not text:
            return escape(text)
        known = self._shown.get((text, english))
        if known is None:
            known = self._shown[text, english] = escape(languages.shown(text, english))
        return known

    def names(self, names: Mapping[Any, Any]) -> dict[str, str]:
        """What codes are called, for the whole list."""
        return {str(code): escape(str(name)) for code, name in names.items()}

    def address(self, route: str) -> Callable[[str], str]:
        """The addresses of a route that takes one word."""
        before, after = reverse(route, args=[PLACE]).split(PLACE)
        return lambda word: f"{before}{word if word.isalnum() else quote(word, safe='')}{after}"

    def time(self, at: datetime | None) -> str:
        """`09:12` today, `11-20 09:12` this year, else with the year: the shortest that cannot be misread."""
        if at is None:
            return ""
        local, now = self._local(at), self._local_now
        short = (
            local[11:16] if local[:10] == now[:10] else local[5:16] if local[:4] == now[:4] else local[:16]
        )
        return f'<time datetime="{at.isoformat()}" title="{local}">{short}</time>'

    def ago(self, at: datetime) -> str:
        """`3 分钟前`, with the absolute time on hover; kept fresh by the browser."""
        said = words.relative((at - self.now).total_seconds(), self.say)
        return f'<time class="ago" datetime="{at.isoformat()}" data-ago title="{self._local(at)}">{escape(said)}</time>'

    def countdown(
        self, due: datetime, since: datetime | None = None, paused_at: datetime | None = None
    ) -> str:
        """Time left to a deadline, counting down in the browser; `since` gives its colour."""
        now, at = paused_at or self.now, due.isoformat()
        state = "paused" if paused_at else words.state_of_clock(due=due, since=since, now=now)
        left = words.clock_text((due - now).total_seconds(), paused=bool(paused_at), say=self.say)
        return (
            f'<time class="clock clock-{state}" datetime="{at}" data-due="{at}"'
            f' data-from="{since.isoformat() if since else ""}"{" data-paused" if paused_at else ""}'
            f' title="{self._local(due)}">{escape(left)}</time>'
        )

    def waybill(self, number: str) -> str:
        """In groups of four for the eye; the gaps are margins, so that a copy has no spaces."""
        groups = "".join(f"<span>{escape(group)}</span>" for group in words.in_fours(number))
        return f'<span class="waybill">{groups}</span>'

    def name(self, full: str) -> str:
        return self.masked(masking.name(full))

    def phone(self, full: str) -> str:
        return self.masked(masking.phone(full))

    def masked(self, shown: str) -> str:
        """What a mask has left of a text, marked as masked."""
        if not shown:
            return ""
        return f'<span class="masked" title="{escape(self.say(MASKED))}">{escape(shown)}</span>'

    def state(self, name: str, text: str = "") -> str:
        """A badge of state: colour, shape and word together. Names are those of `words.STATES`."""
        look = name if name in words.STATES else "rest"
        said = text or self.say(words.STATES.get(name, name))
        return f'<span class="state state-{look}">{conditional_escape(said)}</span>'
