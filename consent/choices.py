from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Outcome(TextChoices):
    SUPPORTS = "supports", _("Supports")
    NOT_YET = "not_yet", _("Not yet")
    OPPOSES = "opposes", _("Opposes")
    NO_ANSWER = "no_answer", _("No answer")
    DECLINED = "declined", _("Declined to talk")
    VACANT = "vacant", _("Vacant")


class StanceValue(TextChoices):
    """An outcome, or that nobody has knocked yet."""

    SUPPORTS = "supports", _("Supports")
    NOT_YET = "not_yet", _("Not yet")
    OPPOSES = "opposes", _("Opposes")
    NO_ANSWER = "no_answer", _("No answer")
    DECLINED = "declined", _("Declined to talk")
    VACANT = "vacant", _("Vacant")
    NOT_VISITED = "not_visited", _("Not visited")


class Given(TextChoices):
    SIGNED = "signed", _("Signed")
    THUMBPRINT = "thumbprint", _("Thumbprint")
    VERBAL = "verbal", _("Verbal")


class Respondent(TextChoices):
    OWNER = "owner", _("Owner")
    CO_OWNER = "co_owner", _("Co-owner")
    FAMILY = "family", _("Family")
    PROXY = "proxy", _("Proxy")
    TENANT = "tenant", _("Tenant")


class Party(TextChoices):
    """Who stood at the door."""

    OWNERS_COMMITTEE = "owners_committee", _("Owners' committee")
    GRID = "grid", _("Grid worker")
    COMMUNITY = "community", _("Community")


class Commitment(TextChoices):
    """What a yes is asked to come with, one yes or no each; the five preconditions (policy.md, section c)."""

    SELF_GOVERNANCE = "self_governance", _("Set up self-governance")
    CONVENTION = "convention", _("Sign the residents' convention")
    DEMOLITION = "demolition", _("Agree to remove illegal structures")
    CONTRIBUTION = "contribution", _("Contribute to the works")
    PROPERTY_MANAGEMENT = "property_management", _("Accept property management afterwards")


class Reason(TextChoices):
    PARKING = "parking", _("Parking")
    COST = "cost", _("Cost")
    DUST = "dust", _("Dust and noise")
    ILLEGAL_STRUCTURE = "illegal_structure", _("Illegal structure")
    DISTRUST = "distrust", _("Distrust")
    OTHER = "other", _("Other")


class Verdict(TextChoices):
    OPEN = "open", _("Open")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


class AmendmentAction(TextChoices):
    ADD = "add", _("Added")
    REMOVE = "remove", _("Removed")


class HandedStatus(TextChoices):
    """Of a visit that was handed to community staff since its round no longer took it."""

    WAITING = "waiting", _("Waiting")
    ENTERED = "entered", _("Entered out of round")
    SET_ASIDE = "set_aside", _("Set aside")


class NoticeKind(TextChoices):
    """What is made public; each has its least number of days (policy.md, section h)."""

    MEETING = "meeting", _("Owners' meeting")
    CANDIDATES = "candidates", _("Preparatory group or candidates")
    BALLOTS = "ballots", _("Ballots that could not be delivered")
    SURVEY_RESULT = "survey_result", _("Result of the survey")
    VOTE_RESULT = "vote_result", _("Result of a vote")
    PLAN = "plan", _("Renovation plan, cost and shares")
    LIFT = "lift", _("Plan of a lift")
    FUND_USE = "fund_use", _("Use of the maintenance fund")
    FEE_CHANGE = "fee_change", _("Change of a fee or service")
    SITE_BOARD = "site_board", _("Site board")
    ACCEPTANCE = "acceptance", _("Acceptance and cost")
    EVALUATION = "evaluation", _("Result of the evaluation")
    HANDOVER = "handover", _("Handover")


class NoticeState(TextChoices):
    POSTED = "posted", _("Posted")
    CLOSED = "closed", pgettext_lazy("notice", "Closed")
    REPLACED = "replaced", _("Replaced by a later one")


class ObjectionState(TextChoices):
    OPEN = "open", pgettext_lazy("objection", "Open")
    ANSWERED = "answered", pgettext_lazy("objection", "Answered")


class ContestState(TextChoices):
    """Of an answer that its household contests (`ReceiptContest`)."""

    OPEN = "open", pgettext_lazy("contested answer", "Open")
    CORRECTED = "corrected", pgettext_lazy("contested answer", "Corrected")
    STANDS = "stands", pgettext_lazy("contested answer", "Stands as recorded")


class Standing(TextChoices):
    """What a recorded visit is to the count (docs/ledger.md, The count)."""

    COUNTS = "counts", _("In the count")
    NO_ANSWER = "no_answer", _("On record, without an answer")
    CORRECTED = "corrected", _("Corrected by a later entry")
    OVERTAKEN = "overtaken", _("A later answer of the household counts")
    OFF_ROLL = "off_roll", _("Its household is not on the roll any more")


class WorkshopKind(TextChoices):
    """What people came together for (共同缔造工作坊 and meetings)."""

    WORKSHOP = "workshop", _("Joint creation workshop")
    RESIDENTS_MEETING = "residents_meeting", _("Residents' meeting")
    COMMITTEE_MEETING = "committee_meeting", _("Meeting of the owners' committee")
    PARTY_MEETING = "party_meeting", _("Meeting of the party branch")


class WorkshopState(TextChoices):
    PLANNED = "planned", pgettext_lazy("workshop", "Planned")
    HELD = "held", pgettext_lazy("workshop", "Held")
    CANCELLED = "cancelled", pgettext_lazy("workshop", "Cancelled")


class AttendeeRole(TextChoices):
    """As what somebody came."""

    RESIDENT = "resident", _("Resident")
    COMMITTEE = "committee", _("Owners' committee")
    DESIGNER = "designer", _("Designer")
    COMMUNITY = "community", _("Community")
    CONTRACTOR = "contractor", _("Contractor")
    OFFICIAL = "official", _("Official")
    PARTY = "party", _("Party organisation")
    OTHER = "other", _("Other")


class DecisionOutcome(TextChoices):
    AGREED = "agreed", pgettext_lazy("decision", "Agreed")
    REJECTED = "rejected", pgettext_lazy("decision", "Rejected")
    POSTPONED = "postponed", pgettext_lazy("decision", "Postponed")


class TaskState(TextChoices):
    OPEN = "open", pgettext_lazy("task", "Open")
    DONE = "done", pgettext_lazy("task", "Done")
    DROPPED = "dropped", pgettext_lazy("task", "Dropped")


class Channel(TextChoices):
    """How residents were told."""

    GROUP_CHAT = "group_chat", _("Group chat")
    BOARD = "board", _("Notice board")
    DOOR = "door", pgettext_lazy("channel", "At the door")
    PHONE = "phone", _("By phone")
    LOUDSPEAKER = "loudspeaker", _("Loudspeaker")
    OTHER = "other", _("Other")


class VoteMatter(IntegerChoices):
    """The nine matters that owners decide together (Civil Code 278; policy.md, section a)."""

    RULES_OF_PROCEDURE = 1, _("Rules of procedure of the owners' assembly")
    COVENANT = 2, _("Management covenant")
    COMMITTEE = 3, _("Election of the owners' committee")
    MANAGER = 4, _("Hiring or dismissing the property company or other manager")
    FUND_USE = 5, _("Use of the maintenance fund")
    FUND_RAISING = 6, _("Raising of the maintenance fund")
    REBUILDING = 7, _("Rebuilding of buildings and attached facilities")
    COMMON_PARTS = 8, _("Change of use of common parts, or trade on them")
    OTHER = 9, _("Another major matter of common ownership")


class VoteScope(TextChoices):
    """Whose owners decide: all, or for a lift those of one stairwell (policy.md, section k)."""

    NEIGHBOURHOOD = "neighbourhood", _("The neighbourhood")
    STAIRWELL = "stairwell", _("One stairwell")


class BallotChoice(TextChoices):
    AGREE = "agree", _("Agrees")
    DISAGREE = "disagree", _("Disagrees")
    ABSTAIN = "abstain", _("Abstains")


class BallotForm(TextChoices):
    WRITTEN = "written", _("On paper")
    ELECTRONIC = "electronic", _("Electronically")
    PROXY = "proxy", _("By a proxy")


class Delivery(TextChoices):
    """How a ballot reached its owner."""

    IN_PERSON = "in_person", _("In person")
    POST = "post", _("By registered post")
    ELECTRONIC = "electronic", _("Electronically")
    DOOR = "door", _("Left at the door")
    NOTICE = "notice", _("By a posted notice")


class ChallengeOutcome(TextChoices):
    """What became of a challenge to a decision before the court."""

    PENDING = "pending", pgettext_lazy("challenge", "Pending")
    UPHELD = "upheld", pgettext_lazy("challenge", "The decision stands")
    RESCINDED = "rescinded", pgettext_lazy("challenge", "The decision was rescinded")
