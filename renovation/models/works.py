from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import ChangeRequestState, PackageState
from renovation.models.base import LiesInNeighbourhood
from renovation.querysets import OfNeighbourhoodQuerySet, OfPackageQuerySet, ProgressQuerySet


class WorkPackage(LiesInNeighbourhood, Versioned):
    """What one contractor builds under one contract: some of the plan's items, with planned days."""

    resource = "work-packages"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="work_packages",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80)
    contractor = models.CharField(_("contractor"), max_length=80)
    contract_document = models.CharField(_("contract number"), max_length=120)
    contract_sum = models.DecimalField(_("contract sum"), max_digits=14, decimal_places=2, null=True, blank=True)
    supervisor = models.CharField(_("supervisor of works"), max_length=80, blank=True)
    starts_on = models.DateField(_("planned to begin on"))
    ends_on = models.DateField(_("planned to end on"))
    state = models.CharField(_("state"), max_length=9, choices=PackageState, default=PackageState.PLANNED)

    objects = OfNeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("work package")
        verbose_name_plural = _("work packages")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="work_package_number_once"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="work_package_ends_after_it_begins"
            ),
        ]
        indexes = [
            # Those behind schedule, over many neighbourhoods.
            models.Index(fields=["state", "ends_on"], name="work_package_by_state"),
        ]

    def __str__(self) -> str:
        return self.name


class PackageItem(models.Model):
    """An item of the plan in the hands of a package, and how much of it is done: a share from 0 to 1."""

    package = models.ForeignKey(
        WorkPackage, models.CASCADE, related_name="items", verbose_name=_("work package"), db_index=False
    )
    menu_item = models.ForeignKey("renovation.MenuItem", models.PROTECT, related_name="+", verbose_name=_("menu item"))
    done_share = models.DecimalField(_("done"), max_digits=5, decimal_places=4, default=Decimal(0))

    objects = OfPackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("item of a package")
        verbose_name_plural = _("items of packages")
        constraints = [
            models.UniqueConstraint(fields=["package", "menu_item"], name="package_item_once"),
            models.CheckConstraint(condition=Q(done_share__range=(0, 1)), name="package_item_done_within_0_and_1"),
        ]

    def __str__(self) -> str:
        return str(self.menu_item)


class PackageEvent(models.Model):
    """A package begun, suspended, resumed, reported done or accepted. Append-only."""

    package = models.ForeignKey(WorkPackage, models.PROTECT, related_name="events", verbose_name=_("work package"))
    to_state = models.CharField(_("to"), max_length=9, choices=PackageState)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    review_on = models.DateField(_("look at it again on"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = OfPackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a package")
        verbose_name_plural = _("events of packages")

    def __str__(self) -> str:
        return self.get_to_state_display()


class ProgressEntry(models.Model):
    """How much of an item was done on a day, as reported: a share from 0 to 1. Append-only."""

    package_item = models.ForeignKey(
        PackageItem, models.PROTECT, related_name="progress", verbose_name=_("item of a package")
    )
    done_share = models.DecimalField(_("done"), max_digits=5, decimal_places=4)
    done_on = models.DateField(_("on"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress entry")
        verbose_name_plural = _("progress entries")
        constraints = [
            models.CheckConstraint(condition=Q(done_share__range=(0, 1)), name="progress_done_within_0_and_1"),
        ]

    def __str__(self) -> str:
        return f"{self.package_item} {self.done_share}"


class ChangeRequest(LiesInNeighbourhood, Versioned):
    """That an item be changed after the plan was settled: asked for by somebody, decided by the district.

    Approved, it has become a revision of the plan.
    """

    resource = "change-requests"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="change_requests",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    number = models.PositiveSmallIntegerField(_("number"))
    package = models.ForeignKey(
        WorkPackage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="change_requests",
        verbose_name=_("work package"),
    )
    requested_by = models.CharField(_("asked for by"), max_length=80)
    requested_on = models.DateField(_("asked for on"))
    text = models.CharField(_("what is to change, and why"), max_length=500)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=ChangeRequestState, default=ChangeRequestState.REQUESTED)
    plan = models.ForeignKey(
        "renovation.RenovationPlan",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="change_requests",
        verbose_name=_("revision that it became"),
    )
    decision = models.CharField(_("decision"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    objects = OfNeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="change_request_number_once"),
            models.CheckConstraint(
                condition=Q(state=ChangeRequestState.REQUESTED, decided_at=None)
                | Q(state=ChangeRequestState.REFUSED, decided_at__isnull=False)
                | Q(state=ChangeRequestState.APPROVED, decided_at__isnull=False, plan__isnull=False),
                name="change_request_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood} · {self.number}"
