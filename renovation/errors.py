"""Each refusal of the registry, by its code."""

from common.errors import DomainError


class InUse(DomainError):
    code = "in_use"


class NotOneStairwell(DomainError):
    code = "not_one_stairwell"


class CommunityFull(DomainError):
    code = "community_full"


class NothingToRevert(DomainError):
    code = "nothing_to_revert"


class ImportInUse(DomainError):
    code = "import_in_use"


class NoFileKept(DomainError):
    code = "no_file_kept"
    status = 410


class FileTooLarge(DomainError):
    code = "file_too_large"
    status = 413


class NoSuchStep(DomainError):
    """No stage is skipped: the step does not lead there from here. `steps` are those that do."""

    code = "no_such_step"


class GuardsUnmet(DomainError):
    """What the step needs is not all there. `unmet_guards` says what, with figures and remedies."""

    code = "guards_unmet"


class ReasonNeeded(DomainError):
    code = "reason_needed"


class ReviewDateNeeded(DomainError):
    code = "review_date_needed"


class NothingToRevoke(DomainError):
    code = "nothing_to_revoke"


class KeptHere(DomainError):
    code = "kept_here"


class NotOverridable(DomainError):
    code = "not_overridable"


class OverrideAskedFor(DomainError):
    code = "override_asked_for"


class SecondPersonNeeded(DomainError):
    code = "second_person_needed"


class OverrideNotOpen(DomainError):
    code = "override_not_open"


class MenuDayPast(DomainError):
    code = "menu_day_past"


class MenuDayTaken(DomainError):
    code = "menu_day_taken"


class MenuMoved(DomainError):
    code = "menu_moved"


class MenuUnchanged(DomainError):
    code = "menu_unchanged"


class SourceMalformed(DomainError):
    """A funding source cannot be as it was told: `field` says where."""

    code = "source_malformed"


class SourceExists(DomainError):
    code = "source_exists"


class SourceInPlan(DomainError):
    """How a source is raised stays as it was shared out in a frozen plan."""

    code = "source_in_plan"


class DocumentNeeded(DomainError):
    code = "document_needed"


class DocumentInFuture(DomainError):
    code = "document_in_future"


class OtherNeighbourhood(DomainError):
    code = "other_neighbourhood"


class NotFromHouseholds(DomainError):
    code = "not_from_households"


class ItemNotPlanned(DomainError):
    code = "item_not_planned"


class PaidByTranche(DomainError):
    code = "paid_by_tranche"


class AlreadyReversed(DomainError):
    code = "already_reversed"


class NotReversible(DomainError):
    code = "not_reversible"


class NotAnAward(DomainError):
    code = "not_an_award"


class NoSuchAwardStep(DomainError):
    """A tranche goes one step at a time. `steps` is the one possible from here, if any."""

    code = "no_such_award_step"


class HandoverNotAccepted(DomainError):
    code = "handover_not_accepted"
