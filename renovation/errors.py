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
    """A funding source cannot be as it was told: `field` says where, `fault` what is wrong there."""

    code = "source_malformed"


class SourceExists(DomainError):
    code = "source_exists"


class SourceInPlan(DomainError):
    """A source stays as a frozen plan names it and has shared it out; its document may change."""

    code = "source_in_plan"


class DocumentNeeded(DomainError):
    code = "document_needed"


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


class WrongStage(DomainError):
    """Not at the stage at which the neighbourhood is: `stage` says which."""

    code = "wrong_stage"


class NoPlanInForce(DomainError):
    code = "no_plan_in_force"


class DatesReversed(DomainError):
    code = "dates_reversed"


class PackageEmpty(DomainError):
    code = "package_empty"


class ItemsNotInPlan(DomainError):
    """`menu_items` are the ids of those that the plan in force does not have."""

    code = "items_not_in_plan"


class ItemsPackaged(DomainError):
    """`menu_items` are the ids of those that another package has."""

    code = "items_packaged"


class PackageBegun(DomainError):
    code = "package_begun"


class PackageNotRunning(DomainError):
    code = "package_not_running"


class ProgressEmpty(DomainError):
    code = "progress_empty"


class ItemsNotInPackage(DomainError):
    """`menu_items` are the ids of those that the package does not have."""

    code = "items_not_in_package"


class ItemsUndone(DomainError):
    """`menu_items` are the ids of those that are not wholly done."""

    code = "items_undone"


class PackageNotDone(DomainError):
    code = "package_not_done"


class HeldTooEarly(DomainError):
    code = "held_too_early"


class AttendeesMissing(DomainError):
    """`missing` are those whom the law asks for and who did not take part."""

    code = "attendees_missing"


class ChecklistUnmet(DomainError):
    """`points` are those that do not hold, or of which nothing is said."""

    code = "checklist_unmet"


class DefectsOpen(DomainError):
    """`defects` are the ids of those that must be closed first."""

    code = "defects_open"


class WarrantiesMissing(DomainError):
    """`menu_items` are the ids of those without a warranty."""

    code = "warranties_missing"


class WarrantyTooShort(DomainError):
    """`short` has for each warranty its item, kind, years and the least that the statute allows."""

    code = "warranty_too_short"


class WarrantyTwice(DomainError):
    code = "warranty_twice"


class WarrantyWithoutPass(DomainError):
    code = "warranty_without_pass"


class ChangeDecided(DomainError):
    code = "change_decided"


class ChangeInDraft(DomainError):
    code = "change_in_draft"


class NotAllAccepted(DomainError):
    code = "not_all_accepted"


class FiledTooEarly(DomainError):
    code = "filed_too_early"


class DraftOpen(DomainError):
    """A plan has one draft at a time."""

    code = "draft_open"


class NoPlanNow(DomainError):
    """A plan is made from the assessment until the works are done."""

    code = "no_plan_now"


class NoMenu(DomainError):
    code = "no_menu"


class ChangeRequestNeeded(DomainError):
    """After the plan was settled it changes only by a change request that waits for a decision."""

    code = "change_request_needed"


class PlanFrozen(DomainError):
    """A frozen revision changes no more; a new draft does."""

    code = "plan_frozen"


class NotFrozen(DomainError):
    code = "not_frozen"


class OtherEdition(DomainError):
    """The item stands on another edition of the menu than the plan."""

    code = "other_edition"


class ItemInPlan(DomainError):
    code = "item_in_plan"


class SourceElsewhere(DomainError):
    """A payer is a source of another neighbourhood."""

    code = "source_elsewhere"


class AmountTooLarge(DomainError):
    code = "amount_too_large"


class MustDoItem(DomainError):
    code = "must_do_item"


class MustDoMissing(DomainError):
    """`missing` are the codes of the must-do items that the plan lacks."""

    code = "must_do_missing"


class PlanEmpty(DomainError):
    code = "plan_empty"


class ItemsUnpriced(DomainError):
    """`items` are the codes of those without a price."""

    code = "items_unpriced"


class PayersMissing(DomainError):
    """`items` are the codes of those that nobody pays for."""

    code = "payers_missing"


class AreasUnknown(DomainError):
    """A source is shared by area, and `households` of it have none on record."""

    code = "areas_unknown"


class FloorsUnweighted(DomainError):
    """A source is shared by the weight of floors, and some have none: `floors`, null where one is unknown."""

    code = "floors_unweighted"


class NobodyToShare(DomainError):
    """A source is to be shared among households, and there are none, or their weights are all zero."""

    code = "nobody_to_share"


class DayInFuture(DomainError):
    code = "day_in_future"


class DayOutOfOrder(DomainError):
    """A day before the one that it follows."""

    code = "day_out_of_order"


class DefectNotOpen(DomainError):
    code = "defect_not_open"


class DefectNotRectified(DomainError):
    code = "defect_not_rectified"


class EvaluationOpen(DomainError):
    code = "evaluation_open"


class EvaluationClosed(DomainError):
    code = "evaluation_closed"


class NobodyToAsk(DomainError):
    """An evaluation cannot be opened where there are no homes on the roster."""

    code = "nobody_to_ask"


class AnswerRefused(DomainError):
    """An answer that was read and is not taken; `code` says why, in the first of its refusals."""

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail)
        self.code = code
