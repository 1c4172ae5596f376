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


class NoSchedule(DomainError):
    """Nothing of this kind has a price in the period."""

    code = "no_schedule"


class PeriodTooFar(DomainError):
    """The period begins more than a year from now: `latest` is the last month in which one may begin."""

    code = "period_too_far"


class NothingToBill(DomainError):
    """In the division there is no neighbourhood in which the caller bills."""

    code = "nothing_to_bill"


class BillVoid(DomainError):
    """The bill is void, which is the end of it."""

    code = "bill_void"


class NotFromTheRoll(DomainError):
    """A visitor's bill or a late charge is not made from the roll, so it is not issued anew."""

    code = "not_from_the_roll"


class NothingToIssue(DomainError):
    """Nothing can be billed now for the months of a bill that was to be issued anew; `codes` say why."""

    code = "nothing_to_issue"


class MonthNotOver(DomainError):
    """A month is closed after its last day."""

    code = "month_not_over"


class MonthNotClosed(DomainError):
    """The month is open."""

    code = "month_not_closed"


class ClosedOutOfOrder(DomainError):
    """Another month is to be closed, or opened again, before it: `next`."""

    code = "closed_out_of_order"


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


class ChannelTaken(DomainError):
    """The neighbourhood has a current account with this provider; `channel` is its id."""

    code = "channel_taken"


class ChannelEnded(DomainError):
    code = "channel_ended"


class KeyUnfit(DomainError):
    """The provider's library cannot use this key; `key` is its name."""

    code = "key_unfit"


class NoPaymentChannel(DomainError):
    """The neighbourhood has no current account with this provider."""

    code = "no_payment_channel"


class ProviderUnavailable(DomainError):
    """The provider gave no address to pay at: it cannot be reached, or it refused."""

    code = "provider_unavailable"
    status = 502


class OrderNotWaiting(DomainError):
    """The order is paid or closed."""

    code = "order_not_waiting"


class StatementUnreadable(DomainError):
    """The file is no statement that can be read; `reason` is a code, `rows` are those at fault."""

    code = "statement_unreadable"


class StatementTooLarge(DomainError):
    code = "statement_too_large"
    status = 413


class LineSettled(DomainError):
    """The line is in the book already, or was set aside."""

    code = "line_settled"


class NoticeSettled(DomainError):
    """The money of this notification is in the book already, or it tells of none."""

    code = "notice_settled"


# --- Arrears and reminders ----------------------------------------------------------------------------------


class NothingOverdue(DomainError):
    """There is nothing past due: nobody is asked for it."""

    code = "nothing_overdue"


class StepOutOfOrder(DomainError):
    """A step of asking is left out; `next` is the furthest that may be taken now."""

    code = "step_out_of_order"


class RemindedToday(DomainError):
    """Nobody is asked twice on one day."""

    code = "reminded_today"


class TooSoonToSue(DomainError):
    """The formal demand has not had its time; `from_on` is the first day on which a court may be asked."""

    code = "too_soon_to_sue"


class WrongChannel(DomainError):
    """A step is not taken in this way; `channels` are those in which it is."""

    code = "wrong_channel"


class ProofMissing(DomainError):
    """That it arrived is shown by a photo or by the number of a document."""

    code = "proof_missing"


class OutcomeNeeded(DomainError):
    """A visit has an outcome, and nothing else has."""

    code = "outcome_needed"


class PromiseOutOfOrder(DomainError):
    """A day is promised with a promise, and within a year after it."""

    code = "promise_out_of_order"


class ReminderReused(DomainError):
    """The client id stands for another reminder already."""

    code = "client_id_reused"


class ReminderInTheFuture(DomainError):
    code = "in_the_future"


class NoLateCharge(DomainError):
    """The contract has no late charge, or the bill bears none: it is one itself, or void."""

    code = "no_late_charge"


# --- Parking ------------------------------------------------------------------------------------------------


class PlateTaken(DomainError):
    """Another vehicle of the neighbourhood bears this plate."""

    code = "plate_taken"


class VehicleEnded(DomainError):
    code = "vehicle_ended"


class PassOverlaps(DomainError):
    """The vehicle, or the space, has a pass for some of these days."""

    code = "pass_overlaps"


class SpaceOfAnother(DomainError):
    """The space is not held by the household of the vehicle."""

    code = "space_of_another"


class PassEnded(DomainError):
    code = "pass_ended"


class DaysOutOfOrder(DomainError):
    """The last day is before the first, or the exit before the entry."""

    code = "day_out_of_order"


class AlreadyInside(DomainError):
    """A vehicle of this plate has entered and not left."""

    code = "already_inside"


class AlreadyLeft(DomainError):
    code = "already_left"


class NothingToPay(DomainError):
    """The stay costs nothing, is paid, or is not over."""

    code = "nothing_to_pay"


class SessionReused(DomainError):
    """The client id stands for another stay already."""

    code = "client_id_reused"


class SessionInTheFuture(DomainError):
    code = "in_the_future"


# --- Disclosure and audit --------------------------------------------------------------------------------------


class WrongSource(DomainError):
    """This purse has no such source; `sources` are those that it has."""

    code = "wrong_source"


class WrongSign(DomainError):
    """What comes in is above 0, what is spent below it."""

    code = "wrong_sign"


class EntryReversed(DomainError):
    """An entry is taken back once, and what takes another back is not taken back itself."""

    code = "entry_reversed"


class PeriodNotOver(DomainError):
    """The period runs until `ends_on`: it is disclosed afterwards."""

    code = "period_not_over"


class AlreadyDisclosed(DomainError):
    """The period is published already, as `disclosure`: a correction names it."""

    code = "already_disclosed"


class NotTheLatest(DomainError):
    """What is corrected is of another period, or was corrected already; `disclosure` is the latest one."""

    code = "not_the_latest"


class CutOffOutOfOrder(DomainError):
    """The cut-off date lies from the last day of the period to today."""

    code = "cut_off_out_of_order"
