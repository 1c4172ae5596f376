"""Saved views, and the sheets that come by mail once a week."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from accounts.choices import Role
from overview.errors import NameTaken, NoEmail
from overview.models import Export, WeeklySheet
from overview.rules.weekly import is_due, last_due
from overview.services.weekly import mail_export, remove_view, save_view, schedule_weekly, send_weekly_sheets
from tests.cast import HERE
from tests.factories import make_user

HERE_ZONE = ZoneInfo("Asia/Shanghai")


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, of which the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE_ZONE)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (moment(23, 7), moment(23, 7)),
        (moment(23, 6, 59), moment(16, 7)),
        (moment(29, 23, 59), moment(23, 7)),
    ],
)
def test_a_sheet_is_due_at_its_hour_and_stays_due_until_the_next(now, due):
    assert last_due(now, weekday=1, hour=7) == due


def test_nothing_is_made_up_for_from_before_it_was_asked_for_and_nothing_twice():
    due = moment(23, 7)

    assert is_due(due, starts_at=due, last=None)
    assert not is_due(due, starts_at=due + timedelta(seconds=1), last=None)
    assert not is_due(due, starts_at=moment(1, 0), last=due)
    assert is_due(due, starts_at=moment(1, 0), last=moment(16, 7))


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def official(cast):
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="district", email="official@example.cn")


@pytest.fixture
def weekly(official) -> WeeklySheet:
    """Due now, and asked for an hour ago."""
    now = timezone.localtime()
    view = save_view(name="周一", sheet="neighbourhood-list", filters={"division": HERE[:6]}, by=official)
    return schedule_weekly(
        view=view,
        weekday=now.isoweekday(),
        hour=now.hour,
        format="xlsx",
        language="en",
        at=now - timedelta(hours=1),
    )


@pytest.mark.django_db
def test_a_weekly_sheet_goes_to_its_owner_once(weekly):
    assert [send_weekly_sheets(), send_weekly_sheets()] == [1, 0]

    (message,) = mail.outbox
    (name, content, kind) = message.attachments[0]
    assert message.to == ["official@example.cn"]
    assert (name.endswith(".xlsx"), content[:2], "sheet" in kind) == (True, b"PK", True)
    assert "List of neighbourhoods" in message.subject
    export = Export.objects.get()
    assert (export.weekly, export.mailed_at is not None) == (weekly, True)
    assert not mail_export(export_id=export.pk)
    assert send_weekly_sheets(now=timezone.now() + timedelta(days=7)) == 1
    assert len(mail.outbox) == 2


@pytest.mark.django_db
def test_what_the_mail_server_refused_goes_out_an_hour_later(weekly, monkeypatch):
    def refuse(self, fail_silently=False):
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        assert send_weekly_sheets() == 1
    assert mail.outbox == []

    assert send_weekly_sheets(now=timezone.now() + timedelta(hours=1)) == 0
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_file_that_is_gone_keeps_back_no_other_sheet(weekly, official, monkeypatch):
    other = save_view(name="周二", sheet="neighbourhood-list", filters={}, by=official)
    when = {"weekday": weekly.weekday, "hour": weekly.hour, "format": "csv", "language": "en"}
    schedule_weekly(view=other, **when, at=weekly.starts_at)
    with monkeypatch.context() as broken:
        broken.setattr("overview.services.weekly.mail_export", lambda **_asked: False)
        assert send_weekly_sheets() == 2
    mail.outbox.clear()
    Export.objects.update(mailed_at=None)
    gone, _kept = Export.objects.order_by("pk")
    gone.file.storage.delete(gone.file.name)

    send_weekly_sheets(now=timezone.now() + timedelta(minutes=5))

    assert len(mail.outbox) == 1
    assert [export.mailed_at is None for export in Export.objects.order_by("pk")] == [True, False]


@pytest.mark.django_db
def test_who_may_read_it_no_more_gets_no_file_and_is_told_in_the_list(weekly, official):
    official.assignments.all().delete()

    assert send_weekly_sheets() == 0

    assert [(export.state, export.error) for export in Export.objects.all()] == [("failed", "no_longer_open")]
    assert mail.outbox == []


@pytest.mark.django_db
def test_views_have_names_of_their_own_and_their_files_outlive_them(weekly, official):
    with pytest.raises(NameTaken):
        save_view(name="周一", sheet="neighbourhood-list", filters={}, by=official)
    send_weekly_sheets()

    remove_view(view=weekly.view)

    assert not WeeklySheet.objects.exists()
    assert Export.objects.get().weekly is None


@pytest.mark.django_db
def test_without_an_address_nothing_is_scheduled(cast):
    user = make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="mute")
    view = save_view(name="a", sheet="neighbourhood-list", filters={}, by=user)

    with pytest.raises(NoEmail):
        schedule_weekly(view=view, weekday=1, hour=7, format="csv", language="en")


@pytest.mark.django_db
def test_no_file_is_mailed_that_was_made_by_a_role_since_taken_away(weekly, official, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("overview.services.weekly.mail_export", lambda **_asked: False)
        assert send_weekly_sheets() == 1
    mail.outbox.clear()
    Export.objects.update(mailed_at=None)
    official.assignments.all().delete()

    send_weekly_sheets(now=timezone.now() + timedelta(minutes=5))

    assert not mail_export(export_id=Export.objects.get().pk)
    assert mail.outbox == []
