from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    """What a guard of the lifecycle can lean on, in the order in which it is needed.

    A higher app pushes it down, or the person whose act it is records it. The five preconditions are here too, with a
    row of its own for each party that confirms one.
    """

    ASSESSMENT = "assessment", _("Assessment sheet")
    ASSESSMENT_CONFIRMED = "assessment_confirmed", _("Assessment confirmed by the district")
    PARTY_ORGANISATION = "party_organisation", _("Party organisation")
    OWNERS_COMMITTEE = "owners_committee", _("Owners' committee, or who stands in for it")
    FILING_RECEIPT = "filing_receipt", _("Filing receipt of the owners' committee")
    SURVEY_RESULT = "survey_result", _("Survey result")
    SUPPORT_RATE = "support_rate", _("Support rate, as it stands")
    PRECONDITION_1 = "precondition_1", _("Precondition 1: self-governing organisation set up")
    PRECONDITION_2 = "precondition_2", _("Precondition 2: residents' convention signed")
    PRECONDITION_3 = "precondition_3", _("Precondition 3: removal of illegal structures agreed")
    PRECONDITION_4 = "precondition_4", _("Precondition 4: residents contribute, confirmed by the owners' committee")
    PRECONDITION_4_DISTRICT = "precondition_4_district", _("Precondition 4: residents contribute, by the district")
    PRECONDITION_5 = "precondition_5", _("Precondition 5: later property management accepted")
    RESULT_NOTICE = "result_notice", _("Notice of the survey's result")
    APPLICATION = "application", _("Application package")
    ANNUAL_PLAN = "annual_plan", _("Annual plan of the city")
    MUST_DO_WAIVED = "must_do_waived", _("Must-do items not applicable, approved by the district")
    PLAN_PRICED = "plan_priced", _("Plan of works, priced")
    PLAN_NOTICE = "plan_notice", _("Notice of the plan")
    VOTES = "votes", _("Owners' votes that the plan needs")
    CONTRACTOR = "contractor", _("Contractor")
    SUPERVISOR = "supervisor", _("Supervisor of works")
    RESIDENTS_SHARE = "residents_share", _("Residents' share, committed")
    ILLEGAL_STRUCTURES = "illegal_structures", _("Removal of illegal structures, scheduled")
    WORKS_DONE = "works_done", _("Contractor's report: works done")
    INSPECTIONS = "inspections", _("Findings of inspections")
    ACCEPTANCE = "acceptance", _("Acceptance of works")
    COMPLETION_FILE = "completion_file", _("Completion file")
    WARRANTIES = "warranties", _("Warranties")
    EVALUATION = "evaluation", _("Residents' evaluation")
    MANAGER = "manager", _("Manager in place")
    ASSET_LIST = "asset_list", _("Asset list")
    HANDOVER = "handover", _("Handover record")


class PreconditionParty(TextChoices):
    """Who confirms a precondition (policy.md, section c)."""

    COMMUNITY = "community", _("the community")
    COMMITTEE = "committee", _("the owners' committee")
    DISTRICT = "district", _("the district")


class OverrideState(TextChoices):
    REQUESTED = "requested", _("waits for a second official")
    CONFIRMED = "confirmed", _("confirmed")


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


class PlanState(TextChoices):
    DRAFT = "draft", pgettext_lazy("plan", "Draft")
    FROZEN = "frozen", pgettext_lazy("plan", "Frozen")


class FundingKind(TextChoices):
    """Who pays (policy.md, section e); the kinds of `funding-sources/`."""

    CENTRAL = "central", _("Central subsidy")
    PROVINCIAL = "provincial", _("Provincial subsidy")
    MUNICIPAL = "municipal", _("City budget")
    DISTRICT = "district", _("District budget")
    AWARD = "award", _("Award in place of subsidy")
    RESIDENTS = "residents", _("Residents")
    MAINTENANCE_FUND = "maintenance_fund", _("Maintenance fund")
    PROPERTY_RIGHTS_UNIT = "property_rights_unit", _("Property-right unit")
    OPERATOR = "operator", _("Utility operator")
    SOCIAL_CAPITAL = "social_capital", _("Social capital")
    IN_KIND = "in_kind", _("Labour and materials, at an agreed value")


class ResidentsRoute(TextChoices):
    """How residents raise their part. Only the first three are shared out among the households."""

    BY_AREA = "by_area", _("By floor area")
    BY_HOUSEHOLD = "by_household", _("The same for each household")
    BY_WEIGHT = "by_weight", _("By agreed weight of the floor")
    PUBLIC_INCOME = "public_income", _("From public income")
    DONATION = "donation", _("By donation")


class FundingStep(TextChoices):
    """What a funding entry says of its money; `planned` stands in the plan."""

    COMMITTED = "committed", _("Committed")
    RECEIVED = "received", _("Received")
    SPENT = "spent", _("Spent")


class AwardState(TextChoices):
    """The steps of an award's tranche, in their only order (policy.md, section e)."""

    PLANNED = "planned", pgettext_lazy("award", "Planned")
    ELIGIBLE = "eligible", pgettext_lazy("award", "Eligible")
    APPROVED = "approved", pgettext_lazy("award", "Approved")
    PAID = "paid", pgettext_lazy("award", "Paid")


class PackageState(TextChoices):
    PLANNED = "planned", _("Not begun")
    RUNNING = "running", _("Under way")
    SUSPENDED = "suspended", pgettext_lazy("work package", "Suspended")
    DONE = "done", pgettext_lazy("work package", "Done")
    ACCEPTED = "accepted", pgettext_lazy("work package", "Accepted")


class ChangeRequestState(TextChoices):
    REQUESTED = "requested", _("Waits for a decision")
    APPROVED = "approved", pgettext_lazy("change request", "Approved")
    REFUSED = "refused", pgettext_lazy("change request", "Refused")


class Reporter(TextChoices):
    """Who looked at the works on site."""

    RESIDENTS_SUPERVISOR = "residents_supervisor", _("Residents' supervisor")
    OWNERS_COMMITTEE = "owners_committee", _("Owners' committee")
    COMMUNITY = "community", _("Community")
    GRID = "grid", _("Grid worker")
    SUPERVISOR = "supervisor", _("Supervisor of works")
    DISTRICT = "district", _("District")


class PhotoPhase(TextChoices):
    BEFORE = "before", pgettext_lazy("photo", "Before")
    DURING = "during", _("During the works")
    AFTER = "after", pgettext_lazy("photo", "After")


class Severity(TextChoices):
    MINOR = "minor", _("Minor")
    MAJOR = "major", _("Major")
    SAFETY = "safety", _("Safety hazard")


class DefectState(TextChoices):
    OPEN = "open", pgettext_lazy("defect", "Open")
    RECTIFIED = "rectified", _("Rectified, waits for a recheck")
    CLOSED = "closed", pgettext_lazy("defect", "Closed")


class DefectAct(TextChoices):
    RAISED = "raised", _("Raised")
    RECTIFIED = "rectified", _("Rectified")
    RECHECK_PASSED = "recheck_passed", _("Recheck passed")
    RECHECK_FAILED = "recheck_failed", _("Recheck failed")


class WarrantyKind(TextChoices):
    """Kinds of work, each with its statutory minimum (policy.md, section j)."""

    STRUCTURE = "structure", _("Foundation and main structure")
    WATERPROOFING = "waterproofing", _("Waterproofing of roofs, wet rooms and facades")
    HEATING = "heating", _("Heating and cooling")
    INSTALLATION = "installation", _("Pipes, wiring, equipment and decoration")
    BY_CONTRACT = "by_contract", _("Other work, by contract")


class Attendee(TextChoices):
    """Who takes part in an acceptance."""

    BUILDER = "builder", _("Builder")
    DESIGNER = "designer", _("Designer")
    SURVEYOR = "surveyor", _("Surveyor")
    SUPERVISOR = "supervisor", _("Supervisor of works")
    RESIDENTS = "residents", _("Residents' representative")


class Rater(TextChoices):
    """Who in a household evaluates the works; tenants live with them too."""

    OWNER = "owner", _("Owner")
    FAMILY = "family", _("Family")
    TENANT = "tenant", _("Tenant")
