from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from governance.querysets.boards import NoticeBoardQuerySet
from renovation.models.base import LiesInNeighbourhood


class NoticeBoard(LiesInNeighbourhood, Versioned):
    """The butler board at a stairwell's door: who the property butler and the building head are (policy.md, section g).

    The butler's phone is a work phone. A building head, who is a resident, stands on it only with consent.
    """

    resource = "notice-boards"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="notice_boards",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell",
        models.PROTECT,
        related_name="notice_boards",
        verbose_name=_("stairwell"),
    )
    butler_name = models.CharField(_("property butler"), max_length=40)
    butler_phone = models.CharField(_("butler's work phone"), max_length=20)
    building_head_name = models.CharField(_("building head"), max_length=40, blank=True)
    building_head_phone = models.CharField(_("building head's phone"), max_length=20, blank=True)
    head_consents_on = models.DateField(_("building head consented on"), null=True, blank=True)
    put_up_on = models.DateField(_("put up on"))
    taken_down_on = models.DateField(_("taken down on"), null=True, blank=True)
    photo = models.FileField(_("photo"), upload_to="notice-boards/%Y/%m/", blank=True)

    objects = NoticeBoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("butler board")
        verbose_name_plural = _("butler boards")
        constraints = [
            models.UniqueConstraint(
                fields=["stairwell"], condition=Q(taken_down_on=None), name="notice_board_one_up_a_stairwell"
            ),
            models.CheckConstraint(
                condition=Q(building_head_name="", building_head_phone="", head_consents_on=None)
                | (~Q(building_head_name="") & Q(head_consents_on__isnull=False)),
                name="notice_board_head_with_consent",
            ),
            models.CheckConstraint(
                condition=Q(taken_down_on=None) | Q(taken_down_on__gte=F("put_up_on")),
                name="notice_board_down_after_up",
            ),
        ]
        indexes = [
            # The boards of one neighbourhood.
            models.Index(fields=["neighbourhood", "id"], name="notice_board_here"),
        ]

    def __str__(self) -> str:
        return f"{self.stairwell} · {self.put_up_on}"

    @property
    def grid(self) -> str:
        grid: str = self.stairwell.grid
        return grid
