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
