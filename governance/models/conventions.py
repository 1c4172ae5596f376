from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from consent.choices import Respondent
from governance.choices.conventions import ConventionKind, SignatureForm, VersionState
from governance.querysets.base import GovernedQuerySet
from governance.querysets.conventions import ConventionSignatureQuerySet, ConventionVersionQuerySet
from renovation.models.base import LiesInNeighbourhood
from renovation.rules.masking import mask_name


class Convention(LiesInNeighbourhood, Versioned):
    """One of the three kinds of text that bind a neighbourhood or a stairwell; what it says stands in its versions.

    A neighbourhood has one management covenant, which owners adopt by vote, and one residents' convention, which
    households sign; each stairwell has one of its own.
    """

    resource = "conventions"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="conventions",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=9, choices=ConventionKind)
    stairwell = models.OneToOneField(
        "renovation.Stairwell",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="convention",
        verbose_name=_("stairwell"),
    )
    title = models.CharField(_("title"), max_length=120)

    objects = GovernedQuerySet.as_manager()

    class Meta:
        verbose_name = _("convention")
        verbose_name_plural = _("conventions")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "kind"], condition=~Q(kind="stairwell"), name="convention_one_of_its_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="stairwell", stairwell__isnull=False)
                | (~Q(kind="stairwell") & Q(stairwell__isnull=True)),
                name="convention_of_a_stairwell_names_it",
            ),
        ]
        indexes = [
            # The texts of one neighbourhood.
            models.Index(fields=["neighbourhood", "id"], name="convention_here"),
        ]

    def __str__(self) -> str:
        return self.title


class ConventionVersion(LiesInNeighbourhood, Versioned):
    """What a convention says, word for word. `digest` is the SHA-256 of the text, which is frozen by trigger once
    anybody signed it or it was adopted.

    `needed_share` of the households must have signed before it is adopted; null asks for one signature at least, and a
    covenant, which is voted on, has none. `vote` is the owners' vote that adopted a covenant.
    """

    lies_in = "convention"

    convention = models.ForeignKey(
        Convention, models.PROTECT, related_name="versions", verbose_name=_("convention"), db_index=False
    )
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("text"), max_length=20_000)
    digest = models.CharField(_("digest of the text"), max_length=64, editable=False)
    needed_share = models.DecimalField(
        _("share of the households that must sign"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    adopted_on = models.DateField(_("adopted on"), null=True, blank=True)
    vote = models.ForeignKey(
        "consent.OwnersVote",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adopted_conventions",
        verbose_name=_("adopted by the vote"),
    )
    document = models.CharField(_("document number"), max_length=120, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    filed_with = models.CharField(_("filed with"), max_length=120, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=500, blank=True)

    objects = ConventionVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a convention")
        verbose_name_plural = _("versions of conventions")
        constraints = [
            models.UniqueConstraint(fields=["convention", "number"], name="convention_version_number_once"),
            models.UniqueConstraint(
                fields=["convention"], condition=Q(state="draft"), name="convention_version_one_draft"
            ),
            models.UniqueConstraint(
                fields=["convention"], condition=Q(state="adopted"), name="convention_version_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(needed_share=None) | Q(needed_share__gt=0, needed_share__lte=Decimal(1)),
                name="convention_needed_share_is_one",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", adopted_on=None)
                | Q(state__in=["adopted", "superseded"], adopted_on__isnull=False)
                | Q(state="withdrawn"),
                name="convention_version_adopted_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "adopted"], ended_on=None, end_reason="")
                | Q(state="superseded", ended_on__isnull=False, ended_on__gte=F("adopted_on"))
                | (Q(state="withdrawn", ended_on__isnull=False) & ~Q(end_reason="")),
                name="convention_version_ended_whole",
            ),
            models.CheckConstraint(
                condition=Q(filed_on=None, filed_with="")
                | (Q(adopted_on__isnull=False, filed_on__gte=F("adopted_on")) & ~Q(filed_with="")),
                name="convention_version_filed_once_adopted",
            ),
        ]
        indexes = [
            # The versions of one convention, the latest first.
            models.Index(fields=["convention", "-id"], name="convention_version_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.convention} · {self.number}"


class ConventionSignature(models.Model):
    """That a household put its name to a version, or, where `withdraws` is set, took that back. Append-only; the name
    may be erased.

    `client_id` is drawn where it was signed, so that what is sent twice is kept once.
    """

    resource = "convention-signatures"

    convention_version = models.ForeignKey(
        ConventionVersion, models.PROTECT, related_name="signatures", verbose_name=_("version"), db_index=False
    )
    household = models.ForeignKey(
        "renovation.Household", models.PROTECT, related_name="convention_signatures", verbose_name=_("household")
    )
    signer = models.CharField(_("signed by"), max_length=60)
    respondent = models.CharField(_("who signed"), max_length=8, choices=Respondent)
    form = models.CharField(pgettext_lazy("signature", "form"), max_length=10, choices=SignatureForm, blank=True)
    signed_on = models.DateField(_("signed on"))
    withdraws = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="withdrawn_by",
        verbose_name=pgettext_lazy("signature", "takes back"),
    )
    client_id = models.UUIDField(_("client id"), unique=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    objects = ConventionSignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature of a convention")
        verbose_name_plural = _("signatures of conventions")
        constraints = [
            models.CheckConstraint(
                condition=(Q(withdraws=None) & ~Q(form="")) | Q(withdraws__isnull=False, form=""),
                name="convention_signature_has_a_form",
            ),
        ]
        indexes = [
            # Which households of a version have signed.
            models.Index(fields=["convention_version", "household"], name="convention_signature_of"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        return mask_name(self.signer)

    @property
    def community_code(self) -> str:
        return self.household.community_code

    @property
    def neighbourhood_code(self) -> str:
        return self.household.neighbourhood_code

    @property
    def grid(self) -> str:
        return self.household.grid
