from overview.models.days import KeptDay, NeighbourhoodDay
from overview.models.exports import Export, SavedView, WeeklySheet

__all__ = ["Export", "KeptDay", "NeighbourhoodDay", "SavedView", "WeeklySheet"]
