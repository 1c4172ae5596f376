"""What keeping party members, their areas, points and reports refuses."""

from common.errors import DomainError


class MemberKnown(DomainError):
    code = "member_known"


class MemberEnded(DomainError):
    code = "member_ended"


class WorkUnitNeeded(DomainError):
    code = "work_unit_needed"


class NoPartyBody(DomainError):
    """A member belongs to a party branch or group that is in being, to no other body."""

    code = "no_party_body"


class AreaGivenAlready(DomainError):
    code = "area_given_already"


class AreaEnded(DomainError):
    code = "area_ended"


class OtherBuilding(DomainError):
    code = "other_building"


class PeriodUnreadable(DomainError):
    """A member reports for a half-year ("2026-H1"), a work unit for a year ("2026")."""

    code = "period_unreadable"


class PeriodNotBegun(DomainError):
    code = "period_not_begun"


class RuleSetAlready(DomainError):
    code = "rule_set_already"


class RuleEnded(DomainError):
    code = "rule_ended"


class RuleNotInForce(DomainError):
    code = "rule_not_in_force"


class MemberNotServing(DomainError):
    code = "member_not_serving"


class ServiceDecided(DomainError):
    code = "service_decided"


class OwnService(DomainError):
    """Nobody decides on service of their own."""

    code = "own_service"


class NothingToReverse(DomainError):
    code = "nothing_to_reverse"
