from consent.models.field import FieldPhone, HandedVisit, PhoneQueue
from consent.models.ledger import SigningKey, TreeHead, Visit, VisitPhoto, VisitPrivateData
from consent.models.notices import Objection, PublicNotice
from consent.models.projections import Stance, Tally
from consent.models.surveys import ConsentPolicy, RollAmendment, RollEntry, Round, RoundDoor, Survey
from consent.models.workshops import Announcement, Workshop, WorkshopAttendance, WorkshopDecision, WorkshopTask

__all__ = [
    "Announcement",
    "ConsentPolicy",
    "FieldPhone",
    "HandedVisit",
    "Objection",
    "PhoneQueue",
    "PublicNotice",
    "RollAmendment",
    "RollEntry",
    "Round",
    "RoundDoor",
    "SigningKey",
    "Stance",
    "Survey",
    "Tally",
    "TreeHead",
    "Visit",
    "VisitPhoto",
    "VisitPrivateData",
    "Workshop",
    "WorkshopAttendance",
    "WorkshopDecision",
    "WorkshopTask",
]
