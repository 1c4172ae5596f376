"""What tests of roster imports share."""

from datetime import datetime
from pathlib import Path

from django.core.files.base import ContentFile

from accounts.models import User
from renovation.choices import ImportMode
from renovation.models import Neighbourhood, RosterImport
from renovation.services.roster_imports import keep_file, run_import

QUEUE_IN_THE_DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def do_import(
    neighbourhood: Neighbourhood,
    worker: User,
    path: Path,
    mode: str = ImportMode.ALL_OR_NOTHING,
    mapping: dict[str, str] | None = None,
    at: datetime | None = None,
) -> RosterImport:
    """Keep a file and read it, at a time if one is given."""
    made = keep_file(
        neighbourhood=neighbourhood,
        file=ContentFile(path.read_bytes()),
        file_name=path.name,
        mode=mode,
        by=worker,
        mapping=mapping,
    )
    run_import(roster_import_id=made.pk, at=at)
    made.refresh_from_db()
    return made


def counts(made: RosterImport) -> tuple[str, int, int, int, int]:
    return made.status, made.created, made.updated, made.unchanged, made.rejected
