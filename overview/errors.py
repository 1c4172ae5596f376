"""Each refusal of this app, by its code."""

from common.errors import DomainError

# --- Exports -----------------------------------------------------------------------------------------


class TooManyExports(DomainError):
    """The caller has as many unfinished exports as one may have at once; `limit` says how many."""

    code = "too_many_exports"


class ReasonNeeded(DomainError):
    """What is asked for stands in the file only on a stated reason, which is logged."""

    code = "reason_needed"
    status = 403


class ExportNotReady(DomainError):
    """The file is not made yet, or could not be made."""

    code = "export_not_ready"


class ExportExpired(DomainError):
    """The file was deleted when its time was over; ask for it again."""

    code = "export_expired"


class NameTaken(DomainError):
    """The caller has a saved view of this name already."""

    code = "name_taken"


class NoEmail(DomainError):
    """A weekly sheet goes to its owner's own address, and there is none."""

    code = "no_email"
