"""People who sign in, what they were granted, and the tokens by which programs act for them."""

from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.kit import hot
from huhang.network.models.unit import OrgUnit
from huhang.network.rules import roles
from huhang.network.rules.roles import Role

ROLE_NAMES = {
    Role.AGENT: _("客服专员"),
    Role.TEAM_LEAD: _("客服组长"),
    Role.OUTLET_OWNER: _("网点负责人"),
    Role.OUTLET_CLERK: _("网点客服"),
    Role.HUB_HANDLER: _("分拨处理员"),
    Role.COURIER: _("快递员"),
    Role.DEPARTMENT_HANDLER: _("职能处理员"),
    Role.PROVINCE_LEAD: _("省区负责人"),
    Role.HQ_MANAGER: _("总部经理"),
    Role.ADMINISTRATOR: _("系统管理员"),
    Role.AUDITOR: _("审计员"),
}


# Asked once by every request of everybody who is signed in.
_HELD = """
    SELECT g.role, u.path FROM network_grant g JOIN network_orgunit u ON u.id = g.unit_id
    WHERE g.person_id = %(person)s
"""


class Person(AbstractUser):
    """Somebody who signs in."""

    display_name = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    home = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="people")
    language = models.CharField(max_length=10, default="zh-hans")

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")

    def __str__(self) -> str:
        return self.display_name or self.username

    def may(self, permission: str, path: str | None = None) -> bool:
        """Is the permission held for this path, or, without one, anywhere?"""
        scopes = self.visible_paths(permission)
        return bool(scopes) if path is None else any(roles.is_under(path, scope) for scope in scopes)

    def visible_paths(self, permission: str) -> list[str]:
        """The subtrees where the permission is held; one query per person object, whatever is asked."""
        if not self.is_active or (self.acts_within and permission not in self.acts_within):
            return []
        return [roles.EVERYWHERE] if self.is_superuser else roles.scopes(self.held, permission)

    # Set on the object of somebody for whom a program acts with a narrower token.
    acts_within: frozenset[str] = frozenset()

    @cached_property
    def held(self) -> list[roles.Held]:
        """What was granted, as read first; a grant given later is seen by the next request."""
        return [roles.Held(role, path) for role, path in hot.rows(_HELD, {"person": self.pk})]


class Grant(models.Model):
    """A role held by a person over a subtree."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32, choices=ROLE_NAMES)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="grants")

    class Meta:
        verbose_name = _("授权")
        verbose_name_plural = _("授权")
        constraints = [
            models.UniqueConstraint(fields=["person", "role", "unit"], name="grant_once"),
            models.CheckConstraint(
                condition=Q(role__in=[str(role) for role in Role]), name="grant_of_a_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {ROLE_NAMES[Role(self.role)]} · {self.unit}"


class ApiToken(models.Model):
    """A program's way to act for a person. Only the digest is kept: the token itself is shown once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    # What the program may do of all that the person may; none is all of it.
    scopes = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # To the minute: enough to find tokens that nobody uses any more.
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API 令牌")
        verbose_name_plural = _("API 令牌")

    def __str__(self) -> str:
        return self.name
