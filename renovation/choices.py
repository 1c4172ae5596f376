from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DivisionLevel(TextChoices):
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    STREET = "street", _("Street")
    COMMUNITY = "community", _("Community")


class Stage(TextChoices):
    """The states of workflow.md, in their order, then the side states."""

    REGISTERED = "registered", _("Registered")
    ASSESSED = "assessed", _("Assessed")
    MOBILISING = "mobilising", _("Mobilising")
    ORGANISED = "organised", _("Organised")
    CONSENTING = "consenting", _("Asking for consent")
    CONSENTED = "consented", _("Consented")
    DEFERRED = "deferred", _("Deferred")
    READY = "ready", _("Ready")
    APPLIED = "applied", _("Applied")
    PLANNED = "planned", _("Planned")
    DESIGNED = "designed", _("Designed")
    UNDER_WORKS = "under_works", _("Under works")
    WORKS_DONE = "works_done", _("Works done")
    ACCEPTED = "accepted", _("Accepted")
    EVALUATED = "evaluated", _("Evaluated")
    HANDED_OVER = "handed_over", _("Handed over")
    LONG_TERM = "long_term", _("Long-term management")
    SUSPENDED = "suspended", _("Suspended")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Use(TextChoices):
    RESIDENTIAL = "residential", _("Residential")
    SHOP = "shop", _("Shop")
    GARAGE = "garage", _("Garage")
    STORAGE = "storage", _("Storage room")
    OTHER = "other", _("Other use")


class TenureType(TextChoices):
    COMMODITY = "commodity", _("Commodity housing")
    REFORMED_PUBLIC = "reformed_public", _("Reformed public housing")
    RAISED_FUND = "raised_fund", _("Raised-fund housing")
    WORK_UNIT = "work_unit", _("Work-unit dormitory")
    PUBLIC_RENTAL = "public_rental", _("Public rental housing")
    SELF_BUILT = "self_built", _("Self-built housing")
    OTHER = "other", _("Other tenure")
    UNKNOWN = "unknown", _("Unknown")


class Occupancy(TextChoices):
    OWNER = "owner", _("Owner lives here")
    LET = "let", _("Let")
    VACANT = "vacant", _("Vacant")
    UNKNOWN = "unknown", _("Unknown")


class OwnerKind(TextChoices):
    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")
    DEVELOPER = "developer", _("Developer")
    PROPERTY_RIGHT_UNIT = "property_right_unit", _("Property-right unit")


class AreaSource(TextChoices):
    """Where an area comes from, in the order in which the law prefers it (policy.md, section a)."""

    REGISTER = "register", _("Register")
    SURVEY = "survey", _("Survey of the building")
    CONTRACT = "contract", _("Sale contract")


class SpaceOwnership(TextChoices):
    """Whose a parking space is, which decides whose money it earns (policy.md, section f)."""

    SHARED_LAND = "shared_land", _("On shared land")
    PLANNED = "planned", _("Planned space")
    CIVIL_DEFENCE = "civil_defence", _("Civil defence")


class MenuCategory(TextChoices):
    BASIC = "basic", _("Basic")
    IMPROVEMENT = "improvement", _("Improvement")
    UPGRADE = "upgrade", _("Upgrade")


class EvidenceKind(TextChoices):
    """What a guard of the lifecycle can lean on; a higher app pushes it down."""

    SURVEY_RESULT = "survey_result", _("Survey result")
    SUPPORT_RATE = "support_rate", _("Support rate, as it stands")


class ImportMode(TextChoices):
    DRY_RUN = "dry_run", _("Check only")
    ALL_OR_NOTHING = "all_or_nothing", _("All or nothing")
    GOOD_ROWS = "good_rows", _("The good rows")


class ImportStatus(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    REVERTED = "reverted", _("Reverted")
