"""The sheets that officials ask for by name (workflow.md, "Exports they need"), in the order of the list."""

from collections.abc import Mapping
from types import MappingProxyType

from overview.sheets import (
    acceptance,
    awards,
    collection,
    committees,
    costs,
    deferred,
    household_list,
    item_choices,
    neighbourhoods,
    notices,
    preconditions,
    round_tally,
    votes,
    weekly,
)
from overview.sheets.frame import Sheet

SHEETS: Mapping[str, Sheet] = MappingProxyType(
    {
        sheet.name: sheet
        for sheet in (
            weekly.SHEET,
            round_tally.SHEET,
            household_list.SHEET,
            item_choices.SHEET,
            costs.SHEET,
            preconditions.SHEET,
            votes.SHEET,
            notices.SHEET,
            acceptance.SHEET,
            collection.SHEET,
            awards.SHEET,
            deferred.SHEET,
            committees.SHEET,
            neighbourhoods.SHEET,
        )
    }
)
