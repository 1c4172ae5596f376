"""What is charged, to whom, and who is let off: the data that a billing run reads."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.choices.fees import DebtorKind, FeeBasis, FeeKind, ReductionReason, ReductionState
from governance.querysets.fees import FeeQuerySet, FeeRowQuerySet, ReductionQuerySet
from renovation.choices import SpaceOwnership, Use
from renovation.models.base import LiesInNeighbourhood
from renovation.rules.masking import mask_name


class FeeSchedule(LiesInNeighbourhood, Versioned):
    """A price from a day on, in yuan per unit of its basis (policy.md, section f). Of those that price the same unit,
    one that names its use (or the space's ownership) goes before one for all; then the latest `valid_from`.

    Once a posted bill was made from it, what it prices is frozen, by trigger: only `valid_to` may still be set.
    """

    resource = "fee-schedules"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="fee_schedules",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeeKind)
    name = models.CharField(
        _("name"), max_length=40, blank=True, help_text=_("Of another charge than property and parking.")
    )
    basis = models.CharField(_("basis"), max_length=20, choices=FeeBasis)
    unit_price = models.DecimalField(_("unit price"), help_text=_("Yuan per unit."), max_digits=12, decimal_places=4)
    uses = ArrayField(
        models.CharField(max_length=12, choices=Use),
        verbose_name=_("uses"),
        default=list,
        blank=True,
        help_text=_("Of the units that it prices; empty means all."),
    )
    space_ownerships = ArrayField(
        models.CharField(max_length=14, choices=SpaceOwnership),
        verbose_name=_("ownership of the spaces"),
        default=list,
        blank=True,
        help_text=_("Of the parking spaces that it prices; empty means all."),
    )
    vacant_share = models.DecimalField(
        _("share that a vacant home pays"),
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("As the contract says; empty means that vacancy is no reason for a reduction."),
    )
    late_charge_daily = models.DecimalField(
        _("late charge a day"),
        max_digits=6,
        decimal_places=5,
        default=0,
        help_text=_("Share of what is overdue; only where the contract says so."),
    )
    due_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=0, help_text=_("After the last day of the billed months.")
    )
    free_minutes = models.PositiveSmallIntegerField(_("free minutes"), default=0)
    daily_cap = models.DecimalField(_("most a day"), null=True, blank=True, max_digits=14, decimal_places=2)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    document = models.CharField(_("document number"), max_length=120)
    billed_at = models.DateTimeField(_("first billed at"), null=True, blank=True, editable=False)

    objects = FeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("fee schedule")
        verbose_name_plural = _("fee schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=FeeKind.PARKING, basis__in=[FeeBasis.PER_SPACE_MONTH, FeeBasis.PER_HOUR])
                | (
                    ~Q(kind=FeeKind.PARKING)
                    & Q(basis__in=[FeeBasis.PER_M2_MONTH, FeeBasis.PER_HOUSEHOLD_MONTH], space_ownerships=[])
                ),
                name="fee_schedule_basis_of_its_kind",
            ),
            models.CheckConstraint(
                condition=(Q(kind=FeeKind.OTHER) & ~Q(name="")) | (~Q(kind=FeeKind.OTHER) & Q(name="")),
                name="fee_schedule_other_named",
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="fee_schedule_price_not_below_0"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="fee_schedule_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(vacant_share=None) | Q(vacant_share__gte=0, vacant_share__lt=1),
                name="fee_schedule_vacant_share_below_1",
            ),
            models.CheckConstraint(
                condition=Q(late_charge_daily__gte=0, late_charge_daily__lt=1), name="fee_schedule_late_charge_a_share"
            ),
            models.CheckConstraint(
                condition=Q(basis=FeeBasis.PER_HOUR) | Q(free_minutes=0, daily_cap=None),
                name="fee_schedule_minutes_by_the_hour",
            ),
            models.CheckConstraint(
                condition=Q(daily_cap=None) | Q(daily_cap__gt=0), name="fee_schedule_daily_cap_above_0"
            ),
            models.UniqueConstraint(
                fields=["neighbourhood", "kind", "name", "basis", "uses", "space_ownerships", "valid_from"],
                name="fee_schedule_once_a_day",
            ),
        ]
        indexes = [
            # `?ordering=valid_from` over many neighbourhoods.
            models.Index(fields=["valid_from", "id"], name="fee_schedule_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.get_kind_display()} {self.unit_price.normalize():f}"


class FeeLiability(LiesInNeighbourhood, Versioned):
    """That a tenant agreed to pay a household's fees for a time, both days included; the owner stays jointly liable
    (regulation 41; policy.md, section f).
    """

    resource = "fee-liabilities"
    lies_in = "household"

    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        related_name="fee_liabilities",
        verbose_name=_("household"),
    )
    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="+", verbose_name=_("neighbourhood"), editable=False
    )
    name = models.CharField(_("tenant"), max_length=60)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    document = models.CharField(_("agreement"), max_length=120)

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenant's agreement to pay")
        verbose_name_plural = _("tenants' agreements to pay")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="fee_liability_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["household"], condition=Q(ends_on=None), name="fee_liability_one_open"),
        ]

    def __str__(self) -> str:
        return mask_name(self.name)


class FeeReduction(LiesInNeighbourhood, Versioned):
    """That a household pays less of a kind of fee for some months: proposed by one person, approved by another.

    `share` is the part that is let off, above 0 and at most 1; months are given by their first days, both included.
    """

    resource = "fee-reductions"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="fee_reductions", verbose_name=_("neighbourhood")
    )
    household = models.ForeignKey(
        "renovation.Household", models.PROTECT, related_name="fee_reductions", verbose_name=_("household")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeeKind)
    reason = models.CharField(_("reason"), max_length=8, choices=ReductionReason)
    share = models.DecimalField(_("share let off"), max_digits=4, decimal_places=3)
    from_month = models.DateField(_("from month"))
    to_month = models.DateField(_("to month"))
    text = models.CharField(_("why"), max_length=300)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=ReductionState, default=ReductionState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=300, blank=True)

    objects = ReductionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fee", "reduction")
        verbose_name_plural = pgettext_lazy("fee", "reductions")
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="fee_reduction_share_of_a_whole"),
            models.CheckConstraint(
                condition=Q(to_month__gte=F("from_month"), from_month__day=1, to_month__day=1),
                name="fee_reduction_whole_months",
            ),
            models.CheckConstraint(
                condition=Q(state=ReductionState.PROPOSED, decided_at=None)
                | (~Q(state=ReductionState.PROPOSED) & Q(decided_at__isnull=False)),
                name="fee_reduction_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReductionState.APPROVED) | ~Q(decided_by=F("proposed_by")),
                name="fee_reduction_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} · {self.get_reason_display()}"


class FeeAccount(LiesInNeighbourhood, Versioned):
    """One debtor of one household: what is owed stays with who owned (or agreed to pay) then, and does not pass to a
    buyer (policy.md, section f). Visitors of a neighbourhood, who pay by the hour, share one without a household.

    `credit` is money paid and not yet allocated, in yuan: a projection, kept under this row's lock. `name` is the
    debtor's when the account was opened: a personal field.
    """

    resource = "fee-accounts"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="fee_accounts",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="fee_accounts",
        verbose_name=_("household"),
        db_index=False,
    )
    debtor_kind = models.CharField(_("who owes"), max_length=9, choices=DebtorKind)
    owner = models.ForeignKey(
        "renovation.Owner", models.PROTECT, null=True, blank=True, related_name="fee_accounts", verbose_name=_("owner")
    )
    liability = models.ForeignKey(
        FeeLiability,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="fee_accounts",
        verbose_name=_("tenant's agreement to pay"),
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    credit = models.DecimalField(_("credit"), default=0, max_digits=14, decimal_places=2)

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("fee account")
        verbose_name_plural = _("fee accounts")
        constraints = [
            models.CheckConstraint(condition=Q(credit__gte=0), name="fee_account_credit_not_below_0"),
            models.CheckConstraint(
                condition=Q(debtor_kind=DebtorKind.VISITOR, household=None, owner=None, liability=None)
                | Q(debtor_kind=DebtorKind.TENANT, household__isnull=False, owner=None, liability__isnull=False)
                | Q(debtor_kind=DebtorKind.DEVELOPER, household__isnull=False, owner__isnull=False, liability=None)
                | Q(debtor_kind=DebtorKind.OWNER, household__isnull=False, liability=None),
                name="fee_account_of_its_debtor",
            ),
            # Nulls are one debtor too: the household whose owner is not on record, and the visitors.
            models.UniqueConstraint(
                fields=["household", "owner", "liability"],
                condition=Q(household__isnull=False),
                nulls_distinct=False,
                name="fee_account_once",
            ),
            models.UniqueConstraint(
                fields=["neighbourhood"], condition=Q(household=None), name="fee_account_of_visitors_once"
            ),
        ]
        indexes = [
            # The accounts of one neighbourhood, paged by id.
            models.Index(fields=["neighbourhood", "id"], name="fee_account_here"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        """A person's name masked; that of an organisation is no personal field."""
        return self.name if self.debtor_kind == DebtorKind.DEVELOPER else mask_name(self.name)
