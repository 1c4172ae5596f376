from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from common.figures import mark_text
from consent.choices import AmendmentAction, Verdict
from consent.models.base import LedgerEdge
from consent.querysets import ConsentPolicyQuerySet, DoorQuerySet, OfSurveyQuerySet, SurveyQuerySet


class ConsentPolicy(Versioned):
    """What support a division asks for before works start, from a day, by a document (policy.md, section b).

    `pass_share` is a share from above 0 to 1. The one in force is the longest matching division's latest.
    """

    resource = "consent-policies"

    division = models.ForeignKey(
        "renovation.Division", models.PROTECT, related_name="consent_policies", verbose_name=_("division")
    )
    pass_share = models.DecimalField(
        _("pass share"),
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(1)],
    )
    count_vacant = models.BooleanField(_("vacant homes stay in the denominator"), default=True)
    count_verbal = models.BooleanField(_("a verbal yes counts"), default=False)
    valid_from = models.DateField(_("valid from"))
    document = models.CharField(_("document"), max_length=200)

    objects = ConsentPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent policy")
        verbose_name_plural = _("consent policies")
        constraints = [
            models.UniqueConstraint(fields=["division", "valid_from"], name="consent_policy_once_a_day"),
            models.CheckConstraint(
                condition=Q(pass_share__gt=0, pass_share__lte=1), name="consent_policy_share_within_0_and_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} {mark_text(self.pass_share)}"

    @property
    def community_code(self) -> str:
        return self.division.code


class Survey(LedgerEdge, Versioned):
    """One asking of every household of a neighbourhood, in up to three rounds.

    The policy and the menu are frozen in it when it opens; a trigger refuses to change them, and the result once
    it is closed. Appends to its ledger queue on this row's lock, which keeps the tree's right edge.
    """

    resource = "surveys"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="surveys",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("The first, second ... of its neighbourhood."))
    title = models.CharField(_("title"), max_length=120)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    closes_on = models.DateField(_("planned to close on"), null=True, blank=True)

    policy = models.ForeignKey(ConsentPolicy, models.PROTECT, related_name="surveys", verbose_name=_("policy"))
    pass_share = models.DecimalField(_("pass share"), max_digits=5, decimal_places=4)
    count_vacant = models.BooleanField(_("vacant homes stay in the denominator"))
    count_verbal = models.BooleanField(_("a verbal yes counts"))
    menu_edition = models.ForeignKey(
        "renovation.MenuEdition", models.PROTECT, related_name="surveys", verbose_name=_("menu edition")
    )
    roll_size = models.PositiveIntegerField(_("households on the roll"), help_text=_("As amended so far."))
    has_open_round = models.BooleanField(_("has an open round"), default=True)

    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    close_reason = models.CharField(_("reason"), max_length=500, blank=True)
    revisit_on = models.DateField(_("look again on"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict, default=Verdict.OPEN)
    result = models.JSONField(_("result when it was closed"), null=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="survey_number_once"),
            models.UniqueConstraint(
                fields=["neighbourhood"], condition=Q(closed_at=None), name="survey_one_open_a_neighbourhood"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, verdict=Verdict.OPEN, result=None)
                | Q(closed_at__isnull=False, verdict__in=[Verdict.PASSED, Verdict.FAILED], result__isnull=False),
                name="survey_closed_with_verdict_and_result",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def neighbourhood_code(self) -> str:
        return self.neighbourhood.code

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def entries(self) -> Any:
        return self.visits


class RollEntry(models.Model):
    """A door of a survey as it stood when the roll was frozen, and the parent of its visits.

    `door_hash` stands for the household in the ledger; with `door_salt` gone it can no longer be linked. Frozen by
    trigger: only `on_roll` moves, by an amendment, and what is personal may be erased.
    """

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="doors", verbose_name=_("survey"), db_index=False)
    household = models.ForeignKey(
        "renovation.Household", models.PROTECT, related_name="roll_entries", verbose_name=_("household")
    )
    building = models.ForeignKey("renovation.Building", models.PROTECT, related_name="+", verbose_name=_("building"))
    stairwell_number = models.CharField(_("stairwell"), max_length=20)
    unit_number = models.CharField(_("unit number"), max_length=20)
    floor = models.SmallIntegerField(_("floor"), null=True)
    gross_floor_area = models.DecimalField(_("gross floor area"), max_digits=8, decimal_places=2, null=True)
    owners = models.JSONField(_("owners"), default=list, help_text=_("Owner ids and names on the day."))
    door_salt = models.BinaryField(null=True)
    door_hash = models.BinaryField()
    on_roll = models.BooleanField(_("on the roll"), default=True)

    objects = DoorQuerySet.as_manager()

    class Meta:
        verbose_name = _("door of a roll")
        verbose_name_plural = _("doors of rolls")
        indexes = [
            # The doors of a survey by id, as the API pages through them: by the key alone the last page would read on
            # through the rolls of all later surveys.
            models.Index(fields=["survey", "id"], name="roll_by_id"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["survey", "household"], name="roll_household_once"),
            models.UniqueConstraint(fields=["survey", "door_hash"], name="roll_door_hash_once"),
        ]

    def __str__(self) -> str:
        return self.unit_number


class RollAmendment(models.Model):
    """A household added to or removed from an open roll, on purpose and with a reason. Append-only."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="roll_amendments", verbose_name=_("survey"))
    door = models.ForeignKey(RollEntry, models.PROTECT, related_name="amendments", verbose_name=_("door"))
    action = models.CharField(_("action"), max_length=6, choices=AmendmentAction)
    reason = models.CharField(_("reason"), max_length=500)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    objects = OfSurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("roll amendment")
        verbose_name_plural = _("roll amendments")

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.door}"


class Round(models.Model):
    """One of a survey's three walks through the doors. Its counts are projections of its doors' visits."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="rounds", verbose_name=_("survey"), db_index=False)
    number = models.PositiveSmallIntegerField(_("number"))
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    close_reason = models.CharField(_("reason for doors left unvisited"), max_length=500, blank=True)
    listed_count = models.PositiveIntegerField(_("doors listed"), default=0)
    visited_count = models.PositiveIntegerField(_("doors visited"), default=0)
    contacted_count = models.PositiveIntegerField(_("doors with a contact"), default=0)

    objects = OfSurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["survey", "number"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="round_number_once"),
            models.CheckConstraint(condition=Q(number__range=(1, 3)), name="round_number_1_to_3"),
            models.UniqueConstraint(fields=["survey"], condition=Q(closed_at=None), name="round_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.number}"


class RoundDoor(models.Model):
    """That a round visits a door: its list, fixed when the round opens (or a door is added to the open roll)."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="round_doors", verbose_name=_("round"))
    door = models.ForeignKey(
        RollEntry, models.PROTECT, related_name="round_doors", verbose_name=_("door"), db_index=False
    )
    visited = models.BooleanField(_("visited"), default=False)
    contacted = models.BooleanField(_("had a contact"), default=False)

    class Meta:
        verbose_name = _("door of a round")
        verbose_name_plural = _("doors of rounds")
        constraints = [models.UniqueConstraint(fields=["door", "round"], name="round_door_once")]

    def __str__(self) -> str:
        return f"{self.round} · {self.door}"
