from renovation.models.acceptance import Acceptance, CompletionFiling, Warranty
from renovation.models.divisions import Division
from renovation.models.evaluations import Evaluation, EvaluationAnswer
from renovation.models.funding import AwardStep, AwardTranche, FundingEntry, FundingSource
from renovation.models.households import Household, Owner, Ownership, ParkingSpace
from renovation.models.lifecycle import Evidence, GuardOverride, StageChange
from renovation.models.menu import MenuEdition, MenuItem
from renovation.models.neighbourhoods import Building, Neighbourhood, Stairwell
from renovation.models.plans import FundingShare, HouseholdShare, PlanItem, RenovationPlan
from renovation.models.roster_imports import RosterBeforeImage, RosterImport, RosterMapping, RosterProblem, RosterTouch
from renovation.models.supervision import Defect, DefectEvent, SitePhoto, SiteReport
from renovation.models.works import ChangeRequest, PackageEvent, PackageItem, ProgressEntry, WorkPackage

__all__ = [
    "Acceptance",
    "AwardStep",
    "AwardTranche",
    "Building",
    "ChangeRequest",
    "CompletionFiling",
    "Defect",
    "DefectEvent",
    "Division",
    "Evaluation",
    "EvaluationAnswer",
    "Evidence",
    "FundingEntry",
    "FundingShare",
    "FundingSource",
    "GuardOverride",
    "Household",
    "HouseholdShare",
    "MenuEdition",
    "MenuItem",
    "Neighbourhood",
    "Owner",
    "Ownership",
    "PackageEvent",
    "PackageItem",
    "ParkingSpace",
    "PlanItem",
    "ProgressEntry",
    "RenovationPlan",
    "RosterBeforeImage",
    "RosterImport",
    "RosterMapping",
    "RosterProblem",
    "RosterTouch",
    "SitePhoto",
    "SiteReport",
    "StageChange",
    "Stairwell",
    "Warranty",
    "WorkPackage",
]
