from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import Stage
from renovation.querysets import BuildingQuerySet, NeighbourhoodQuerySet, StairwellQuerySet
from renovation.rules.coordinates import LAST_LATITUDE, LAST_LONGITUDE


class Neighbourhood(Versioned):
    """A residential compound with one name and boundary; its code is its community's and a number."""

    resource = "neighbourhoods"

    code = models.CharField(_("code"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=80)
    aliases = models.CharField(
        _("other names"), max_length=200, blank=True, help_text=_("Old work-unit names and the like, by commas.")
    )
    community = models.ForeignKey(
        "renovation.Division", models.PROTECT, related_name="neighbourhoods", verbose_name=_("community")
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    address = models.CharField(_("address"), max_length=120, blank=True)
    built_year = models.PositiveSmallIntegerField(_("year built"), null=True, blank=True)
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-LAST_LONGITUDE), MaxValueValidator(LAST_LONGITUDE)],
        help_text=_("Of its middle, in decimal degrees, east of Greenwich: 111.286400."),
    )
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-LAST_LATITUDE), MaxValueValidator(LAST_LATITUDE)],
        help_text=_(
            "CGCS2000, which is WGS 84 for this purpose. Map services of China show shifted figures (GCJ-02), off by "
            "hundreds of metres: do not enter those."
        ),
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.REGISTERED, editable=False)
    stage_since = models.DateTimeField(_("in this stage since"), default=timezone.now, editable=False)
    round_is_open = models.BooleanField(
        _("a round is open"),
        default=False,
        editable=False,
        help_text=_("Whether people are at the doors now; known from its survey."),
    )

    objects = NeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("neighbourhood")
        verbose_name_plural = _("neighbourhoods")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(built_year=None) | Q(built_year__range=(1840, 2100)),
                name="neighbourhood_built_year_plausible",
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(
                    longitude__isnull=False,
                    latitude__isnull=False,
                    longitude__range=(-LAST_LONGITUDE, LAST_LONGITUDE),
                    latitude__range=(-LAST_LATITUDE, LAST_LATITUDE),
                ),
                name="neighbourhood_coordinates_both_or_neither",
                violation_error_message=_("Longitude and latitude belong together: give both or neither."),
            ),
        ]
        indexes = [
            # `?stage=` and the counts by stage.
            models.Index(fields=["stage", "id"], name="neighbourhood_by_stage"),
            # `?search=` in names.
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="neighbourhood_name_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def neighbourhood_code(self) -> str:
        return self.code


class Building(Versioned):
    """One block, by its number within the neighbourhood. Without a grid it belongs to all grids of its community."""

    resource = "buildings"

    neighbourhood = models.ForeignKey(
        Neighbourhood, models.PROTECT, related_name="buildings", verbose_name=_("neighbourhood"), db_index=False
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    number = models.CharField(_("number"), max_length=20)
    grid = models.CharField(_("grid"), max_length=15, blank=True)
    floor_count = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)

    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="building_number_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def neighbourhood_code(self) -> str:
        return self.neighbourhood.code


class Stairwell(Versioned):
    """A section of a building with one entrance. A building without a marked one has one, numbered "1"."""

    resource = "stairwells"

    building = models.ForeignKey(
        Building, models.PROTECT, related_name="stairwells", verbose_name=_("building"), db_index=False
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    number = models.CharField(_("number"), max_length=20, default="1")

    objects = StairwellQuerySet.as_manager()

    class Meta:
        verbose_name = _("stairwell")
        verbose_name_plural = _("stairwells")
        constraints = [models.UniqueConstraint(fields=["building", "number"], name="stairwell_number_once")]

    def __str__(self) -> str:
        return self.number

    @property
    def neighbourhood_code(self) -> str:
        return self.building.neighbourhood_code

    @property
    def grid(self) -> str:
        return self.building.grid
