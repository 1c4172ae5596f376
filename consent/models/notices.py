from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from consent.choices import NoticeKind, NoticeState, ObjectionState
from consent.querysets import NoticeQuerySet, ObjectionQuerySet
from renovation.models.base import LiesInNeighbourhood


class PublicNotice(LiesInNeighbourhood, Versioned):
    """What was posted, where, from when until when, and how its posting and its end are proved.

    The day of posting is not counted. What was posted does not change, by trigger: a notice with other content
    replaces it and its days begin anew. A result notice names the survey, a plan notice the revision.
    """

    resource = "notices"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="notices",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=13, choices=NoticeKind)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), max_length=4000)
    survey = models.ForeignKey(
        "consent.Survey", models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("survey")
    )
    plan = models.ForeignKey(
        "renovation.RenovationPlan",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("revision of the plan"),
    )
    tree_head = models.ForeignKey(
        "consent.TreeHead", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tree head")
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    place = models.CharField(_("where it hangs"), max_length=200)
    posted_on = models.DateField(_("posted on"))
    ends_on = models.DateField(_("ends on"), help_text=_("Its last day."))
    posting_photo = models.FileField(_("photo of the posting"), upload_to="notice-photos/%Y/%m/", blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("posted by")
    )
    state = models.CharField(_("state"), max_length=8, choices=NoticeState, default=NoticeState.POSTED)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closing_photo = models.FileField(_("photo at the end"), upload_to="notice-photos/%Y/%m/", blank=True)
    closing_note = models.CharField(_("note at the end"), max_length=500, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("public notice")
        verbose_name_plural = _("public notices")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("posted_on")), name="notice_ends_after_posting"),
            models.CheckConstraint(
                condition=Q(state=NoticeState.CLOSED, closed_at__isnull=False)
                | Q(state__in=[NoticeState.POSTED, NoticeState.REPLACED], closed_at=None),
                name="notice_closed_whole",
            ),
        ]
        indexes = [
            # The notices of one neighbourhood, and those of a kind that still hang.
            models.Index(fields=["neighbourhood", "kind", "-id"], name="notice_of_neighbourhood"),
            # Those due to be closed, over many neighbourhoods.
            models.Index(fields=["ends_on"], condition=Q(state=NoticeState.POSTED), name="notice_due"),
            # The list of all notices, a page at a time, by either day.
            models.Index(fields=["posted_on", "id"], name="notice_by_posting"),
            models.Index(fields=["ends_on", "id"], name="notice_by_end"),
        ]

    def __str__(self) -> str:
        return self.title


class Objection(LiesInNeighbourhood, Versioned):
    """What somebody holds against a notice. While one is open, the notice cannot be closed."""

    resource = "objections"
    lies_in = "notice"

    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="objections", verbose_name=_("notice"))
    raised_on = models.DateField(_("raised on"))
    raised_by = models.CharField(_("raised by"), max_length=80, blank=True)
    text = models.CharField(_("objection"), max_length=1000)
    state = models.CharField(_("state"), max_length=8, choices=ObjectionState, default=ObjectionState.OPEN)
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ObjectionState.OPEN, answered_on=None, answer="")
                | (Q(state=ObjectionState.ANSWERED, answered_on__isnull=False) & ~Q(answer="")),
                name="objection_answered_whole",
            ),
        ]
        indexes = [
            # The list of all objections, a page at a time, by the day.
            models.Index(fields=["raised_on", "id"], name="objection_by_day"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
