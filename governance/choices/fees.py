"""What is charged, how it is paid, and how it is asked for."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FeeKind(TextChoices):
    PROPERTY = "property", _("Property fee")
    PARKING = "parking", _("Parking fee")
    OTHER = "other", pgettext_lazy("fee", "Other charge")


class FeeBasis(TextChoices):
    """What a price is for (api.md, Fees)."""

    PER_M2_MONTH = "per_m2_month", _("per square metre and month")
    PER_HOUSEHOLD_MONTH = "per_household_month", _("per household and month")
    PER_SPACE_MONTH = "per_space_month", _("per space and month")
    PER_HOUR = "per_hour", _("per hour")


class DebtorKind(TextChoices):
    """Who owes. A visitor pays by the hour and has no home here."""

    OWNER = "owner", pgettext_lazy("fee", "Owner")
    TENANT = "tenant", pgettext_lazy("fee", "Tenant")
    DEVELOPER = "developer", pgettext_lazy("fee", "Developer")
    VISITOR = "visitor", pgettext_lazy("fee", "Visitor")


class ReductionReason(TextChoices):
    VACANT = "vacant", _("Vacant home")
    HARDSHIP = "hardship", _("Hardship")
    OTHER = "other", pgettext_lazy("reduction", "Other reason")


class ReductionState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("reduction", "Proposed")
    APPROVED = "approved", pgettext_lazy("reduction", "Approved")
    REFUSED = "refused", pgettext_lazy("reduction", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("reduction", "Withdrawn")


class RunMode(TextChoices):
    DRY_RUN = "dry_run", _("Dry run")
    POST = "post", _("Post the bills")


class RunStatus(TextChoices):
    QUEUED = "queued", pgettext_lazy("billing run", "Waiting")
    RUNNING = "running", pgettext_lazy("billing run", "Running")
    DONE = "done", pgettext_lazy("billing run", "Done")
    FAILED = "failed", pgettext_lazy("billing run", "Failed")


class BillState(TextChoices):
    OPEN = "open", pgettext_lazy("bill", "Open")
    SETTLED = "settled", pgettext_lazy("bill", "Settled")
    VOID = "void", pgettext_lazy("bill", "Void")


class PayMethod(TextChoices):
    CASH = "cash", _("Cash")
    BANK = "bank", _("Bank transfer")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    PROVIDENT_FUND = "provident_fund", _("Provident fund")


class AllocationKind(TextChoices):
    """Why money moved between a payment and a bill (or a refund)."""

    PAYMENT = "payment", pgettext_lazy("allocation", "Paid")
    CREDIT = "credit", pgettext_lazy("allocation", "From credit")
    REVERSAL = "reversal", pgettext_lazy("allocation", "Payment reversed")
    VOID = "void", pgettext_lazy("allocation", "Bill void")
    REFUND = "refund", pgettext_lazy("allocation", "Refunded")


class ReminderStep(TextChoices):
    """The steps of asking for arrears, in order. Services are never cut (Civil Code 944)."""

    NOTICE = "notice", pgettext_lazy("reminder", "Friendly reminder")
    LETTER = "letter", pgettext_lazy("reminder", "Letter")
    VISIT = "visit", pgettext_lazy("reminder", "Visit at the door")
    FORMAL = "formal", pgettext_lazy("reminder", "Formal demand")
    LEGAL = "legal", pgettext_lazy("reminder", "Court or arbitration")


class ReminderChannel(TextChoices):
    MESSAGE = "message", pgettext_lazy("reminder", "Message")
    PHONE = "phone", pgettext_lazy("reminder", "Phone call")
    POST = "post", pgettext_lazy("reminder", "By post, registered")
    BY_HAND = "by_hand", pgettext_lazy("reminder", "Handed over")
    AT_THE_DOOR = "at_the_door", pgettext_lazy("reminder", "At the door")
    COURT = "court", pgettext_lazy("reminder", "Filed with court or arbitration")


class VisitOutcome(TextChoices):
    """What came of a visit for arrears: the door's outcomes of the field page, and what only money can come to."""

    PROMISED = "promised", pgettext_lazy("arrears visit", "Promised to pay")
    DISPUTED = "disputed", pgettext_lazy("arrears visit", "Disputes the bill")
    NO_ANSWER = "no_answer", pgettext_lazy("arrears visit", "No answer")
    DECLINED = "declined", pgettext_lazy("arrears visit", "Declined")
    VACANT = "vacant", pgettext_lazy("arrears visit", "Vacant")


class PassState(TextChoices):
    CURRENT = "current", pgettext_lazy("parking pass", "Current")
    ENDED = "ended", pgettext_lazy("parking pass", "Ended")


class StatementSource(TextChoices):
    BANK = "bank", _("Bank")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")


class LineState(TextChoices):
    """What became of a line of a statement."""

    MATCHED = "matched", pgettext_lazy("statement line", "Found in the book")
    RECORDED = "recorded", pgettext_lazy("statement line", "Recorded as a payment")
    UNMATCHED = "unmatched", pgettext_lazy("statement line", "To settle by hand")
    SET_ASIDE = "set_aside", pgettext_lazy("statement line", "Set aside")


class Provider(TextChoices):
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")


class OrderState(TextChoices):
    WAITING = "waiting", pgettext_lazy("payment order", "Waiting for the payer")
    PAID = "paid", pgettext_lazy("payment order", "Paid")
    CLOSED = "closed", pgettext_lazy("payment order", "Closed")


class NoticeOutcome(TextChoices):
    """What became of a provider's notification."""

    RECORDED = "recorded", pgettext_lazy("payment notification", "Recorded")
    REPEATED = "repeated", pgettext_lazy("payment notification", "Known already")
    UNKNOWN_ORDER = "unknown_order", pgettext_lazy("payment notification", "No such order")
    WRONG_AMOUNT = "wrong_amount", pgettext_lazy("payment notification", "Another amount than asked")
    NOT_PAID = "not_paid", pgettext_lazy("payment notification", "Not a payment")


class CommonPurse(TextChoices):
    """The owners' common money that is disclosed (policy.md, sections a and f)."""

    PUBLIC_INCOME = "public_income", _("Public income")
    MAINTENANCE_FUND = "maintenance_fund", pgettext_lazy("purse", "Maintenance fund")


class PurseSource(TextChoices):
    PARKING = "parking", pgettext_lazy("purse", "Parking on shared land")
    ADVERTISING = "advertising", pgettext_lazy("purse", "Advertising")
    LETTING = "letting", pgettext_lazy("purse", "Letting of common rooms")
    INTEREST = "interest", pgettext_lazy("purse", "Interest")
    REPAIR = "repair", pgettext_lazy("purse", "Repairs")
    RUNNING_COST = "running_cost", pgettext_lazy("purse", "Cost of running it")
    OTHER = "other", pgettext_lazy("purse", "Other")
