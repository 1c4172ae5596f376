from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CheckIn(TextChoices):
    """The two ways of the double check-in (policy.md, section g)."""

    UNIT = "unit", _("With the work unit, at its partner community")
    RESIDENCE = "residence", _("At the community of residence")


class ServiceState(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
