"""People with their roles as lines of a file: a line for each role, and one for who has none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.back_office.importing import (
    Column,
    LineResource,
    day_cell,
    day_of,
    truth_of,
    truth_text,
)
from accounts.back_office.lists import caller
from accounts.choices import Role
from accounts.models import RoleAssignment, User
from accounts.rules.territory import kind_of_code
from accounts.services.users import change_user, create_user, end_role, give_role

OF_PERSON = ("display_name", "unit", "email", "is_active")


@dataclass
class UserLine:
    """A person, with one of their roles or with none."""

    user: User
    role: RoleAssignment | None = None

    @property
    def pk(self) -> int | None:
        return self.user.pk

    def __str__(self) -> str:
        return f"{self.user.username} · {self.role}" if self.role else self.user.username


class UserLineForm(forms.Form):
    username = forms.CharField(max_length=150, validators=User._meta.get_field("username").validators)
    display_name = forms.CharField(max_length=60, required=False)
    unit = forms.CharField(max_length=80, required=False)
    email = forms.EmailField(required=False)
    is_active = forms.BooleanField(required=False)
    role = forms.ChoiceField(choices=Role.choices, required=False)
    territory = forms.CharField(max_length=16, required=False)
    starts_on = forms.DateField(required=False)
    ends_on = forms.DateField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if "role" in self.errors:
            return cleaned
        if not cleaned.get("role"):
            for name in ("territory", "starts_on", "ends_on"):
                if cleaned.get(name):
                    self.add_error(name, _("There is no role in this line that it could belong to."))
            return cleaned
        if kind_of_code(cleaned.get("territory", "")) is None:
            self.add_error("territory", _("This is no code of a division, a grid or a neighbourhood."))
        if starts_on is None and "starts_on" not in self.errors:
            self.add_error("starts_on", _("Write the day from which the role holds."))
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("A role cannot end before it begins."))
        return cleaned


class UserLines(LineResource):
    columns = [
        Column("username", gettext_lazy("user name")),
        Column("display_name", gettext_lazy("name"), is_needed=False),
        Column("unit", gettext_lazy("unit"), is_needed=False),
        Column("email", gettext_lazy("e-mail"), is_needed=False),
        Column("is_active", gettext_lazy("active"), is_needed=False),
        Column("role", gettext_lazy("role"), is_needed=False),
        Column("territory", gettext_lazy("territory"), is_needed=False),
        Column("starts_on", gettext_lazy("from"), is_needed=False),
        Column("ends_on", gettext_lazy("to"), is_needed=False),
    ]

    user: User | None = None
    """Whom the line in hand is about, once they exist."""

    def rows(self) -> QuerySet[User]:
        return super().rows().order_by("username")

    def lines_of(self, row: User) -> Iterable[dict[str, str]]:
        held: list[RoleAssignment] = list(row.assignments.all())
        roles = sorted(held, key=lambda one: (one.role, one.territory, one.starts_on))
        return [self.line_of(UserLine(row, role)) for role in roles] or [self.line_of(UserLine(row))]

    def line_of(self, row: UserLine) -> dict[str, str]:
        user, role = row.user, row.role
        return {
            "username": user.username,
            "display_name": user.display_name,
            "unit": user.unit,
            "email": user.email,
            "is_active": truth_text(user.is_active),
            "role": role.role if role else "",
            "territory": role.territory if role else "",
            "starts_on": day_cell(role.starts_on) if role else "",
            "ends_on": day_cell(role.ends_on) if role else "",
        }

    def find(self, line: Any) -> UserLine | None:
        """The person, and the role if they hold this one from this day on."""
        day_of(line, "ends_on")
        starts_on, line["username"] = day_of(line, "starts_on"), User.normalize_username(line["username"].strip())
        # Also one that stands for an API client, so that no person is made under its name.
        self.user = User.objects.filter(username=line["username"]).first()
        # Whoever signs in need not heed the case: two names that differ in nothing else would be one.
        known = self.user or User.objects.filter(username__iexact=line["username"]).first()
        if known is None:
            return None
        if hasattr(known, "api_client"):
            raise ValidationError({"username": [_("This name belongs to an API client.")]})
        if self.user is None:
            said = _("There is a user %(name)s: write it so.") % {"name": known.username}
            raise ValidationError({"username": [said]})
        held = self.user.assignments.filter(role=line.get("role", ""), territory=line.get("territory", "").strip())
        return UserLine(self.user, held.filter(starts_on=starts_on).first() if starts_on else None)

    def new_row(self) -> UserLine:
        return UserLine(User())

    def title_of(self, row: UserLine) -> str:
        return str(row)

    def form_for(self, row: UserLine, line: Mapping[str, str]) -> UserLineForm:
        """What a line leaves out stays as it is; somebody new is active."""
        kept = {name: self.before[name] for name in (*OF_PERSON, "ends_on")} if self.before else {"is_active": "true"}
        sent = {**kept, **line}
        before: dict[str, Any] = dict(self.before)
        if before:
            before["is_active"] = row.user.is_active
            before |= {name: getattr(row.role, name, None) for name in ("starts_on", "ends_on")}
        return UserLineForm({**sent, "is_active": truth_of(sent, "is_active")}, initial=before)

    def save(self, line: Mapping[str, str]) -> UserLine:
        by, asked = caller(self.request), self.form.cleaned_data
        person = {name: asked[name] for name in OF_PERSON}
        if self.user is None:
            self.user = create_user(username=asked["username"], password=None, by=by)
        if self.user == by and not person["is_active"]:
            raise ValidationError(_("Nobody switches off their own account."))
        user = change_user(user=self.user, by=by, **person)
        return UserLine(user, self._role(user, asked, by) if asked["role"] else None)

    def _role(self, user: User, asked: dict[str, Any], by: User) -> RoleAssignment:
        named = {"role": asked["role"], "territory": asked["territory"], "starts_on": asked["starts_on"]}
        held: RoleAssignment | None = user.assignments.filter(**named).first()
        if held is None:
            return give_role(user=user, ends_on=asked["ends_on"], by=by, **named)
        if held.ends_on == asked["ends_on"]:
            return held
        if held.ends_on is not None:
            raise ValidationError(_("The role has an end; give it anew from the day after."))
        if user == by:
            raise ValidationError(_("A role of your own: somebody else lets it end."))
        end_role(assignment=held, on=asked["ends_on"], by=by)
        return held
