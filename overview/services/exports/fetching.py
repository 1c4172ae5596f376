"""Handing out the file of an export, and deleting it when its time is over."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.history import add_history
from overview.choices import ExportState
from overview.errors import ExportExpired, ExportNotReady
from overview.models import Export
from overview.prints.bundles import PRINTS
from overview.services.exports.making import KEPT_FOR
from overview.sheets import SHEETS

logger = logging.getLogger(__name__)

NAMED = frozenset({*SHEETS, *PRINTS})
"""Their filters are places, days and kinds; those of a list of the API may be somebody's name."""


@transaction.atomic
def open_file(*, export: Export, now: datetime | None = None) -> Any:
    """The file, to be read by whoever asked for it; that one with personal data in full left the house is written into
    the history. Raises ExportNotReady and ExportExpired, also where they may no longer see all that they saw by then.
    """
    if not export.has_file(now):
        if export.state in (ExportState.DONE, ExportState.EXPIRED):
            raise ExportExpired(_("This file was deleted when its time was over. Please ask for it again."))
        raise ExportNotReady(_("This file is not made yet, or could not be made."))
    if not Export.objects.kept(now).filter(pk=export.pk).exists():
        raise ExportExpired(_("What you may see has changed since this file was made. Please ask for it again."))
    try:
        file = export.file.open("rb")
    except FileNotFoundError:
        raise ExportExpired(_("This file was deleted when its time was over. Please ask for it again.")) from None
    if export.reason:
        add_history(export, "export_fetched", by=export.by, action=None, what=export.subject, reason=export.reason)
    return file


def forget_exports(*, now: datetime | None = None) -> int:
    """Delete the files whose time is over, and those whose callers may no longer see what is in them. How many. The
    rows stay, to say what was asked for, but for the filters of lists, which may name people. A file that cannot be
    deleted stays for the next time and keeps back no other.
    """
    now, count = now or timezone.now(), 0
    # All at once: a cursor of the server is held by one transaction, and each is a transaction of its own.
    for export in list(Export.objects.outlived(now).order_by("pk")):
        count += _forget(export)
    failed = Export.objects.filter(state=ExportState.FAILED, finished_at__lte=now - KEPT_FOR)
    failed.exclude(subject__in=NAMED).exclude(filters={}).update(filters={}, version=F("version") + 1)
    return count


def _forget(export: Export) -> bool:
    try:
        # Before the row: what is left over by a crash is deleted again, and never forgotten.
        export.file.storage.delete(export.file.name or "")
    except Exception:
        logger.exception("The file of export %s could not be deleted", export.pk)
        return False
    export.state, export.file.name = ExportState.EXPIRED, ""
    if export.subject not in NAMED:
        export.filters = {}
    export.save(update_fields=["state", "file", "filters"])
    return True
