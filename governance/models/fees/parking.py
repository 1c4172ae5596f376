"""Vehicles, monthly passes, and visitors by entry and exit."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.models.fees.schedules import FeeSchedule
from governance.querysets.fees import FeeRowQuerySet
from renovation.choices import SpaceOwnership
from renovation.models.base import LiesInNeighbourhood


class Vehicle(LiesInNeighbourhood, Versioned):
    """A vehicle of a household, by its number plate. The plate is a personal field."""

    resource = "vehicles"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="vehicles",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    household = models.ForeignKey(
        "renovation.Household", models.PROTECT, related_name="vehicles", verbose_name=_("household")
    )
    plate = models.CharField(_("number plate"), max_length=12)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "plate"], condition=Q(ended_on=None), name="vehicle_plate_once"
            ),
            models.CheckConstraint(condition=~Q(plate=""), name="vehicle_has_a_plate"),
        ]

    def __str__(self) -> str:
        return self.masked_plate

    @property
    def masked_plate(self) -> str:
        return f"{self.plate[:2]}***{self.plate[-1:]}"


class ParkingPass(LiesInNeighbourhood, Versioned):
    """That a vehicle parks here by the month, both days included: in a space of its household's, which is billed as
    such, or (`space` empty) wherever shared land is free, which is billed as one more space.
    """

    resource = "parking-passes"
    lies_in = "vehicle"

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="passes", verbose_name=_("vehicle"))
    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="+", verbose_name=_("neighbourhood"), editable=False
    )
    space = models.ForeignKey(
        "renovation.ParkingSpace",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="passes",
        verbose_name=_("parking space"),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    document = models.CharField(_("agreement"), max_length=120, blank=True)

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("parking", "monthly pass")
        verbose_name_plural = pgettext_lazy("parking", "monthly passes")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="parking_pass_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["vehicle"], condition=Q(ends_on=None), name="parking_pass_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle} {self.starts_on}"


class ParkingSession(LiesInNeighbourhood, Versioned):
    """A vehicle's stay from entry to exit, told by a barrier or by hand, once by its own `client_id`.

    A visitor's is priced by the hour at its exit and posted as a bill; a vehicle with a pass stays free.
    """

    resource = "parking-sessions"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="parking_sessions",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    client_id = models.UUIDField(_("client id"), unique=True)
    plate = models.CharField(_("number plate"), max_length=12)
    space_ownership = models.CharField(
        _("ownership of the space"), max_length=14, choices=SpaceOwnership, default=SpaceOwnership.SHARED_LAND
    )
    entered_at = models.DateTimeField(_("entered at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    parking_pass = models.ForeignKey(
        ParkingPass, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("monthly pass")
    )
    schedule = models.ForeignKey(
        FeeSchedule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("fee schedule")
    )
    amount = models.DecimalField(_("amount"), null=True, blank=True, max_digits=14, decimal_places=2)
    bill = models.OneToOneField(
        "governance.Bill", models.PROTECT, null=True, blank=True, related_name="session", verbose_name=_("bill")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("parking session")
        verbose_name_plural = _("parking sessions")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")),
                name="parking_session_leaves_after_it_enters",
            ),
            models.UniqueConstraint(
                fields=["neighbourhood", "plate"], condition=Q(left_at=None), name="parking_session_inside_once"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, amount=None, bill=None) | Q(left_at__isnull=False, amount__isnull=False),
                name="parking_session_priced_at_its_end",
            ),
        ]
        indexes = [
            # The sessions of one neighbourhood, the latest first.
            models.Index(fields=["neighbourhood", "-entered_at", "id"], name="parking_session_latest"),
            # Of a whole territory, as the API orders them.
            models.Index(fields=["entered_at", "id"], name="parking_session_anywhere"),
        ]

    def __str__(self) -> str:
        return f"{self.plate[:2]}***{self.plate[-1:]} {self.entered_at:%Y-%m-%d %H:%M}"
