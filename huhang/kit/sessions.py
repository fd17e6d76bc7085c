"""Django's own sessions, read by a statement that is planned once: every request of a page asks for one."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as OfDjango
from django.contrib.sessions.models import Session
from django.utils import timezone

from huhang.kit import hot


class SessionStore(OfDjango):
    def _get_session_from_db(self) -> Any:
        asked = {"key": self.session_key, "now": timezone.now()}
        found = hot.first(Session, "session_key = %(key)s AND expire_date > %(now)s", asked)
        # Of one that is not there, Django knows what to do.
        return found or super()._get_session_from_db()  # type: ignore[misc]
