from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import AwardState, FundingKind, FundingStep, ResidentsRoute
from renovation.models.base import LiesInNeighbourhood
from renovation.querysets import AwardStepQuerySet, FundingEntryQuerySet, OfNeighbourhoodQuerySet, OfSourceQuerySet


class FundingSource(LiesInNeighbourhood, Versioned):
    """Who pays for a neighbourhood's works. What it is to pay stands in the plan; the rest in its entries."""

    resource = "funding-sources"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="funding_sources",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=20, choices=FundingKind)
    name = models.CharField(_("name"), max_length=80)
    route = models.CharField(_("how residents raise it"), max_length=16, choices=ResidentsRoute, blank=True)
    floor_weights = models.JSONField(
        _("weights of floors"), default=dict, blank=True, help_text=_("Floor to weight, both as text.")
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only this stairwell"),
    )
    document = models.CharField(_("document number"), max_length=120, blank=True)

    objects = OfNeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("funding source")
        verbose_name_plural = _("funding sources")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "kind", "name"], name="funding_source_once"),
            models.CheckConstraint(
                condition=(Q(kind=FundingKind.RESIDENTS) & ~Q(route=""))
                | (~Q(kind=FundingKind.RESIDENTS) & Q(route="")),
                name="funding_source_route_of_residents",
            ),
        ]
        indexes = [
            # Where the tranches of awards lie: one source in six has any.
            models.Index(
                fields=["id"],
                include=["neighbourhood"],
                condition=Q(kind=FundingKind.AWARD),
                name="funding_source_of_awards",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AwardTranche(LiesInNeighbourhood, Versioned):
    """A part of an award in place of subsidy. It goes one step at a time, by trigger: planned, eligible once handover
    is accepted, approved, paid.
    """

    resource = "award-tranches"
    lies_in = "source"

    source = models.ForeignKey(
        FundingSource, models.PROTECT, related_name="tranches", verbose_name=_("source"), db_index=False
    )
    number = models.PositiveSmallIntegerField(_("number"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    state = models.CharField(_("state"), max_length=8, choices=AwardState, default=AwardState.PLANNED)

    objects = OfSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("award tranche")
        verbose_name_plural = _("award tranches")
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="award_tranche_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="award_tranche_amount_above_0"),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.number}"


class AwardStep(models.Model):
    """One step of a tranche: who, when, by which document. Append-only."""

    tranche = models.ForeignKey(AwardTranche, models.PROTECT, related_name="steps", verbose_name=_("tranche"))
    to_state = models.CharField(_("to"), max_length=8, choices=AwardState)
    document = models.CharField(_("document number"), max_length=120)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = AwardStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a tranche")
        verbose_name_plural = _("steps of tranches")
        constraints = [models.UniqueConstraint(fields=["tranche", "to_state"], name="award_step_once")]

    def __str__(self) -> str:
        return self.get_to_state_display()


RESOURCE_OF_STEP = {
    FundingStep.COMMITTED.value: "funding-commitments",
    FundingStep.RECEIVED.value: "funding-receipts",
    FundingStep.SPENT.value: "funding-payments",
}
"""Where the API keeps the entries of each step."""


class FundingEntry(LiesInNeighbourhood, models.Model):
    """Money of a source that was committed, received or spent; in kind, at its agreed value. Append-only.

    A mistake is reversed by a row of the same amount below zero. A household's contribution names it; `payer` may be
    published only with that person's own consent.
    """

    lies_in = "source"

    resources = tuple(RESOURCE_OF_STEP.values())

    source = models.ForeignKey(
        FundingSource, models.PROTECT, related_name="entries", verbose_name=_("source"), db_index=False
    )
    step = models.CharField(_("step"), max_length=9, choices=FundingStep)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contributions",
        verbose_name=_("household"),
    )
    menu_item = models.ForeignKey(
        "renovation.MenuItem",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("item"),
        db_index=False,
    )
    package = models.ForeignKey(
        "renovation.WorkPackage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("work package"),
    )
    tranche = models.ForeignKey(
        AwardTranche,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("tranche"),
    )
    payer = models.CharField(_("payer"), max_length=80, blank=True)
    payer_may_be_named = models.BooleanField(_("the payer agrees to be named"), default=False)
    document = models.CharField(_("document number"), max_length=120)
    dated_on = models.DateField(_("date of the document"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = FundingEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("funding entry")
        verbose_name_plural = _("funding entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="funding_entry_reversed_below_0",
            ),
        ]
        indexes = [
            # The sums of a source by step, and its entries in order.
            models.Index(fields=["source", "step", "id"], include=["amount"], name="funding_entry_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.amount}"

    @property
    def resource(self) -> str:
        return RESOURCE_OF_STEP[self.step]
