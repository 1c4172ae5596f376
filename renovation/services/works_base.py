"""What works and their acceptance share: locks, in one order, and the refusals that both make."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import Stage
from renovation.errors import DayInFuture, ItemsNotInPackage, WrongStage
from renovation.models import Neighbourhood, PackageEvent, PackageItem, WorkPackage


def lock_neighbourhood(neighbourhood: Neighbourhood) -> Neighbourhood:
    """The neighbourhood, locked: first of all rows, so that writers of one place wait instead of crossing."""
    found: Neighbourhood = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    return found


def lock_package(package: WorkPackage) -> WorkPackage:
    found: WorkPackage = (
        WorkPackage.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=package.pk)
    )
    return found


def set_state(
    package: WorkPackage, to: str, *, reason: str = "", review_on: date | None = None, by: User, at: datetime
) -> None:
    """Move a locked package, and write down that it was."""
    came_from, package.state = package.state, to
    package.save(update_fields=["state"])
    PackageEvent.objects.create(package=package, to_state=to, reason=reason, review_on=review_on, at=at, by=by)
    add_history(package, "package_moved", by=by, fields=["state"], came_from=came_from, to=to, reason=reason)


def require_stage(neighbourhood: Neighbourhood, stages: tuple[str, ...]) -> None:
    if neighbourhood.stage not in stages:
        allowed = _(", ").join(f"“{Stage(stage).label}”" for stage in stages)
        raise WrongStage(
            _("The neighbourhood is at “%(here)s”; this is done at %(stages)s.")
            % {"here": neighbourhood.get_stage_display(), "stages": allowed},
            stage=neighbourhood.stage,
        )


def require_past(day: date, at: datetime) -> None:
    """Raise DayInFuture for a day after today; today itself is fine."""
    if day > timezone.localdate(at):
        raise DayInFuture(_("This day has not come yet."))


def require_items(numbers: Iterable[int], items: Mapping[int, PackageItem]) -> None:
    if unknown := sorted(set(numbers) - set(items)):
        raise ItemsNotInPackage(_("The package does not have all of these items."), menu_items=unknown)
