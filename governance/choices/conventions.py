from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ConventionKind(TextChoices):
    """The three texts that are not to be mixed (policy.md, section g): owners', residents', neighbours'."""

    COVENANT = "covenant", _("Management covenant")
    RESIDENTS = "residents", _("Residents' convention")
    STAIRWELL = "stairwell", _("Stairwell convention")


class VersionState(TextChoices):
    DRAFT = "draft", pgettext_lazy("convention", "Draft")
    ADOPTED = "adopted", pgettext_lazy("convention", "Adopted")
    SUPERSEDED = "superseded", pgettext_lazy("convention", "Superseded")
    WITHDRAWN = "withdrawn", pgettext_lazy("convention", "Withdrawn")


class SignatureForm(TextChoices):
    SIGNED = "signed", _("Signed")
    THUMBPRINT = "thumbprint", _("Thumbprint")
