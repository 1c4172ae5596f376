"""When a weekly sheet is due."""

from datetime import datetime, timedelta

WEEK = timedelta(days=7)


def last_due(now: datetime, weekday: int, hour: int) -> datetime:
    """The last moment, up to `now`, of a weekday (1 is Monday) and an hour. `now` is a local time; so is the answer."""
    this_week = (now - timedelta(days=now.isoweekday() - weekday)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return this_week if this_week <= now else this_week - WEEK


def is_due(due: datetime, *, starts_at: datetime, last: datetime | None) -> bool:
    """Whether a sheet is to be made for the moment `due`: not for one before it was asked for, nor for one twice. What
    was missed for more than a week is made up for once, by its last moment.
    """
    return due >= starts_at and (last is None or last < due)
