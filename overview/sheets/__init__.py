"""The sheets that officials ask for by name (workflow.md, "Exports they need"), in the order of the list."""

from collections.abc import Mapping
from types import MappingProxyType

from overview.sheets import neighbourhoods
from overview.sheets.frame import Sheet

SHEETS: Mapping[str, Sheet] = MappingProxyType({sheet.name: sheet for sheet in (neighbourhoods.SHEET,)})
