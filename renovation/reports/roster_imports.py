"""What an import left behind."""

from renovation.choices import ImportStatus
from renovation.models import RosterImport


def may_be_reverted(roster_import: RosterImport) -> bool:
    """Whether there is something to revert; what hangs on it is another question. Two queries at most."""
    is_done = roster_import.status == ImportStatus.DONE
    return is_done and (roster_import.touches.exists() or roster_import.before_images.exists())
