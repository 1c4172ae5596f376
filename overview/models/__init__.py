from overview.models.days import CommunityDay, KeptDay, NeighbourhoodDay
from overview.models.exports import Export, SavedView, WeeklySheet

__all__ = ["CommunityDay", "Export", "KeptDay", "NeighbourhoodDay", "SavedView", "WeeklySheet"]
