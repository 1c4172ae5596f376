"""The prints that are made by a job, as one PDF of many sheets of paper (`overview/services/exports/`)."""

from collections.abc import Mapping
from types import MappingProxyType

from overview.sheets.frame import Print

PRINTS: Mapping[str, Print] = MappingProxyType({})
