from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import AreaSource, Occupancy, OwnerKind, SpaceOwnership, TenureType, Use
from renovation.querysets import HouseholdQuerySet, InNeighbourhoodQuerySet, OwnershipQuerySet
from renovation.rules.masking import mask_name


class Household(Versioned):
    """A door and the unit behind it, one row for both. Retired, not deleted, once anything refers to it.

    Areas are square metres of gross floor area; unknown is null and never zero.
    """

    resource = "households"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="households", verbose_name=_("neighbourhood")
    )
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, related_name="households", verbose_name=_("building")
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell", models.PROTECT, related_name="households", verbose_name=_("stairwell"), db_index=False
    )
    community_code = models.CharField(_("community code"), max_length=12, editable=False)
    unit_number = models.CharField(_("unit number"), max_length=20)
    floor = models.SmallIntegerField(_("floor"), null=True, blank=True)
    gross_floor_area = models.DecimalField(_("gross floor area"), max_digits=8, decimal_places=2, null=True, blank=True)
    use = models.CharField(_("use"), max_length=12, choices=Use, default=Use.RESIDENTIAL)
    tenure_type = models.CharField(_("tenure type"), max_length=16, choices=TenureType, default=TenureType.UNKNOWN)
    occupancy = models.CharField(_("occupancy"), max_length=8, choices=Occupancy, default=Occupancy.UNKNOWN)
    head_name = models.CharField(_("head of household"), max_length=60, blank=True)
    phones = ArrayField(models.CharField(max_length=20), verbose_name=_("phones"), default=list, blank=True)
    remarks = models.CharField(_("remarks"), max_length=500, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        constraints = [
            models.UniqueConstraint(fields=["stairwell", "unit_number"], name="household_unit_once"),
            models.CheckConstraint(
                condition=Q(gross_floor_area=None) | Q(gross_floor_area__gt=0),
                name="household_area_unknown_or_positive",
            ),
        ]
        indexes = [
            # `?division=` and every list of a caller, paged by id.
            models.Index(fields=["community_code", "id"], name="household_by_community"),
        ]

    def __str__(self) -> str:
        return self.unit_number

    @property
    def neighbourhood_code(self) -> str:
        return self.neighbourhood.code

    @property
    def grid(self) -> str:
        return self.building.grid


class Owner(Versioned):
    """A person or an organisation that owns in one neighbourhood. The same name is not the same owner."""

    resource = "owners"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="owners",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=OwnerKind, default=OwnerKind.PERSON)
    name = models.CharField(_("name"), max_length=80)
    phones = ArrayField(models.CharField(max_length=20), verbose_name=_("phones"), default=list, blank=True)

    objects = InNeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("owner")
        verbose_name_plural = _("owners")
        indexes = [
            # Proposals to merge owners of one name.
            models.Index(fields=["neighbourhood", "name"], name="owner_by_name"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        """A person's name masked; that of an organisation is no personal field."""
        return mask_name(self.name) if self.kind == OwnerKind.PERSON else self.name

    @property
    def neighbourhood_code(self) -> str:
        return self.neighbourhood.code


class Ownership(Versioned):
    """That an owner holds a household, from a date (unknown where null) to a date, both included."""

    resource = "ownerships"

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="ownerships", verbose_name=_("owner"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="ownerships", verbose_name=_("household"))
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    area_source = models.CharField(_("source of the area"), max_length=10, choices=AreaSource, blank=True)
    is_voter = models.BooleanField(_("named voter"), default=True, help_text=_("Co-owners name one of them."))
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="ownership_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["owner", "household"], condition=Q(ends_on=None), name="ownership_open_once"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(ends_on=None, is_voter=True), name="ownership_one_voter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} · {self.household}"

    @property
    def neighbourhood_code(self) -> str:
        return self.household.neighbourhood_code

    @property
    def grid(self) -> str:
        return self.household.grid


class ParkingSpace(Versioned):
    """A parking space of the neighbourhood, held by one household or nobody. Area in m2, if it is registrable."""

    resource = "parking-spaces"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="parking_spaces",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    number = models.CharField(_("number"), max_length=20)
    ownership = models.CharField(
        _("ownership"), max_length=14, choices=SpaceOwnership, default=SpaceOwnership.SHARED_LAND
    )
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="parking_spaces", verbose_name=_("held by")
    )
    owner = models.ForeignKey(
        Owner, models.PROTECT, null=True, blank=True, related_name="parking_spaces", verbose_name=_("owner")
    )
    area = models.DecimalField(_("area"), max_digits=8, decimal_places=2, null=True, blank=True)

    objects = InNeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("parking space")
        verbose_name_plural = _("parking spaces")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="parking_space_number_once"),
            models.CheckConstraint(condition=Q(area=None) | Q(area__gt=0), name="parking_space_area_positive"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def neighbourhood_code(self) -> str:
        return self.neighbourhood.code
