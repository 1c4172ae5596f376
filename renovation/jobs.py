"""What the job worker does for this app."""

from django_tasks import task

from renovation.services.roster_imports import run_import


@task()
def run_roster_import(roster_import_id: int) -> None:
    """Read a queued roster. Run twice, it does it once."""
    run_import(roster_import_id=roster_import_id)
