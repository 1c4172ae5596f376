from governance.models.boards import NoticeBoard
from governance.models.party import MemberReport, PartyMember, PointEntry, PointRule, ResponsibilityArea, ServiceRecord

__all__ = [
    "MemberReport",
    "NoticeBoard",
    "PartyMember",
    "PointEntry",
    "PointRule",
    "ResponsibilityArea",
    "ServiceRecord",
]
