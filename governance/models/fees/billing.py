"""Bills, the runs that post them, and months that are closed."""

from decimal import Decimal

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.choices.fees import BillState, FeeKind, RunMode, RunStatus
from governance.querysets.fees import BillQuerySet, FeeQuerySet, FeeRowQuerySet, RunQuerySet
from renovation.models.base import LiesInNeighbourhood


class BillingRun(Versioned):
    """One run over a neighbourhood or a division, for a period: a dry run, or one that posts. Run twice, it bills once.

    `community_code` is the code that was asked for: a division's, or the community of the neighbourhood. `exceptions`
    are units that got no bill, or one to look at, up to a limit, each with its code; `exception_counts` counts all.
    """

    resource = "billing-runs"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="billing_runs",
        verbose_name=_("neighbourhood"),
    )
    community_code = models.CharField(_("code"), max_length=12, db_index=True, editable=False)
    neighbourhood_code = models.CharField(_("neighbourhood code"), max_length=16, blank=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=FeeKind)
    period = models.CharField(_("period"), max_length=7)
    mode = models.CharField(_("mode"), max_length=7, choices=RunMode)
    status = models.CharField(_("status"), max_length=7, choices=RunStatus, default=RunStatus.QUEUED)
    bill_count = models.PositiveIntegerField(_("bills"), default=0)
    total = models.DecimalField(_("total"), default=0, max_digits=14, decimal_places=2)
    reduction_total = models.DecimalField(_("total of reductions"), default=0, max_digits=14, decimal_places=2)
    already_billed = models.PositiveIntegerField(_("already billed"), default=0)
    exceptions = models.JSONField(_("exceptions"), default=list, blank=True)
    exception_counts = models.JSONField(_("exceptions by code"), default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    error = models.CharField(_("why it failed"), max_length=60, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("billing run")
        verbose_name_plural = _("billing runs")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"


class Bill(LiesInNeighbourhood, models.Model):
    """What one debtor owes for one charge and some months, posted and never edited: a mistake is void and issued anew.

    `amount` is the sum of `lines` before `reduction`; what is to be paid is `amount - reduction`. By trigger only
    `settled` (the sum of its allocations, a projection), `state` and what voids it change after posting.
    `charge` keeps apart what a household is billed for besides: the ownership of its parking spaces, or the name of
    another charge. `lines` hold plain values; words are made of them where they are shown.
    """

    resource = "bills"

    run = models.ForeignKey(
        BillingRun, models.PROTECT, null=True, blank=True, related_name="bills", verbose_name=_("billing run")
    )
    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="bills",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    account = models.ForeignKey(
        "governance.FeeAccount", models.PROTECT, related_name="bills", verbose_name=_("fee account")
    )
    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bills",
        verbose_name=_("household"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeeKind)
    charge = models.CharField(_("charge"), max_length=40, blank=True)
    period = models.CharField(_("period"), max_length=7)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reduction = models.DecimalField(_("reduction"), default=0, max_digits=14, decimal_places=2)
    settled = models.DecimalField(_("settled"), default=0, max_digits=14, decimal_places=2)
    state = models.CharField(_("state"), max_length=7, choices=BillState, default=BillState.OPEN)
    lines = models.JSONField(_("lines"), encoder=DjangoJSONEncoder)
    late_for = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="late_charges", verbose_name=_("late charge for")
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("issued anew for")
    )
    created_at = models.DateTimeField(_("posted at"))
    updated_at = models.DateTimeField(_("updated at"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    voided_at = models.DateTimeField(_("void since"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("voided by")
    )
    void_reason = models.CharField(_("why it is void"), max_length=300, blank=True)

    objects = BillQuerySet.as_manager()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, reduction__gte=0, reduction__lte=F("amount")),
                name="bill_reduced_at_most_to_0",
            ),
            models.CheckConstraint(
                condition=Q(settled__gte=0, settled__lte=F("amount") - F("reduction")),
                name="bill_settled_at_most_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=BillState.OPEN, settled__lt=F("amount") - F("reduction"))
                | Q(state=BillState.SETTLED, settled=F("amount") - F("reduction"))
                | Q(state=BillState.VOID, settled=0),
                name="bill_state_of_what_is_settled",
            ),
            models.CheckConstraint(
                condition=(Q(state=BillState.VOID, voided_at__isnull=False) & ~Q(void_reason=""))
                | (~Q(state=BillState.VOID) & Q(voided_at=None, void_reason="")),
                name="bill_voided_whole",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="bill_ends_after_it_begins"),
            # Posted twice at once, a month is billed once.
            models.UniqueConstraint(
                fields=["household", "kind", "charge", "starts_on"],
                condition=~Q(state=BillState.VOID) & Q(late_for=None),
                name="bill_month_once",
            ),
        ]
        indexes = [
            # The bills of a neighbourhood: of a period, and for its collection rate.
            models.Index(fields=["neighbourhood", "kind", "starts_on", "id"], name="bill_by_period"),
            # What an account owes, the oldest first; arrears by age.
            models.Index(
                fields=["account", "starts_on", "due_on", "id"],
                condition=Q(state=BillState.OPEN),
                name="bill_open_oldest",
            ),
            models.Index(
                fields=["neighbourhood", "kind", "due_on"],
                include=["amount", "reduction", "settled"],
                condition=Q(state=BillState.OPEN),
                name="bill_open_by_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"

    @property
    def payable(self) -> Decimal:
        """What is to be paid, in yuan: the amount less its reduction."""
        return self.amount - self.reduction

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid, in yuan; nothing of a void bill."""
        return Decimal(0) if self.state == BillState.VOID else self.payable - self.settled


class MonthClosing(LiesInNeighbourhood, Versioned):
    """That a neighbourhood's books of a month are closed: `totals` are its control figures, `digest` their hash.

    In a closed month nothing is billed, voided or booked. It may be opened again, on a reason: the last one first.
    """

    resource = "month-closings"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="month_closings", verbose_name=_("neighbourhood")
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    totals = models.JSONField(_("control totals"))
    digest = models.CharField(_("digest"), max_length=64)
    closed_at = models.DateTimeField(_("closed at"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    reopened_at = models.DateTimeField(_("opened again at"), null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened again by"),
    )
    reopen_reason = models.CharField(_("why it was opened again"), max_length=300, blank=True)

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fee", "closed month")
        verbose_name_plural = pgettext_lazy("fee", "closed months")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "month"], condition=Q(reopened_at=None), name="month_closed_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="month_closing_whole_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class BilledTally(models.Model):
    """What stands billed in a neighbourhood for the months from one day to another: a projection of its bills."""

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="+", verbose_name=_("neighbourhood"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeeKind)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    bill_count = models.PositiveIntegerField(_("bills"), default=0)
    amount = models.DecimalField(_("amount"), default=0, max_digits=14, decimal_places=2)
    reduction = models.DecimalField(_("reduction"), default=0, max_digits=14, decimal_places=2)

    objects = FeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally of bills")
        verbose_name_plural = _("tallies of bills")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "kind", "starts_on", "ends_on"], name="billed_tally_once"),
        ]
        indexes = [
            # A district's and the city's rate of one period.
            models.Index(fields=["kind", "starts_on", "ends_on"], name="billed_tally_by_period"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"


class SettledTally(models.Model):
    """What was allocated to bills of the months from one day to another, by the day on which it counts."""

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="+", verbose_name=_("neighbourhood"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeeKind)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    day = models.DateField(_("day"))
    amount = models.DecimalField(_("amount"), default=0, max_digits=14, decimal_places=2)

    objects = FeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally of what was settled")
        verbose_name_plural = _("tallies of what was settled")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "kind", "starts_on", "ends_on", "day"], name="settled_tally_once"
            ),
        ]
        indexes = [
            # A district's and the city's rate of one period, by a cut-off date.
            models.Index(fields=["kind", "starts_on", "ends_on", "day"], name="settled_tally_by_period"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on} {self.day}"
