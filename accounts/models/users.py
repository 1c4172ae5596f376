from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Access, Act, Role
from accounts.querysets import AccountManager
from accounts.rules.roles import LOGS_OUT_OF_ROUND, ROUNDS_LOGGED, access_of, access_of_scopes
from accounts.rules.territory import Reach, kind_of_code

READS = tuple(access for access in Access.values if access != Access.NONE)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing] # of oauth2_provider's, untyped
    """A person who signs in, or the service user that stands for an API client and cannot sign in."""

    resource = "users"

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("A user with this name exists already.")},
    )
    display_name = models.CharField(_("name"), max_length=60, blank=True)
    unit = models.CharField(
        _("unit"), max_length=80, blank=True, help_text=_("The office or body the person works for.")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the back office"), default=False)
    date_joined = models.DateTimeField(_("joined at"), default=timezone.now, editable=False)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    token_scopes: frozenset[str] | None = None
    """What the access token of this request allows; set by the authentication class, else the client's own scopes."""

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @cached_property
    def roles_in_force(self) -> list[tuple[str, str]]:
        """Today's (role, territory) pairs, read once per instance: one query."""
        if not self.is_active:
            return []
        today = timezone.localdate()
        return [
            (assignment.role, assignment.territory)
            for assignment in self.assignments.all()
            if assignment.is_in_force(today)
        ]

    @cached_property
    def client(self) -> "models.Model | None":
        """The API client this service user stands for, if it is one: one query."""
        return getattr(self, "api_client", None)

    @property
    def is_administrator(self) -> bool:
        return self.is_superuser or any(role == Role.ADMIN for role, _territory in self.roles_in_force)

    def has_role(self, *roles: str) -> bool:
        return any(role in roles for role, _territory in self.roles_in_force)

    @property
    def grants(self) -> list[str]:
        """What this caller's reach is made of today: each role with its territory, as `auditor 4205`; of a client its
        territory and the scopes at hand.
        """
        if (client := self.client) is not None:
            scopes = self.token_scopes if self.token_scopes is not None else client.scopes  # type: ignore[attr-defined]
            return sorted({client.territory, *scopes})  # type: ignore[attr-defined]
        return sorted({f"{role} {territory}" for role, territory in self.roles_in_force})

    def reach(self, act: str, *access: str) -> Reach:
        """Where this caller may do `act` with one of the given kinds of access (any that reads, if none is named).

        WRITE counts wherever READ is asked for.
        """
        wanted = set(access or READS)
        if Access.READ in wanted:
            wanted.add(Access.WRITE)
        if (client := self.client) is not None:
            scopes = self.token_scopes if self.token_scopes is not None else client.scopes  # type: ignore[attr-defined]
            territory = client.territory  # type: ignore[attr-defined]
            return Reach.of([territory] if access_of_scopes(frozenset(scopes), act) in wanted else [])
        return Reach.of(territory for role, territory in self.roles_in_force if access_of(role, act) in wanted)

    def reach_in_roles(self, roles: Collection[str], act: str) -> Reach:
        """Where this caller holds one of these roles; an API client, where its scopes let it write `act`."""
        if self.client is not None:
            return self.reach(act, Access.WRITE)
        return Reach.of(territory for role, territory in self.roles_in_force if role in roles)

    def reach_for_round(self, number: int | None) -> Reach:
        """Where this caller may log visits of a round (1 to 3), or out of round (None)."""
        if self.client is not None:
            return self.reach(Act.SURVEYS, Access.WRITE)
        return Reach.of(
            territory
            for role, territory in self.roles_in_force
            if (role in LOGS_OUT_OF_ROUND if number is None else number in ROUNDS_LOGGED.get(role, ()))
        )


class RoleAssignment(models.Model):
    """A role, given to a person for one place and from a date to a date (both included)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    territory = models.CharField(
        _("territory"), max_length=16, help_text=_("A division, a grid or one neighbourhood, by its code.")
    )
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="role_assignment_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "territory", "starts_on"], name="role_assignment_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.territory}"

    def clean(self) -> None:
        if kind_of_code(self.territory) is None:
            raise ValidationError({"territory": _("This is no code of a division, a grid or a neighbourhood.")})

    def is_in_force(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
