from overview.models.days import KeptDay, NeighbourhoodDay

__all__ = ["KeptDay", "NeighbourhoodDay"]
