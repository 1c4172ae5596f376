from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.choices.party import CheckIn, ServiceState
from governance.querysets.party import (
    MemberReportQuerySet,
    PartyMemberQuerySet,
    PointEntryQuerySet,
    PointRuleQuerySet,
    ResponsibilityAreaQuerySet,
    ServiceRecordQuerySet,
)
from renovation.models.base import LiesInNeighbourhood
from renovation.rules.masking import mask_name


class PartyMember(LiesInNeighbourhood, Versioned):
    """A party member who has checked in for duty here. Sensitive: named only to who keeps members or points.

    `user` is the member's own account, where there is one: nobody decides on service of their own.
    """

    resource = "party-members"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="party_members",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=40)
    work_unit = models.CharField(_("work unit"), max_length=80, blank=True)
    check_in = models.CharField(_("checked in"), max_length=9, choices=CheckIn)
    checked_in_on = models.DateField(_("checked in on"))
    body = models.ForeignKey(
        "governance.Body",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="party_members",
        verbose_name=_("branch or group"),
    )
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="party_memberships",
        verbose_name=_("account"),
    )

    objects = PartyMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("party member")
        verbose_name_plural = _("party members")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "name", "work_unit", "phone"],
                condition=Q(ended_on=None),
                name="party_member_checked_in_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("checked_in_on")),
                name="party_member_ends_after_check_in",
            ),
            models.CheckConstraint(
                condition=~Q(check_in=CheckIn.UNIT) | ~Q(work_unit=""), name="party_member_of_a_unit_names_it"
            ),
        ]
        indexes = [
            # The members of one neighbourhood, and how many serve.
            models.Index(fields=["neighbourhood", "id"], name="party_member_here"),
        ]

    def __str__(self) -> str:
        return mask_name(self.name)


class ResponsibilityArea(LiesInNeighbourhood, Versioned):
    """A building, or one stairwell of it, for which a member answers. At the door only with the member's consent."""

    resource = "responsibility-areas"
    lies_in = "member"

    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="areas", verbose_name=_("party member"))
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, related_name="responsibility_areas", verbose_name=_("building")
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="responsibility_areas",
        verbose_name=_("stairwell"),
    )
    duty = models.CharField(_("duty"), max_length=200)
    shown_with_consent_on = models.DateField(_("consents to be shown since"), null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = ResponsibilityAreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility area")
        verbose_name_plural = _("responsibility areas")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "building", "stairwell"],
                condition=Q(ends_on=None),
                nulls_distinct=False,
                name="responsibility_area_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="responsibility_area_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.building}"


class PointRule(Versioned):
    """What a kind of service is worth, for a division and all below it, from a day to a day, by a document.

    Of two rules of one code that of the longest matching division holds.
    """

    resource = "point-rules"

    division = models.ForeignKey(
        "renovation.Division",
        models.PROTECT,
        related_name="point_rules",
        verbose_name=_("division"),
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("service"), max_length=80)
    points = models.PositiveSmallIntegerField(_("points"), validators=[MinValueValidator(1)])
    document = models.CharField(_("document"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = PointRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of points")
        verbose_name_plural = _("rules of points")
        constraints = [
            models.UniqueConstraint(fields=["division", "code", "valid_from"], name="point_rule_once_a_day"),
            models.UniqueConstraint(
                fields=["division", "code"], condition=Q(valid_to=None), name="point_rule_one_without_end"
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="point_rule_points_positive"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="point_rule_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def division_code(self) -> str:
        code: str = self.division.code
        return code

    @property
    def community_code(self) -> str:
        return self.division_code


class ServiceRecord(LiesInNeighbourhood, Versioned):
    """Service done by a member, proposed for the points of a rule; another person approves or rejects it.

    `points` are those of the rule when it was proposed.
    """

    resource = "service-records"
    lies_in = "member"

    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="services", verbose_name=_("party member"), db_index=False
    )
    rule = models.ForeignKey(PointRule, models.PROTECT, related_name="services", verbose_name=_("rule of points"))
    done_on = models.DateField(_("done on"))
    text = models.CharField(_("what was done"), max_length=500)
    points = models.PositiveSmallIntegerField(_("points"))
    state = models.CharField(_("state"), max_length=8, choices=ServiceState, default=ServiceState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    decision = models.CharField(_("decision"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    objects = ServiceRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("service record")
        verbose_name_plural = _("service records")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ServiceState.PROPOSED, decided_at=None, decided_by=None)
                | (~Q(state=ServiceState.PROPOSED) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="service_record_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="service_record_decided_by_another",
            ),
        ]
        indexes = [
            # The services of a member, and those of a neighbourhood that wait.
            models.Index(fields=["member", "state", "id"], name="service_record_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.done_on}"


class PointEntry(models.Model):
    """Points that a record earned, or the taking back of all of them. Append-only."""

    record = models.ForeignKey(
        ServiceRecord, models.PROTECT, related_name="entries", verbose_name=_("service record"), db_index=False
    )
    points = models.SmallIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = PointEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("point entry")
        verbose_name_plural = _("point entries")
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="point_entry_not_zero"),
            models.CheckConstraint(condition=Q(points__gt=0) | ~Q(reason=""), name="point_entry_reversed_with_reason"),
            models.UniqueConstraint(fields=["record"], condition=Q(points__gt=0), name="point_entry_granted_once"),
            models.UniqueConstraint(fields=["record"], condition=Q(points__lt=0), name="point_entry_reversed_once"),
        ]
        indexes = [
            # The entries of a record, and the points of a member.
            models.Index(fields=["record", "points"], name="point_entry_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}"

    @property
    def size(self) -> int:
        """The points without their sign."""
        return abs(self.points)


class MemberReport(LiesInNeighbourhood, models.Model):
    """What a member (each half-year) or a work unit (each year) reports of its service. Append-only: the latest of a
    period counts.
    """

    resource = "member-reports"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="member_reports",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    member = models.ForeignKey(
        PartyMember, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("party member")
    )
    work_unit = models.CharField(_("work unit"), max_length=80, blank=True)
    period = models.CharField(_("period"), max_length=7)
    reported_on = models.DateField(_("reported on"))
    text = models.CharField(_("report"), max_length=2000)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = MemberReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("member's report")
        verbose_name_plural = _("members' reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(member=None) & ~Q(work_unit="") | Q(member__isnull=False, work_unit=""),
                name="member_report_of_a_member_or_a_unit",
            ),
        ]
        indexes = [
            # The reports of one neighbourhood, by the period for which they are due.
            models.Index(fields=["neighbourhood", "period", "id"], name="member_report_by_period"),
        ]

    def __str__(self) -> str:
        return self.period
