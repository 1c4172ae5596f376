from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import PlanState
from renovation.models.base import LiesInNeighbourhood
from renovation.querysets import FundingShareQuerySet, HouseholdShareQuerySet, PlanItemQuerySet, PlanQuerySet


class RenovationPlan(LiesInNeighbourhood, Versioned):
    """One numbered revision of a neighbourhood's plan of works. Frozen, nothing of it changes any more, by trigger.

    `digest` is SHA-256 of its canonical bytes (docs/plans.md), in hexadecimal. It keeps the edition of the menu that
    the first revision was made from. The revision in force is the last with `in_force_at`: one frozen after the plan
    was settled that needs a new notice comes into force when that notice has ended.
    """

    resource = "plans"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="plans",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    number = models.PositiveSmallIntegerField(_("revision"))
    menu_edition = models.ForeignKey(
        "renovation.MenuEdition", models.PROTECT, related_name="plans", verbose_name=_("menu edition")
    )
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="revisions", verbose_name=_("based on")
    )
    state = models.CharField(_("state"), max_length=6, choices=PlanState, default=PlanState.DRAFT)
    reason = models.CharField(_("why it was changed"), max_length=500, blank=True)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    item_count = models.PositiveSmallIntegerField(_("items"), default=0)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=Decimal(0))
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    notice_needed = models.BooleanField(_("needs a notice of its own"), default=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("frozen by")
    )
    in_force_at = models.DateTimeField(_("in force from"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("renovation plan")
        verbose_name_plural = _("renovation plans")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="plan_revision_once"),
            models.UniqueConstraint(
                fields=["neighbourhood"], condition=Q(state=PlanState.DRAFT), name="plan_one_draft_a_neighbourhood"
            ),
            models.CheckConstraint(
                condition=Q(state=PlanState.DRAFT, digest="", frozen_at=None, in_force_at=None)
                | (Q(state=PlanState.FROZEN, frozen_at__isnull=False) & ~Q(digest="")),
                name="plan_frozen_whole",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="plan_revision_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood} · {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == PlanState.DRAFT


class PlanItem(LiesInNeighbourhood, Versioned):
    """An item of a plan: how much of it, at what price, by whom and when. `amount` is yuan, half-up to the fen."""

    resource = "plan-items"
    lies_in = "plan"

    plan = models.ForeignKey(
        RenovationPlan, models.CASCADE, related_name="items", verbose_name=_("plan"), db_index=False
    )
    menu_item = models.ForeignKey(
        "renovation.MenuItem", models.PROTECT, related_name="plan_items", verbose_name=_("menu item")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=2)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    contractor = models.CharField(_("contractor"), max_length=80, blank=True)
    starts_on = models.DateField(_("begins on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    note = models.CharField(_("where and how"), max_length=500, blank=True)

    objects = PlanItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan item")
        verbose_name_plural = _("plan items")
        constraints = [
            models.UniqueConstraint(fields=["plan", "menu_item"], name="plan_item_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="plan_item_quantity_above_0"),
            models.CheckConstraint(
                condition=Q(unit_price=None, amount=None) | Q(unit_price__gte=0, amount__gte=0),
                name="plan_item_priced_whole",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="plan_item_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return str(self.menu_item)


class FundingShare(models.Model):
    """That a source pays for an item, by weight; `planned` is its part of the amount: they add up to the fen."""

    plan_item = models.ForeignKey(
        PlanItem, models.CASCADE, related_name="shares", verbose_name=_("plan item"), db_index=False
    )
    source = models.ForeignKey(
        "renovation.FundingSource", models.PROTECT, related_name="shares", verbose_name=_("source")
    )
    weight = models.DecimalField(_("weight"), max_digits=14, decimal_places=4)
    planned = models.DecimalField(_("planned"), max_digits=14, decimal_places=2, default=Decimal(0))

    objects = FundingShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("funding share")
        verbose_name_plural = _("funding shares")
        constraints = [
            models.UniqueConstraint(fields=["plan_item", "source"], name="funding_share_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="funding_share_weight_above_0"),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.planned}"


class HouseholdShare(models.Model):
    """What one household is to pay of a residents' source under a frozen plan; all of them add up to it to the fen."""

    plan = models.ForeignKey(
        RenovationPlan, models.CASCADE, related_name="household_shares", verbose_name=_("plan"), db_index=False
    )
    source = models.ForeignKey(
        "renovation.FundingSource", models.PROTECT, related_name="household_shares", verbose_name=_("source")
    )
    household = models.ForeignKey(
        "renovation.Household", models.PROTECT, related_name="funding_shares", verbose_name=_("household")
    )
    weight = models.DecimalField(_("weight"), max_digits=14, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    objects = HouseholdShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("household's share")
        verbose_name_plural = _("households' shares")
        constraints = [
            models.UniqueConstraint(fields=["plan", "source", "household"], name="household_share_once"),
        ]

    def __str__(self) -> str:
        return f"{self.household} · {self.amount}"
