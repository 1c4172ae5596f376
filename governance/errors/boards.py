"""What keeping the butler boards refuses."""

from common.errors import DomainError


class BoardUpAlready(DomainError):
    code = "board_up_already"


class BoardTakenDown(DomainError):
    code = "board_taken_down"


class HeadConsentNeeded(DomainError):
    """A building head is a resident: on the board only with a day of consent, and with a name."""

    code = "head_consent_needed"
