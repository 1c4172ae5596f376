from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ContestScope(TextChoices):
    """What competes: stairwells or whole buildings."""

    STAIRWELL = "stairwell", _("Best stairwell")
    BUILDING = "building", _("Best building")


class ContestState(TextChoices):
    OPEN = "open", pgettext_lazy("contest", "Open")
    CLOSED = "closed", pgettext_lazy("contest", "Closed")
