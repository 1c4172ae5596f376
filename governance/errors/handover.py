"""Each refusal of a handover and of a service's withdrawal, by its code."""

from common.errors import DomainError


class HandoverInPreparation(DomainError):
    code = "handover_in_preparation"


class HandoverSigned(DomainError):
    """What was signed is what was signed: its lists change no more."""

    code = "handover_signed"


class ManagementNotInForce(DomainError):
    """Nothing can be handed to who does not manage the place on that day."""

    code = "management_not_in_force"


class CountedHere(DomainError):
    """The assets and the open defects are counted from their lists."""

    code = "counted_here"


class HandoverIncomplete(DomainError):
    """`missing` are the kinds neither handed over nor explained."""

    code = "handover_incomplete"


class ListsChanged(DomainError):
    code = "lists_changed"


class SignedAlready(DomainError):
    code = "signed_already"


class NotHandedOver(DomainError):
    code = "not_handed_over"


class EndsTooEarly(DomainError):
    """`after` is the day after which it may end."""

    code = "ends_too_early"


class WithdrawalPlanned(DomainError):
    code = "withdrawal_planned"


class ServiceWithdrawn(DomainError):
    code = "service_withdrawn"


class NotReadyToWithdraw(DomainError):
    """`unmet` are the points of the readiness check that do not hold."""

    code = "not_ready"


class DayNotCome(DomainError):
    code = "day_not_come"
