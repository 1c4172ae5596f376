"""Handing out the file of an export, and deleting it when its time is over."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.history import add_history
from overview.choices import ExportState
from overview.errors import ExportExpired, ExportNotReady
from overview.models import Export


@transaction.atomic
def open_file(*, export: Export, now: datetime | None = None) -> Any:
    """The file, to be read by whoever asked for it; that one with personal data in full left the house is written into
    the history. Raises ExportNotReady and ExportExpired.
    """
    if not export.has_file(now):
        if export.state in (ExportState.DONE, ExportState.EXPIRED):
            raise ExportExpired(_("This file was deleted when its time was over. Please ask for it again."))
        raise ExportNotReady(_("This file is not made yet, or could not be made."))
    try:
        file = export.file.open("rb")
    except FileNotFoundError:
        raise ExportExpired(_("This file was deleted when its time was over. Please ask for it again.")) from None
    if export.reason:
        add_history(export, "export_fetched", by=export.by, action=None, what=export.subject, reason=export.reason)
    return file


def forget_exports(*, now: datetime | None = None) -> int:
    """Delete the files whose time is over. How many. The rows stay, to say what was asked for."""
    now = now or timezone.now()
    count = 0
    for export in Export.objects.kept().filter(expires_at__lte=now).order_by("pk").iterator(chunk_size=500):
        name = export.file.name or ""
        export.state, export.file.name = ExportState.EXPIRED, ""
        export.save(update_fields=["state", "file"])
        # After the row: one that says it has a file has one.
        export.file.storage.delete(name)
        count += 1
    return count
