"""Asking for an export: what may be asked is checked at once, the file is made by the worker."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Act
from accounts.models import User
from accounts.rules.territory import reach_of
from accounts.services.history import add_history
from accounts.services.jobs import queue_job
from overview.choices import ExportFormat
from overview.errors import ReasonNeeded, TooManyExports
from overview.models import Export, WeeklySheet
from overview.services.exports.lists import open_list
from overview.services.exports.sources import areas_of, named, read_filters
from overview.sheets.frame import Asked, Print
from renovation.models import Division

JOB = "overview.jobs.make_export"
AT_ONCE = 10
"""Unfinished exports that one caller may have: a worker is shared."""
LONGEST_REASON = 200

_CODE_LENGTHS = (2, 4, 6, 9, 12)


@transaction.atomic
def queue_export(
    *,
    subject: str,
    filters: Mapping[str, Any],
    format: str,
    by: User,
    language: str,
    reason: str = "",
    scopes: Collection[str] | None = None,
    weekly: WeeklySheet | None = None,
    due_at: datetime | None = None,
    at: datetime | None = None,
) -> Export:
    """Keep what is asked for and queue its making. Personal data stands in it in full only on a `reason`, which is
    written into the history.

    `subject` is the name of a sheet, of a print or of a list of the API; `scopes` are those of the token, of a client.
    Raises UnknownSubject; ValidationError (Django's for sheets and prints, DRF's for lists) where the filters cannot be
    read; PermissionDenied; ReasonNeeded; TooManyExports.
    """
    at = at or timezone.now()
    reason = reason.strip()
    thing = named(subject)
    _require_format(format, is_print=isinstance(thing, Print))
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise ValidationError({"reason": ValidationError(_("Give the reason in at most 200 characters."), "invalid")})
    cleaned: Mapping[str, Any] = {}
    if thing is None:
        found = open_list(subject, caller=by, filters=filters, reason=reason)
        kept, areas, total = dict(filters), found.areas, found.total
    else:
        form = read_filters(thing, filters, by)
        cleaned = form.cleaned_data
        asked = Asked(by, cleaned, language, at, full=bool(reason))
        if thing.needs_reason(asked) and not reason:
            raise ReasonNeeded(_("This is given out on a stated reason, which is logged."))
        kept, areas, total = dict(form.kept), areas_of(thing), None
    if weekly is None and Export.objects.filter(by=by).unfinished().count() >= AT_ONCE:
        raise TooManyExports(
            _("You have %(limit)s exports under way. Please wait until one is ready.") % {"limit": AT_ONCE},
            limit=AT_ONCE,
        )
    community_code, neighbourhood_code = _place(by, cleaned)
    export = Export.objects.create(
        subject=subject,
        filters=kept,
        format=format,
        language=language,
        by=by,
        areas=areas,
        scopes=sorted(scopes) if scopes is not None else None,
        reason=reason,
        community_code=community_code,
        neighbourhood_code=neighbourhood_code,
        rows_total=total,
        weekly=weekly,
        due_at=due_at,
    )
    # Not the filters: a search may be somebody's name, and the history is for ever.
    add_history(
        export,
        "export_asked",
        by=by,
        action=None,
        what=subject,
        format=format,
        **({"reason": reason} if reason else {}),
    )
    queue_job(JOB, export.pk, about=export, by=by, can_be_cancelled=True)
    # Where there is no worker, as in a trial, the job was done here and now.
    export.refresh_from_db()
    return export


def _require_format(format: str, *, is_print: bool) -> None:
    known = {ExportFormat.PDF} if is_print else {ExportFormat.XLSX, ExportFormat.CSV}
    if format not in known:
        words = _("This is made as %(formats)s.") % {"formats": ", ".join(sorted(known))}
        raise ValidationError({"format": ValidationError(words, "invalid_choice")})


def _place(by: User, cleaned: Mapping[str, Any]) -> tuple[str, str]:
    """Where the history of the export lies: what the filters name, else what holds all that the caller reads."""
    for value in cleaned.values():
        if isinstance(value, Division):
            return value.code, ""
        if code := getattr(value, "community_code", ""):
            return code, getattr(value, "neighbourhood_code", "")
    reach = reach_of(by, Act.REGISTRY)
    codes = [code[:12] for code in (*reach.divisions, *reach.grids, *reach.neighbourhoods)]
    shared = [codes[0][:length] for length in _CODE_LENGTHS if codes and len({code[:length] for code in codes}) == 1]
    return (shared[-1] if shared else ""), ""
