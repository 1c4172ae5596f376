from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.choices import Given, Outcome, Party, Reason, Respondent
from consent.querysets import OfSurveyQuerySet, VisitQuerySet


class Visit(models.Model):
    """One attempt to meet a household, whatever the result: a leaf of its survey's tree. Append-only, by trigger.

    A correction is a new row that names the row it supersedes. `sequence` is the leaf's index, from 0 without a gap.
    Everything here but `id` and the keys is in the leaf's canonical bytes (docs/ledger.md).
    """

    resource = "visits"

    survey = models.ForeignKey(
        "consent.Survey", models.PROTECT, related_name="visits", verbose_name=_("survey"), db_index=False
    )
    sequence = models.PositiveIntegerField(_("sequence"))
    client_id = models.UUIDField(_("client id"), unique=True)
    door = models.ForeignKey("consent.RollEntry", models.PROTECT, related_name="visits", verbose_name=_("door"))
    round = models.PositiveSmallIntegerField(_("round"), null=True, help_text=_("Empty for a visit out of round."))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    given = models.CharField(_("how it was given"), max_length=10, choices=Given, blank=True)
    respondent = models.CharField(_("respondent"), max_length=8, choices=Respondent, blank=True)
    visited_at = models.DateTimeField(_("visited at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"), db_index=False
    )
    party = ArrayField(models.CharField(max_length=16, choices=Party), verbose_name=_("who stood at the door"))
    commitments = models.JSONField(_("commitments"), null=True)
    menu_items = ArrayField(models.CharField(max_length=8), verbose_name=_("menu items"), default=list)
    reasons = ArrayField(models.CharField(max_length=20, choices=Reason), verbose_name=_("reasons"), default=list)
    has_note = models.BooleanField(_("has a note"), default=False)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="superseded_by", verbose_name=_("corrects the visit")
    )
    out_of_round = models.BooleanField(_("out of round"), default=False)
    plan = models.ForeignKey(
        "renovation.RenovationPlan",
        models.PROTECT,
        null=True,
        related_name="visits",
        verbose_name=_("revision of the plan that was shown"),
    )
    private_hash = models.BinaryField()
    leaf_hash = models.BinaryField(_("leaf hash"))

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["survey", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "sequence"], name="visit_sequence_once"),
            models.CheckConstraint(
                condition=Q(round=None, out_of_round=True) | Q(round__range=(1, 3), out_of_round=False),
                name="visit_in_a_round_or_out_of_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} #{self.sequence}"


class VisitPrivateData(models.Model):
    """What is personal in a visit, and the salt that binds it to the leaf. May be erased without breaking a proof.

    `signature` is encrypted. `content_digest` is SHA-256 of the salt and the content as sent: it tells a repeated
    request from another one under the same client id.
    """

    visit = models.OneToOneField(
        Visit, models.PROTECT, primary_key=True, related_name="private", verbose_name=_("visit")
    )
    salt = models.BinaryField(null=True)
    note = models.TextField(_("note"), blank=True)
    signature = models.BinaryField(null=True)
    signature_sha256 = models.BinaryField(null=True)
    privacy_notice = models.CharField(_("privacy notice shown"), max_length=20, blank=True)
    content_digest = models.BinaryField(null=True)
    # Null, not empty, once erased: many may be.
    receipt_code = models.CharField(_("receipt code"), max_length=16, null=True, unique=True)  # noqa: DJ001
    erased_at = models.DateTimeField(_("erased at"), null=True)

    class Meta:
        verbose_name = _("private data of a visit")
        verbose_name_plural = _("private data of visits")

    def __str__(self) -> str:
        return str(self.pk)


class VisitPhoto(models.Model):
    """A photo of the paper form of a visit, scaled down and without location; sent after the visit."""

    survey = models.ForeignKey("consent.Survey", models.PROTECT, related_name="photos", verbose_name=_("survey"))
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="photos", verbose_name=_("visit"), db_index=False)
    file = models.FileField(_("file"), upload_to="visit-photos/%Y/%m/")
    sha256 = models.BinaryField(help_text=_("Of the file as it was sent: sending it again changes nothing."))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("photo of a visit")
        verbose_name_plural = _("photos of visits")
        constraints = [models.UniqueConstraint(fields=["visit", "sha256"], name="visit_photo_once")]

    def __str__(self) -> str:
        return str(self.file.name)


class SigningKey(models.Model):
    """The public half of a key that signed heads, kept for as long as heads are checked."""

    key_id = models.CharField(_("key id"), max_length=16, unique=True)
    public_key = models.BinaryField(_("public key"))
    created_at = models.DateTimeField(_("first used at"), auto_now_add=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return self.key_id


class TreeHead(models.Model):
    """A signed statement of a survey's ledger at a size, as it was published. Append-only."""

    survey = models.ForeignKey(
        "consent.Survey", models.PROTECT, related_name="heads", verbose_name=_("survey"), db_index=False
    )
    size = models.PositiveIntegerField(_("size"))
    root_hash = models.BinaryField(_("root hash"))
    timestamp = models.DateTimeField(_("time of the last visit"))
    key_id = models.CharField(_("key"), max_length=16)
    signature = models.BinaryField(_("signature"))
    published_at = models.DateTimeField(_("published at"), default=timezone.now)

    objects = OfSurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tree head")
        verbose_name_plural = _("tree heads")
        constraints = [models.UniqueConstraint(fields=["survey", "size"], name="tree_head_size_once")]

    def __str__(self) -> str:
        return f"{self.survey} · {self.size}"
