from consent.models.contests import ReceiptContest
from consent.models.field import FieldPhone, HandedVisit, PhoneQueue
from consent.models.ledger import SigningKey, TreeHead, Visit, VisitPhoto, VisitPrivateData
from consent.models.notices import Objection, PublicNotice
from consent.models.projections import Stance, Tally
from consent.models.surveys import ConsentPolicy, RollAmendment, RollEntry, Round, RoundDoor, Survey
from consent.models.votes import (
    Ballot,
    BallotPrivateData,
    BallotState,
    OwnersVote,
    RulesOfProcedure,
    VoteChallenge,
    VoteHead,
    Voter,
    VoterPart,
)
from consent.models.workshops import Announcement, Workshop, WorkshopAttendance, WorkshopDecision, WorkshopTask

__all__ = [
    "Announcement",
    "Ballot",
    "BallotPrivateData",
    "BallotState",
    "ConsentPolicy",
    "FieldPhone",
    "HandedVisit",
    "Objection",
    "OwnersVote",
    "PhoneQueue",
    "PublicNotice",
    "ReceiptContest",
    "RollAmendment",
    "RollEntry",
    "Round",
    "RoundDoor",
    "RulesOfProcedure",
    "SigningKey",
    "Stance",
    "Survey",
    "Tally",
    "TreeHead",
    "Visit",
    "VisitPhoto",
    "VisitPrivateData",
    "VoteChallenge",
    "VoteHead",
    "Voter",
    "VoterPart",
    "Workshop",
    "WorkshopAttendance",
    "WorkshopDecision",
    "WorkshopTask",
]
