"""Each refusal of this app, by the code that api.md gives it."""

from common.errors import DomainError


class NoPolicy(DomainError):
    code = "no_policy"


class NoMenu(DomainError):
    code = "no_menu"


class SurveyOpen(DomainError):
    code = "survey_open"


class WrongStage(DomainError):
    code = "wrong_stage"


class EmptyRoll(DomainError):
    code = "empty_roll"


class SurveyClosed(DomainError):
    code = "survey_closed"


class NoRoundOpen(DomainError):
    code = "no_round_open"


class RoundAlreadyClosed(DomainError):
    code = "round_already_closed"


class DoorsUnvisited(DomainError):
    code = "doors_unvisited"


class ReasonNeeded(DomainError):
    code = "reason_needed"


class RevisitNeeded(DomainError):
    code = "revisit_needed"


class AlreadyOnRoll(DomainError):
    code = "already_on_roll"


class NotOnRoll(DomainError):
    code = "household_not_on_roll"


class VisitUnknown(DomainError):
    code = "visit_unknown"
    status = 404


class DoorsOnReason(DomainError):
    code = "reason_needed"
    status = 403


class PolicySetAlready(DomainError):
    code = "policy_set_already"


class SurveyNotClosed(DomainError):
    code = "survey_not_closed"


class VisitRecorded(DomainError):
    code = "already_recorded"


class ClientIdReused(DomainError):
    code = "client_id_reused"


class HandedAlreadySettled(DomainError):
    code = "handed_settled"
