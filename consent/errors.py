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


class NoticeTooShort(DomainError):
    """It hangs for fewer days than its kind needs: `least_days` are those, `earliest_end` would do."""

    code = "notice_too_short"


class NoticeTooEarly(DomainError):
    """It cannot have hung before what it tells of was there. `earliest` is the first day that it can."""

    code = "notice_too_early"


class NoticeNotOver(DomainError):
    """Its last day, `ends_on`, has not passed."""

    code = "notice_not_over"


class ObjectionsOpen(DomainError):
    """`objections` are the ids of those to be answered first."""

    code = "objections_open"


class NoticeClosed(DomainError):
    code = "notice_closed"


class NoticeReplaced(DomainError):
    """`replaced_by` is the notice that took its place."""

    code = "notice_replaced"


class NoticeHangs(DomainError):
    """One of this kind hangs already, `notice`: it is replaced, not doubled."""

    code = "notice_hangs"


class WrongSubject(DomainError):
    """What the notice is about does not fit its kind or its neighbourhood, or is missing."""

    code = "wrong_subject"


class SurveySuperseded(DomainError):
    code = "survey_superseded"


class PlanIsDraft(DomainError):
    code = "plan_is_draft"


class PlanSuperseded(DomainError):
    code = "plan_superseded"


class ObjectionAnswered(DomainError):
    code = "objection_answered"


class WorkshopNotPlanned(DomainError):
    """It was held or cancelled already."""

    code = "workshop_not_planned"


class WorkshopNotHeld(DomainError):
    """Who came and what was decided is told of a meeting once its day is there, and of no cancelled one."""

    code = "workshop_not_held"


class AlreadyAttending(DomainError):
    """Somebody of this name is on the list for this household in this role; `name` says who."""

    code = "already_attending"


class HandsDisagree(DomainError):
    """The outcome is not what the counted hands say."""

    code = "hands_disagree"


class TaskSettled(DomainError):
    """The task is done or was dropped."""

    code = "task_settled"


class VoteOpen(DomainError):
    """A vote on the same matter is open here, `vote`."""

    code = "vote_open"


class VoteClosed(DomainError):
    code = "vote_closed"


class VoteCancelled(DomainError):
    code = "vote_cancelled"


class VoteNotClosed(DomainError):
    code = "vote_not_closed"


class NobodyToVote(DomainError):
    code = "nobody_to_vote"


class AreasUnknown(DomainError):
    """`count` parts have no area on record; `households` are the ids of the first of them."""

    code = "areas_unknown"


class SilentVotesNotAdopted(DomainError):
    code = "silent_votes_not_adopted"


class ContestOpen(DomainError):
    code = "contest_open"


class ContestedEnough(DomainError):
    """`most` is how often one entry may be contested."""

    code = "contested_enough"


class ContestAnswered(DomainError):
    code = "contest_answered"


class NotCorrected(DomainError):
    """The ledger holds no entry that corrects the contested one; `sequence` is that of the contested one."""

    code = "not_corrected"


class VoteNoticeTooShort(DomainError):
    """It begins less than 15 days after it was announced; `earliest_start` would do."""

    code = "notice_too_short"


class VoteNotAnnounced(DomainError):
    """`missing` names what is not on record: the announcement, word to the residents' committee."""

    code = "not_announced"


class VotingNotOver(DomainError):
    """`ends_on` is its last day, or null where none was set; `heads` ballots are still out."""

    code = "voting_not_over"


class BallotsUndelivered(DomainError):
    """`heads` owners have no ballot, and no notice of seven days to them is over; `notice_until` where one hangs."""

    code = "ballots_undelivered"


class ChallengeDecided(DomainError):
    code = "challenge_decided"


class RulesAdoptedAlready(DomainError):
    code = "rules_adopted_already"


class BallotsOnReason(DomainError):
    """An official states a reason before reading how owners voted; it is logged."""

    code = "ballots_on_reason"
    status = 403
