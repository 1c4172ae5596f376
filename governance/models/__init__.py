from governance.models.boards import NoticeBoard
from governance.models.bodies import Body, Management, Membership
from governance.models.party import MemberReport, PartyMember, PointEntry, PointRule, ResponsibilityArea, ServiceRecord

__all__ = [
    "Body",
    "Management",
    "MemberReport",
    "Membership",
    "NoticeBoard",
    "PartyMember",
    "PointEntry",
    "PointRule",
    "ResponsibilityArea",
    "ServiceRecord",
]
