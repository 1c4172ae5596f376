from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class HandoverState(TextChoices):
    DRAFT = "draft", pgettext_lazy("handover", "In preparation")
    SIGNED = "signed", pgettext_lazy("handover", "Signed")


class HandoverKind(TextChoices):
    """What passes over to the manager, in the order of the handover list (workflow.md, Documents list)."""

    ASSET_LIST = "asset_list", _("Asset list")
    DRAWINGS = "drawings", _("As-built drawings and files")
    WARRANTIES = "warranties", _("Warranty letters")
    KEYS = "keys", _("Keys")
    METERS = "meters", _("Meter readings")
    OPEN_DEFECTS = "open_defects", _("List of open defects")
    CONVENTION = "convention", _("Residents' convention")
    FEE_STANDARD = "fee_standard", _("Fee standard")


class AssetKind(TextChoices):
    BUILDING_PART = "building_part", _("Part of a building")
    PIPES = "pipes", _("Pipes and cables")
    EQUIPMENT = "equipment", _("Equipment")
    OUTDOORS = "outdoors", _("Roads, green and grounds")
    ROOM = "room", _("Room for common use")
    OTHER = "other", pgettext_lazy("asset", "Other")


class AssetState(TextChoices):
    GOOD = "good", pgettext_lazy("asset", "In good order")
    WORN = "worn", pgettext_lazy("asset", "Worn")
    BROKEN = "broken", pgettext_lazy("asset", "Broken")


class Signatory(TextChoices):
    """Who signs a handover. The first three must (workflow.md, State 14); who built may besides."""

    COMMITTEE = "committee", _("Owners' committee")
    MANAGER = "manager", _("Manager")
    COMMUNITY = "community", _("Community")
    BUILDER = "builder", _("Builder")


class Service(TextChoices):
    """What the government pays for until the residents do (policy.md, section e)."""

    CLEANING = "cleaning", pgettext_lazy("service", "Cleaning")
    SANITATION = "sanitation", pgettext_lazy("service", "Waste and sanitation")
    GREENING = "greening", pgettext_lazy("service", "Care of the green")
    SECURITY = "security", pgettext_lazy("service", "Gate and security")
    LIGHTING = "lighting", pgettext_lazy("service", "Lighting of the grounds")
    OTHER = "other", pgettext_lazy("service", "Other")


class WithdrawalState(TextChoices):
    PLANNED = "planned", pgettext_lazy("service", "Planned")
    POSTPONED = "postponed", pgettext_lazy("service", "Postponed")
    WITHDRAWN = "withdrawn", pgettext_lazy("service", "Withdrawn")
