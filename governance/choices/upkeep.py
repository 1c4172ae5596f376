from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Criterion(TextChoices):
    """The five goal words by which a place is kept, in the order in which they are said (policy.md, section g)."""

    CLEAN = "clean", pgettext_lazy("goal word", "Clean")
    CLEAR = "clear", pgettext_lazy("goal word", "Clear")
    BRIGHT = "bright", pgettext_lazy("goal word", "Bright")
    SAFE = "safe", pgettext_lazy("goal word", "Safe")
    BEAUTIFUL = "beautiful", pgettext_lazy("goal word", "Beautiful")


class InspectionState(TextChoices):
    PLANNED = "planned", pgettext_lazy("inspection", "Planned")
    DONE = "done", pgettext_lazy("inspection", "Done")


class FindingSeverity(TextChoices):
    """How much a finding weighs; one of safety comes before all others."""

    MINOR = "minor", pgettext_lazy("finding", "Minor")
    MAJOR = "major", pgettext_lazy("finding", "Major")
    SAFETY = "safety", pgettext_lazy("finding", "Safety")


class TaskOrigin(TextChoices):
    INSPECTION = "inspection", _("Found on an inspection tour")
    REPAIR = "repair", _("Reported by a resident")
    WORKSHOP = "workshop", _("Decided at a workshop")
    OTHER = "other", pgettext_lazy("task", "Otherwise")


class TaskState(TextChoices):
    OPEN = "open", pgettext_lazy("upkeep task", "To be done")
    DONE = "done", pgettext_lazy("upkeep task", "Done, to be checked")
    VERIFIED = "verified", pgettext_lazy("upkeep task", "Checked")
    DROPPED = "dropped", pgettext_lazy("upkeep task", "Dropped")


class TaskAct(TextChoices):
    """What happened to a task, step by step."""

    OPENED = "opened", pgettext_lazy("upkeep task", "Opened")
    ASSIGNED = "assigned", pgettext_lazy("upkeep task", "Given to")
    DONE = "done", pgettext_lazy("upkeep task", "Done")
    VERIFIED = "verified", pgettext_lazy("upkeep task", "Checked and found well done")
    SENT_BACK = "sent_back", pgettext_lazy("upkeep task", "Sent back")
    DROPPED = "dropped", pgettext_lazy("upkeep task", "Dropped")
