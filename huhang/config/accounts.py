"""People are added by those who may, never by themselves; who comes back with a session is read in one statement."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from huhang.network.models import Person
from huhang.network.queries.acting import signed_in


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class People(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: Any) -> Person | None:
        person = signed_in(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None
