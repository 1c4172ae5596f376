"""Each refusal about fees, by its code: one section a subject."""

from common.errors import DomainError

# --- Schedules, reductions, agreements ---------------------------------------------------------------


class ScheduleBilled(DomainError):
    """Bills were made from it: what it priced stays. `billed_to` is the last month billed from it."""

    code = "schedule_billed"


class ScheduleDoesNotFit(DomainError):
    """`field` does not go with the kind or the basis of the schedule."""

    code = "schedule_does_not_fit"


class ScheduleTwice(DomainError):
    """Another schedule prices the same units from the same day on; `schedule` is its id."""

    code = "schedule_twice"


class LiabilityOverlaps(DomainError):
    """A tenant's agreement runs already on some of these days; `liability` is its id."""

    code = "liability_overlaps"


class LiabilityEnded(DomainError):
    code = "liability_ended"


class VacancyNoReason(DomainError):
    """The contract says nothing of vacant homes for all of these months, or not the same: see `vacant_share`."""

    code = "vacancy_no_reason"


class ShareDoesNotFit(DomainError):
    """A vacant home is let off what the contract says, another reduction what is asked for: the share says so."""

    code = "share_does_not_fit"


class ReductionTooLarge(DomainError):
    """With what is approved already, more than the whole of `month` would be let off."""

    code = "reduction_too_large"


class ReductionDecided(DomainError):
    code = "reduction_decided"


# --- Billing, and months that are closed ---------------------------------------------------------------


class MonthClosed(DomainError):
    """`month` is closed: nothing is billed, voided or booked in it."""

    code = "month_closed"


# --- Payments -------------------------------------------------------------------------------------------


class ReferenceReused(DomainError):
    """Another payment, or refund, bears this method and reference."""

    code = "reference_reused"


class PaidInTheFuture(DomainError):
    """The time of payment is still to come, by more than clocks differ."""

    code = "in_the_future"


class BillOfAnotherDebtor(DomainError):
    """Bills that were named are not all of one debtor of this household."""

    code = "bill_of_another_debtor"


class BillNotOpen(DomainError):
    """A bill that was named is settled or void: there is nothing to pay of it."""

    code = "bill_not_open"


class PrepaymentTooLong(DomainError):
    """More would be paid ahead than 12 months cost; `most` is what can be taken now."""

    code = "prepayment_too_long"


class AlreadyReversed(DomainError):
    """A payment is reversed once."""

    code = "already_reversed"


class RefundedAlready(DomainError):
    """Some of this payment was paid back: it cannot be taken back whole."""

    code = "refunded_already"


class MoreThanCredit(DomainError):
    """More is to be paid back than there is credit; `credit` is what there is."""

    code = "more_than_credit"


# --- Statements and payment providers ---------------------------------------------------------------------


# --- Arrears and reminders ----------------------------------------------------------------------------------


# --- Parking ------------------------------------------------------------------------------------------------


# --- Disclosure and audit --------------------------------------------------------------------------------------
