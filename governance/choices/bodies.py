from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BodyKind(TextChoices):
    """The bodies of the 3+X (policy.md, section g)."""

    PARTY_BRANCH = "party_branch", _("Party branch")
    PARTY_GROUP = "party_group", _("Party group")
    OWNERS_COMMITTEE = "owners_committee", _("Owners' committee")
    STAND_IN = "stand_in", _("Temporary property management committee")
    PROPERTY_COMPANY = "property_company", _("Property company")
    SELF_GOVERNING_GROUP = "self_governing_group", _("Self-governing group")


class MemberRole(TextChoices):
    CHAIR = "chair", pgettext_lazy("head of a body", "Chair")
    DEPUTY = "deputy", _("Deputy chair")
    SECRETARY = "secretary", pgettext_lazy("of a party body", "Secretary")
    MEMBER = "member", pgettext_lazy("of a body", "Member")
    ALTERNATE = "alternate", _("Alternate member")
    STAFF = "staff", _("Staff")


class ManagementMode(TextChoices):
    """Who manages a neighbourhood for the long term; self-management leaves the company's seat empty."""

    COMPANY = "company", _("Property company")
    SELF_MANAGEMENT = "self_management", _("Residents' self-management")


_ROLE_NAMES: dict[tuple[str, str], Any] = {
    ("party", "deputy"): _("Deputy secretary"),
    ("committee", "member"): pgettext_lazy("of a committee", "Member"),
    ("group", "chair"): pgettext_lazy("of a group", "Leader"),
    ("group", "deputy"): _("Deputy leader"),
}
"""Roles that are called otherwise in bodies of some kinds."""

_NAMED_ALIKE = {
    BodyKind.PARTY_BRANCH: "party",
    BodyKind.PARTY_GROUP: "party",
    BodyKind.OWNERS_COMMITTEE: "committee",
    BodyKind.STAND_IN: "committee",
    BodyKind.SELF_GOVERNING_GROUP: "group",
}


def role_name(kind: str, role: str) -> Any:
    """What a role is called in a body of a kind: the head of a group is no chair."""
    return _ROLE_NAMES.get((_NAMED_ALIKE.get(BodyKind(kind), ""), role), MemberRole(role).label)
