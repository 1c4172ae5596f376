"""Each refusal of conventions, their versions and signatures, by its code."""

from common.errors import DomainError


class ConventionKept(DomainError):
    """There is one covenant and one residents' convention in a neighbourhood, and one convention a stairwell."""

    code = "convention_kept"


class StairwellDoesNotFit(DomainError):
    """A stairwell convention is of a stairwell, the two others are of none."""

    code = "stairwell_does_not_fit"


class SameText(DomainError):
    """Each stairwell's convention is different (policy.md, section g)."""

    code = "same_text"


class DraftThere(DomainError):
    code = "draft_there"


class NotADraft(DomainError):
    code = "not_a_draft"


class TextSigned(DomainError):
    """What people put their names to is not changed: it is withdrawn, and another version is drafted."""

    code = "text_signed"


class AdoptedByVote(DomainError):
    """Owners adopt their covenant by vote: nobody signs it."""

    code = "adopted_by_vote"


class VoteNeeded(DomainError):
    code = "vote_needed"


class TooFewSignatures(DomainError):
    """`signed` of `households` have signed, `needed` must have."""

    code = "too_few_signatures"


class NotInForce(DomainError):
    code = "not_in_force"


class VersionEnded(DomainError):
    code = "version_ended"


class HouseholdOutOfScope(DomainError):
    """Not one of the dwellings whose households the convention is of."""

    code = "household_out_of_scope"


class SignedForAlready(DomainError):
    code = "signed_already"


class SignatureWithdrawn(DomainError):
    code = "signature_withdrawn"


class SignatureReused(DomainError):
    """The client id stands for another signature already."""

    code = "client_id_reused"
