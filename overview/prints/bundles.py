"""The prints that are made by a job, as one PDF of many sheets of paper (`overview/services/exports/`)."""

from collections.abc import Mapping
from types import MappingProxyType

from overview.prints.fee_bundles import FEE_PRINTS
from overview.prints.home_bundles import HOME_PRINTS
from overview.prints.round_bundles import ROUND_PRINTS
from overview.sheets.frame import Print

PRINTS: Mapping[str, Print] = MappingProxyType({one.name: one for one in (*ROUND_PRINTS, *HOME_PRINTS, *FEE_PRINTS)})
