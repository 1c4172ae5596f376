"""Each refusal about fees, by its code: one section a subject."""

from common.errors import DomainError

# --- Schedules, reductions, agreements ---------------------------------------------------------------


class ScheduleBilled(DomainError):
    """Bills were made from it: what it priced stays."""

    code = "schedule_billed"


# --- Billing, and months that are closed ---------------------------------------------------------------


class MonthClosed(DomainError):
    """`month` is closed: nothing is billed, voided or booked in it."""

    code = "month_closed"


# --- Payments -------------------------------------------------------------------------------------------


class ReferenceReused(DomainError):
    """Another payment bears this method and reference."""

    code = "reference_reused"


# --- Statements and payment providers ---------------------------------------------------------------------


# --- Arrears and reminders ----------------------------------------------------------------------------------


# --- Parking ------------------------------------------------------------------------------------------------


# --- Disclosure and audit --------------------------------------------------------------------------------------
