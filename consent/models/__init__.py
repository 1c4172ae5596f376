from consent.models.field import FieldPhone, HandedVisit, PhoneQueue
from consent.models.ledger import SigningKey, TreeHead, Visit, VisitPhoto, VisitPrivateData
from consent.models.notices import Objection, PublicNotice
from consent.models.projections import Stance, Tally
from consent.models.surveys import ConsentPolicy, RollAmendment, RollEntry, Round, RoundDoor, Survey

__all__ = [
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
]
