from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import DivisionLevel
from renovation.querysets import DivisionQuerySet

models.CharField.register_lookup(Length)


class Division(Versioned):
    """A part of the country by its national code, cut to the digits of its level: city 4, district 6, street 9,
    community 12. So a division's code is the prefix of all that lies in it.
    """

    resource = "divisions"

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    level = models.CharField(_("level"), max_length=10, choices=DivisionLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level="city", code__length=4)
                | Q(level="district", code__length=6)
                | Q(level="street", code__length=9)
                | Q(level="community", code__length=12),
                name="division_code_as_long_as_its_level",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def community_code(self) -> str:
        return self.code
