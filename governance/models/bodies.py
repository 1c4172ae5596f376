from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from governance.choices.bodies import BodyKind, ManagementMode, MemberRole, role_name
from governance.querysets.bodies import BodyQuerySet, ManagementQuerySet, MembershipQuerySet
from renovation.models.base import LiesInNeighbourhood
from renovation.rules.masking import mask_name, mask_phone


class Body(LiesInNeighbourhood, Versioned):
    """One of the 3+X: a party branch or group, the owners' committee or what stands in for it, the property company, or
    a self-governing group (policy.md, section g).

    The term of a company is that of its contract. A body that ended stays, with its members.
    """

    resource = "bodies"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="bodies",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=20, choices=BodyKind)
    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("what it does"), max_length=300, blank=True)
    founded_on = models.DateField(_("in being since"))
    document = models.CharField(_("document of its founding"), max_length=120, blank=True)
    elected_by = models.ForeignKey(
        "consent.OwnersVote",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="elected_bodies",
        verbose_name=_("elected by"),
    )
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    filed_with = models.CharField(_("filed with"), max_length=80, blank=True)
    filing_document = models.CharField(_("filing receipt"), max_length=120, blank=True)
    term_starts_on = models.DateField(_("term begins on"), null=True, blank=True)
    term_ends_on = models.DateField(_("term ends on"), null=True, blank=True)
    contract_document = models.CharField(_("contract number"), max_length=120, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = BodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood"],
                condition=Q(kind__in=[BodyKind.OWNERS_COMMITTEE, BodyKind.STAND_IN], ended_on=None),
                name="body_one_committee_standing",
            ),
            models.UniqueConstraint(
                fields=["neighbourhood", "name"], condition=Q(ended_on=None), name="body_standing_named_once"
            ),
            models.CheckConstraint(
                condition=Q(term_starts_on=None, term_ends_on=None) | Q(term_ends_on__gte=F("term_starts_on")),
                name="body_term_whole_and_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(filed_on=None, filed_with="", filing_document="")
                | (Q(filed_on__isnull=False) & ~Q(filed_with="")),
                name="body_filed_whole",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_reason="") | (Q(ended_on__gte=F("founded_on")) & ~Q(end_reason="")),
                name="body_ended_whole_after_founding",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[BodyKind.OWNERS_COMMITTEE, BodyKind.STAND_IN, BodyKind.PROPERTY_COMPANY])
                | Q(term_ends_on__isnull=False),
                name="body_committees_and_companies_have_a_term",
            ),
        ]
        indexes = [
            # The bodies of one neighbourhood, of one kind or all.
            models.Index(fields=["neighbourhood", "kind"], name="body_by_kind"),
            # Terms and contracts that end soon, over many neighbourhoods.
            models.Index(fields=["term_ends_on"], condition=Q(ended_on=None), name="body_by_end_of_term"),
            # The list in the order of founding.
            models.Index(fields=["founded_on", "id"], name="body_by_founding"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(LiesInNeighbourhood, Versioned):
    """That somebody belongs to a body, in a role, from a day to a day, both included. One person in two bodies is
    normal. The phone is a personal field.

    `owner` is the person in the register of owners, `user` their account, where known.
    """

    resource = "memberships"
    lies_in = "body"

    body = models.ForeignKey(Body, models.PROTECT, related_name="memberships", verbose_name=_("body"), db_index=False)
    name = models.CharField(_("name"), max_length=40)
    role = models.CharField(_("role"), max_length=9, choices=MemberRole, default=MemberRole.MEMBER)
    post = models.CharField(_("post"), max_length=40, blank=True)
    owner = models.ForeignKey(
        "renovation.Owner", models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("owner")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="body_memberships",
        verbose_name=_("account"),
    )
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["body", "name", "phone"], condition=Q(ends_on=None), name="membership_held_once"
            ),
            models.UniqueConstraint(
                fields=["body"], condition=Q(role=MemberRole.CHAIR, ends_on=None), name="membership_one_chair"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None, end_reason="") | (Q(ends_on__gte=F("starts_on")) & ~Q(end_reason="")),
                name="membership_ended_whole_after_it_began",
            ),
        ]
        indexes = [
            # The members of one body, the present and the former.
            models.Index(fields=["body", "id"], name="membership_by_body"),
            # The list in the order in which they began.
            models.Index(fields=["starts_on", "id"], name="membership_by_start"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def role_name(self) -> str:
        """What the role is called in this kind of body."""
        return str(role_name(self.body.kind, self.role))

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


class Management(LiesInNeighbourhood, Versioned):
    """Who manages a neighbourhood, from a day to a day, both included: a property company under contract, or the
    residents themselves, by a body of theirs or all together.
    """

    resource = "managements"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="managements",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    mode = models.CharField(_("mode"), max_length=15, choices=ManagementMode)
    body = models.ForeignKey(
        Body, models.PROTECT, null=True, blank=True, related_name="managements", verbose_name=_("by whom")
    )
    vote = models.ForeignKey(
        "consent.OwnersVote",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managements",
        verbose_name=_("owners' vote"),
    )
    document = models.CharField(_("contract or decision number"), max_length=120)
    fee_standard = models.CharField(_("fee standard"), max_length=300)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    objects = ManagementQuerySet.as_manager()

    class Meta:
        verbose_name = _("management")
        verbose_name_plural = _("managements")
        constraints = [
            models.CheckConstraint(
                condition=Q(mode=ManagementMode.SELF_MANAGEMENT) | Q(body__isnull=False),
                name="management_of_a_company_names_it",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="management_ends_after_it_begins"
            ),
        ]
        indexes = [
            # The managements of one neighbourhood, the latest first.
            models.Index(fields=["neighbourhood", "starts_on"], name="management_by_start"),
            # The list in the order in which they began.
            models.Index(fields=["starts_on", "id"], name="management_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood} · {self.get_mode_display()}"
