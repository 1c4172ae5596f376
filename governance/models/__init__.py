from governance.models.boards import NoticeBoard
from governance.models.bodies import Body, Management, Membership
from governance.models.contests import Contest, ContestEntry, ContestScore
from governance.models.conventions import Convention, ConventionSignature, ConventionVersion
from governance.models.handover import Asset, Handover, HandoverItem, HandoverSignature, ServiceWithdrawal
from governance.models.party import MemberReport, PartyMember, PointEntry, PointRule, ResponsibilityArea, ServiceRecord
from governance.models.upkeep import Finding, Inspection, TaskEvent, UpkeepTask

__all__ = [
    "Asset",
    "Body",
    "Contest",
    "ContestEntry",
    "ContestScore",
    "Convention",
    "ConventionSignature",
    "ConventionVersion",
    "Finding",
    "Handover",
    "HandoverItem",
    "HandoverSignature",
    "Inspection",
    "Management",
    "MemberReport",
    "Membership",
    "NoticeBoard",
    "PartyMember",
    "PointEntry",
    "PointRule",
    "ResponsibilityArea",
    "ServiceRecord",
    "ServiceWithdrawal",
    "TaskEvent",
    "UpkeepTask",
]
