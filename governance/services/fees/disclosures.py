"""Publishing the fees, the fund and the public income of a period (Civil Code 943)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.errors.fees import AlreadyDisclosed, CutOffOutOfOrder, NotTheLatest, PeriodNotOver
from governance.models import Disclosure
from governance.reports.fees.disclosures import digest_of_figures, figures_of, latest_of
from governance.rules.fees.periods import Period
from renovation.models import Neighbourhood
from renovation.services.works_base import lock_neighbourhood


@transaction.atomic
def publish_disclosure(
    *,
    neighbourhood: Neighbourhood,
    period: Period,
    posted_at_place: str = "",
    cut_off: date | None = None,
    corrects: Disclosure | None = None,
    by: User,
    at: datetime | None = None,
) -> Disclosure:
    """Publish the figures of a period as they stand, for everybody and for ever; money counts to the cut-off date
    (today). A period is published once; what was wrong is corrected by another one that names it.

    Raises PeriodNotOver, CutOffOutOfOrder, AlreadyDisclosed, or NotTheLatest for a correction of what was corrected
    already, or of another period.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    if period.last >= today:
        raise PeriodNotOver(_("This period is not over: it is published afterwards."), ends_on=period.last.isoformat())
    cut_off = cut_off or today
    if not period.last <= cut_off <= today:
        raise CutOffOutOfOrder(_("The cut-off date lies from the last day of the period to today."))
    locked = lock_neighbourhood(neighbourhood)
    latest = latest_of(locked, period.text)
    if corrects is None and latest is not None:
        raise AlreadyDisclosed(
            _("This period is published already. Publish a correction, which names it."), disclosure=latest.pk
        )
    if corrects is not None and (latest is None or latest.pk != corrects.pk):
        raise NotTheLatest(
            _("A correction names what was published last of its period."), disclosure=latest and latest.pk
        )
    figures = figures_of(neighbourhood=locked, period=period, cut_off=cut_off)
    made: Disclosure = Disclosure.objects.create(
        neighbourhood=locked,
        period=period.text,
        starts_on=period.first,
        ends_on=period.last,
        figures=figures,
        digest=digest_of_figures(figures),
        posted_at_place=posted_at_place.strip(),
        corrects=corrects,
        published_at=at,
        by=by,
    )
    add_history(
        made,
        "fees_disclosed",
        by=by,
        action="created",
        period=period.text,
        digest=made.digest,
        corrects=corrects and corrects.pk,
    )
    if corrects is not None:
        tell_changes([corrects], fields=["corrected_by"])
    return made
