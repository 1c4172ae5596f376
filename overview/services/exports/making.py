"""Making the file of an export, by the worker, as whoever asked for it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from shutil import rmtree
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from rest_framework import exceptions as rest

from accounts.services.jobs import is_cancelled, tell_failure, tell_progress
from common.errors import DomainError
from common.locks import alone_or_not
from overview.choices import ExportFormat, ExportState
from overview.models import Export
from overview.services.exports.files import write_csv, write_xlsx
from overview.services.exports.lists import UnknownList, open_list
from overview.services.exports.sources import UnknownSubject, content_of_list, content_of_sheet, named, read_filters
from overview.sheets.frame import Asked, Print

logger = logging.getLogger(__name__)

WORK = "export"
"""The name of the lock that whoever makes one holds."""
KEPT_FOR = timedelta(days=7)
ATTEMPTS = 2
"""A file that was being made when a worker was killed is made once more; then it may be what kills."""

_WRITERS = {ExportFormat.CSV: write_csv, ExportFormat.XLSX: write_xlsx}
_REFUSED: dict[type[Exception], str] = {
    PermissionDenied: "not_allowed",
    rest.PermissionDenied: "not_allowed",
    rest.NotFound: "not_allowed",
    ValidationError: "filters_not_read",
    rest.ValidationError: "filters_not_read",
    UnknownList: "unknown_subject",
    UnknownSubject: "unknown_subject",
}


class _Refused(Exception):
    """Ends a making; its code says why."""


def make_export(*, export_id: int, at: datetime | None = None) -> bool:
    """Make the file of a queued export; whether it is there now by this call. Does nothing if it was made before.

    What the caller may no longer see, or filters that no longer read, end in `failed`. Does nothing either while
    another process makes the same one: a second worker has other work. The file of a broken-off making is replaced,
    so that one file is kept and none is left over.
    """
    with alone_or_not(WORK, export_id) as is_ours:
        export = _begin(export_id, at or timezone.now()) if is_ours else None
        if export is None:
            return False
        try:
            if export.attempts > ATTEMPTS:
                tell_failure("broke_off")
                raise _Refused("broke_off")
            if is_cancelled():
                raise _Refused("cancelled")
            if not export.by.is_active:
                raise _Refused("not_allowed")
            with _empty_folder(export.pk) as folder, translation.override(export.language):
                path = folder / "file"
                count = _write(export, path)
                _keep(export, path, count)
        except _Refused as refusal:
            _fail(export, str(refusal))
        except tuple(_REFUSED) as refusal:
            _fail(export, next(code for kind, code in _REFUSED.items() if isinstance(refusal, kind)))
        except DomainError as refusal:
            _fail(export, refusal.code)
        except Exception:
            logger.exception("Export %s failed", export.pk)
            tell_failure("export_failed")
            _fail(export, "export_failed")
        return export.state == ExportState.DONE


def sweep_folders() -> int:
    """Delete the folders that killed workers left, of exports that nobody is making. How many."""
    count = 0
    for folder in [path for path in _folders().glob("*") if path.name.isdecimal()]:
        with alone_or_not(WORK, int(folder.name)) as is_left:
            if is_left:
                rmtree(folder, ignore_errors=True)
                count += 1
    return count


def _folders() -> Path:
    """Where files are made: with what is kept, so that no other site and nobody else on the machine comes across it."""
    return Path(settings.MEDIA_ROOT) / "making"


@contextmanager
def _empty_folder(export_id: int) -> Iterator[Path]:
    """A folder of the export's own, without what a killed worker left in it."""
    folder = _folders() / str(export_id)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


@transaction.atomic
def _begin(export_id: int, at: datetime) -> Export | None:
    export = (
        Export.objects.select_for_update(of=("self",)).select_related("by").unfinished().filter(pk=export_id).first()
    )
    if export is None:
        return None
    export.state, export.started_at, export.rows_done = ExportState.RUNNING, at, 0
    export.attempts += 1
    export.save(update_fields=["state", "started_at", "rows_done", "attempts"])
    return export


def _write(export: Export, path: Path) -> int:
    caller, tell = export.by, _teller(export)
    if export.scopes is not None:
        client: Any = caller.client
        caller.token_scopes = frozenset(export.scopes) & frozenset(client.scopes if client else ())
    # Before anything is read by it: what ends meanwhile has ended.
    export.reach = caller.grants
    at = export.started_at or timezone.now()
    thing = named(export.subject)
    full = bool(export.reason)
    if thing is None:
        found = open_list(export.subject, caller=caller, filters=export.filters, reason=export.reason)
        _expect(export, found.total)
        content = content_of_list(found, Asked(caller, {}, export.language, at, full))
    else:
        asked = Asked(caller, read_filters(thing, export.filters, caller).cleaned_data, export.language, at, full)
        _expect(export, thing.count(asked))
        if isinstance(thing, Print):
            return thing.write(asked, path, tell)
        content = content_of_sheet(thing, asked)
    return _WRITERS[ExportFormat(export.format)](content, path, tell)


def _teller(export: Export) -> Callable[[int], None]:
    """Writes down how far it is, without the version: whoever reads it again sees more."""

    def tell(done: int) -> None:
        tell_progress(done)
        _change(export, rows_done=done)

    return tell


def _expect(export: Export, total: int | None) -> None:
    if total is not None:
        tell_progress(0, total)
        _change(export, rows_total=total)


def _change(export: Export, **values: object) -> None:
    Export.objects.filter(pk=export.pk).update(**values, version=F("version") + 1, updated_at=timezone.now())


def _keep(export: Export, path: Path, count: int) -> None:
    """Put the file where files are kept, and say so. Killed in between, the next making puts its own in its place."""
    with path.open("rb") as file:
        export.sha256 = file_digest(file, "sha256").hexdigest()
    export.size = path.stat().st_size
    storage, name = export.file.storage, f"exports/{_secret_name(export)}.{export.format}"
    storage.delete(name)
    with path.open("rb") as file:
        name = storage.save(name, File(file))
    with transaction.atomic():
        now = timezone.now()
        export.file.name = name
        export.state, export.error, export.finished_at, export.expires_at = ExportState.DONE, "", now, now + KEPT_FOR
        export.rows_done = export.rows_total = count
        # Progress was written past this instance.
        export.version = Export.objects.values_list("version", flat=True).get(pk=export.pk)
        export.save(
            update_fields=[
                *("file", "size", "sha256", "state", "error", "finished_at", "expires_at", "rows_done", "rows_total"),
                "reach",
            ]
        )


def _secret_name(export: Export) -> str:
    return f"{export.pk}-{salted_hmac('overview.exports', str(export.pk), algorithm='sha256').hexdigest()[:24]}"


@transaction.atomic
def _fail(export: Export, code: str) -> None:
    export.state, export.error, export.finished_at = ExportState.FAILED, code, timezone.now()
    export.version = Export.objects.values_list("version", flat=True).get(pk=export.pk)
    export.save(update_fields=["state", "error", "finished_at"])
