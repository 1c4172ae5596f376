from renovation.models.divisions import Division
from renovation.models.households import Household, Owner, Ownership, ParkingSpace
from renovation.models.lifecycle import Evidence, GuardOverride, StageChange
from renovation.models.menu import MenuEdition, MenuItem
from renovation.models.neighbourhoods import Building, Neighbourhood, Stairwell
from renovation.models.roster_imports import RosterBeforeImage, RosterImport, RosterMapping, RosterProblem, RosterTouch

__all__ = [
    "Building",
    "Division",
    "Evidence",
    "GuardOverride",
    "Household",
    "MenuEdition",
    "MenuItem",
    "Neighbourhood",
    "Owner",
    "Ownership",
    "ParkingSpace",
    "RosterBeforeImage",
    "RosterImport",
    "RosterMapping",
    "RosterProblem",
    "RosterTouch",
    "StageChange",
    "Stairwell",
]
