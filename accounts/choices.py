"""Who people are, what they do, and how far it goes: the words of the roles table."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    CITY_OFFICIAL = "city_official", _("City official")
    DISTRICT_OFFICIAL = "district_official", _("District official")
    COMMUNITY_STAFF = "community_staff", _("Community staff")
    GRID_WORKER = "grid_worker", _("Grid worker")
    COMMITTEE_MEMBER = "committee_member", _("Owners' committee member")
    PARTY_SECRETARY = "party_secretary", _("Party branch secretary")
    PROPERTY_CLERK = "property_clerk", _("Property company clerk")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("System administrator")


class Act(TextChoices):
    """What is done, a row of the table in design.md (Roles); each is asked for by name."""

    REGISTRY = "registry", _("Registry: read, import and edit")
    PERSONAL_FIELDS = "personal_fields", _("Phones and other personal fields")
    CONSENT_POLICIES = "consent_policies", _("Consent policies")
    MENU = "menu", _("Menu editions")
    SURVEYS = "surveys", _("Surveys: open, amend, close; close a round")
    DOORS = "doors", _("A door's stance")
    RECEIPT_CONTESTS = "receipt_contests", _("Answers that households contest")
    PLANS = "plans", _("Plan, money and works")
    CONTRIBUTIONS = "contributions", _("Residents' contributions by household")
    SITE_REPORTS = "site_reports", _("Site reports and defects")
    EVALUATIONS = "evaluations", _("Residents' evaluation")
    VOTES = "votes", _("Owners' votes")
    BALLOTS = "ballots", _("How each owner voted")
    BODIES = "bodies", _("Bodies, conventions and handover")
    SIGNATURES = "signatures", _("Who signed a convention")
    WORKSHOPS = "workshops", _("Workshops and meetings")
    PARTY_MEMBERS = "party_members", _("Party members on duty")
    PARTY_POINTS = "party_points", _("Points of party members")
    UPKEEP = "upkeep", _("Inspections, contests and boards")
    FEES = "fees", _("Bills and payments")
    FEE_REDUCTIONS = "fee_reductions", _("Reductions of fees: propose and approve")
    OVERVIEW = "overview", _("Dashboards: the figures of a division")


class Access(TextChoices):
    """How far an act goes. Only READ and WRITE are unconditional; each other one names its condition."""

    NONE = "none", _("no")
    READ = "read", _("reads")
    WRITE = "write", _("reads and writes")
    REASON = "reason", _("reads on a stated reason, logged")
    OPEN_ROUND = "open_round", _("reads while a round is open")
    REVEAL = "reveal", _("reveals one by one while a round is open, logged")
    CUSTOMERS = "customers", _("reads those of contract customers")
    TOTALS = "totals", _("reads totals")
    MASKED = "masked", _("reads with personal fields masked")
    PARTY = "party", _("reads, and writes what is the party organisation's")
    PUBLISHED = "published", _("reads what is published")


class JobState(TextChoices):
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("In a worker's hands")
    DONE = "done", _("Done")
    FAILED = "failed", _("Did not succeed")
    CANCELLED = "cancelled", _("Cancelled")


class WebhookState(TextChoices):
    ACTIVE = "active", _("Sends")
    PAUSED = "paused", _("Paused")
    GONE = "gone", _("Gone: its receiver said so")


class PauseReason(TextChoices):
    ASKED = "asked", _("Somebody asked for it")
    FAILURES = "failures", _("Its receiver failed for more than a day")
    LOST = "lost", _("Some of what changed meanwhile is no longer kept")


class DeliveryState(TextChoices):
    WAITING = "waiting", _("Waits, or is tried again")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Given up after the last attempt")
    WITHDRAWN = "withdrawn", _("Not sent: the client may not read of it now")


class AttemptFault(TextChoices):
    """Why an attempt did not deliver."""

    UNUSABLE_URL = "unusable_url", _("The URL is not one that may be used")
    UNRESOLVED = "unresolved", _("The name leads nowhere")
    FORBIDDEN_ADDRESS = "forbidden_address", _("The name leads into a network that is not allowed")
    NO_CONNECTION = "no_connection", _("No connection")
    TLS = "tls", _("No trusted TLS")
    TIMEOUT = "timeout", _("No answer in time")
    BAD_ANSWER = "bad_answer", _("The answer cannot be read")
    STATUS = "status", _("The answer is none of 2xx")
