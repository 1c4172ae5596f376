"""Saved views, and the sheets of them that go out by mail once a week."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.addresses import site_address
from common.errors import DomainError
from common.figures import count_text, full_day_text
from overview.choices import ExportState
from overview.errors import NameTaken, NoEmail
from overview.models import Export, SavedView, WeeklySheet
from overview.rules.weekly import is_due, last_due
from overview.services.exports.asking import queue_export
from overview.services.exports.sources import MIME_TYPES, UnknownSubject, file_name_of, read_filters, title_of
from overview.sheets import SHEETS

logger = logging.getLogger(__name__)

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Bytes; what is larger is fetched from the exports page."""


@transaction.atomic
def save_view(*, name: str, sheet: str, filters: Mapping[str, Any], by: User) -> SavedView:
    """Keep a sheet with its filters under a name. Raises NameTaken; ValidationError and PermissionDenied as asking for
    the sheet does.
    """
    kept = dict(read_filters(SHEETS[sheet], filters, by).kept)
    if SavedView.objects.filter(user=by, name=name).exists():
        raise NameTaken(_("You have a view of this name already."))
    return SavedView.objects.create(user=by, name=name, sheet=sheet, filters=kept)


@transaction.atomic
def remove_view(*, view: SavedView) -> None:
    """Forget a view, and with it its weekly sheet. The files that were made of it stay."""
    view.delete()


@transaction.atomic
def schedule_weekly(
    *, view: SavedView, weekday: int, hour: int, format: str, language: str, at: datetime | None = None
) -> WeeklySheet:
    """Have a view made each week and mailed to its owner; again, to change when. Raises NoEmail."""
    if not view.user.email:
        raise NoEmail(_("You have no e-mail address here. Ask your administrator to enter it."))
    at = at or timezone.now()
    values = {"weekday": weekday, "hour": hour, "format": format, "language": language, "starts_at": at}
    weekly, is_new = WeeklySheet.objects.update_or_create(view=view, defaults=values)
    facts: dict[str, Any] = {"sheet": view.sheet, "weekday": weekday, "hour": hour, "new": is_new}
    add_history(weekly, "weekly_set", by=view.user, action=None, **facts)
    return weekly


@transaction.atomic
def stop_weekly(*, view: SavedView) -> None:
    """Send it no more. Stopped twice, it is stopped."""
    WeeklySheet.objects.filter(view=view).delete()


def send_weekly_sheets(*, now: datetime | None = None) -> int:
    """Queue what is due and was not made yet, each in a transaction of its own, and mail what an earlier run could not.
    How many were queued. Run every hour; run twice, or twice at once, it makes nothing twice.
    """
    now = now or timezone.now()
    queued = 0
    for key in WeeklySheet.objects.order_by("pk").values_list("pk", flat=True):
        queued += _queue_if_due(key, now)
    waiting = Export.objects.kept().filter(weekly__isnull=False, mailed_at=None, expires_at__gt=now)
    for key in waiting.order_by("pk").values_list("pk", flat=True):
        mail_export(export_id=key, now=now)
    return queued


@transaction.atomic
def _queue_if_due(weekly_id: int, now: datetime) -> bool:
    rows = WeeklySheet.objects.select_for_update(of=("self",), skip_locked=True).select_related("view__user")
    weekly = rows.filter(pk=weekly_id).first()
    if weekly is None:
        return False
    due = last_due(timezone.localtime(now), weekly.weekday, weekly.hour)
    if not weekly.view.user.is_active or not is_due(due, starts_at=weekly.starts_at, last=weekly.last_due_at):
        return False
    weekly.last_due_at = due
    weekly.save(update_fields=["last_due_at"])
    view = weekly.view
    what: dict[str, Any] = {"subject": view.sheet, "filters": view.filters, "format": weekly.format, "by": view.user}
    when: dict[str, Any] = {"language": weekly.language, "weekly": weekly, "due_at": due}
    try:
        with transaction.atomic():
            queue_export(**what, **when, at=now)
    except (ValidationError, PermissionDenied, DomainError, UnknownSubject):
        # Its owner sees why in the list, and goes on next week if it may be made again.
        error = {"state": ExportState.FAILED, "error": "no_longer_open", "finished_at": now}
        Export.objects.create(**what, **when, **error)
        return False
    return True


@transaction.atomic
def mail_export(*, export_id: int, now: datetime | None = None) -> bool:
    """Mail the file of a weekly sheet to its owner, if that was not done; whether it was now.

    The row is locked until the mail server has taken it, so that two processes do not send it twice. A server that
    refuses, or a file that is gone, leaves it to the next hour and keeps back no other.
    """
    rows = Export.objects.kept().select_for_update(of=("self",)).select_related("by", "weekly__view")
    export = rows.filter(pk=export_id, weekly__isnull=False, mailed_at=None).first()
    if export is None or not export.by.email or not export.by.is_active:
        return False
    try:
        with translation.override(export.language):
            message = _message(export)
        message.send()
    except Exception:
        logger.exception("The weekly sheet %s could not be mailed", export.pk)
        return False
    export.mailed_at = now or timezone.now()
    export.save(update_fields=["mailed_at"])
    return True


def _message(export: Export) -> EmailMessage:
    title, day = title_of(export.subject), full_day_text(export.finished_at or timezone.now())
    view: Any = export.weekly and export.weekly.view
    words = {"title": title, "day": day, "view": str(view), "rows": count_text(export.rows_done)}
    lines = [
        _("This is your weekly sheet “%(view)s”: %(title)s, as of %(day)s, %(rows)s rows.") % words,
        "",
        _("It shows what you may see in Gongdi. Personal data is masked."),
    ]
    fits = export.size <= LARGEST_ATTACHMENT
    if not fits:
        lines.append(_("The file is too large for a mail. You find it for seven days at this address."))
    lines += [site_address("export", export.pk)]
    lines += ["", _("To stop it or to change when it comes:"), site_address("saved_view", view.pk)]
    message = EmailMessage(
        subject=_("%(title)s, %(day)s") % words,
        body="\n".join(lines),
        to=[export.by.email],
    )
    if fits:
        with export.file.open("rb") as file:
            message.attach(file_name_of(export), file.read(), MIME_TYPES[export.format].partition(";")[0])
    return message
