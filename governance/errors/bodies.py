"""What founding, renewing and ending a body refuses, and agreeing on who manages."""

from common.errors import DomainError


class CommitteeStands(DomainError):
    """A neighbourhood has one owners' committee or one that stands in for it, never two."""

    code = "committee_stands"


class BodyNamedAlready(DomainError):
    code = "body_named_already"


class BodyEnded(DomainError):
    code = "body_ended"


class BodyManages(DomainError):
    code = "body_manages"


class TermNeeded(DomainError):
    code = "term_needed"


class TermTooLong(DomainError):
    code = "term_too_long"


class ContractNeeded(DomainError):
    code = "contract_needed"


class VoteDoesNotFit(DomainError):
    """Another matter was voted on, the vote did not pass, or its decision was rescinded."""

    code = "vote_does_not_fit"


class NothingToFile(DomainError):
    code = "nothing_to_file"


class NothingToRenew(DomainError):
    code = "nothing_to_renew"


class RoleDoesNotFit(DomainError):
    code = "role_does_not_fit"


class HeadThere(DomainError):
    code = "head_there"


class MemberAlready(DomainError):
    code = "member_already"


class MembershipEnded(DomainError):
    code = "membership_ended"


class BodyDoesNotManage(DomainError):
    code = "body_does_not_manage"


class ManagedAlready(DomainError):
    """Two managements would overlap."""

    code = "managed_already"
