from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from consent.choices import BallotChoice, BallotForm, ChallengeOutcome, Delivery, Verdict, VoteMatter, VoteScope
from consent.models.base import LedgerEdge
from consent.querysets import (
    OfVoteQuerySet,
    OfVoterQuerySet,
    OwnersVoteQuerySet,
    PublishedOfVoteQuerySet,
    RulesOfProcedureQuerySet,
    VoterQuerySet,
)
from consent.rules.votes import is_special
from renovation.choices import AreaSource, OwnerKind
from renovation.models.base import LiesInNeighbourhood
from renovation.rules.masking import mask_name


class RulesOfProcedure(LiesInNeighbourhood, Versioned):
    """How the owners of a neighbourhood meet, vote and count, as they adopted it (policy.md, section a).

    The latest adopted by a day are in force on it, but for those whose vote a court has rescinded. `proxy_limit` is
    the number of owners that one holder may vote for; null sets none. Silent ballots join the majority only where
    `silent_votes`.
    """

    resource = "procedure-rules"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="procedure_rules",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    adopted_on = models.DateField(_("adopted on"))
    document = models.CharField(_("document number"), max_length=120)
    silent_votes = models.BooleanField(_("silent ballots join the majority"), default=False)
    count_spaces = models.BooleanField(_("registrable parking spaces count"), default=False)
    proxy_limit = models.PositiveSmallIntegerField(_("proxies a holder"), null=True, blank=True)
    vote = models.ForeignKey(
        "consent.OwnersVote",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adopted_rules",
        verbose_name=_("adopted by the vote"),
    )

    objects = RulesOfProcedureQuerySet.as_manager()

    class Meta:
        verbose_name = _("rules of procedure")
        verbose_name_plural = _("rules of procedure")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "adopted_on"], name="procedure_rules_once_a_day"),
            models.CheckConstraint(condition=Q(proxy_limit=None) | Q(proxy_limit__gt=0), name="proxy_limit_above_0"),
        ]
        indexes = [
            # The list of all rules, a page at a time, by the day.
            models.Index(fields=["adopted_on", "id"], name="procedure_rules_by_day"),
        ]

    def __str__(self) -> str:
        return self.document


class OwnersVote(LiesInNeighbourhood, LedgerEdge, Versioned):
    """One matter put to the owners of a neighbourhood, or of one stairwell (policy.md, sections a and k).

    The roll and the counting rules are frozen in it when it opens, by trigger, and the result once it is closed. A yes
    at a door to the renovation is no ballot here. `needed_by_plan`: the plan of works waits for it.
    """

    resource = "votes"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="votes",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("The first, second ... of its neighbourhood."))
    matter = models.PositiveSmallIntegerField(_("matter"), choices=VoteMatter)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what is proposed"), max_length=4000, blank=True)
    scope = models.CharField(_("scope"), max_length=13, choices=VoteScope, default=VoteScope.NEIGHBOURHOOD)
    stairwell = models.ForeignKey(
        "renovation.Stairwell",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="votes",
        verbose_name=_("stairwell"),
    )
    needed_by_plan = models.BooleanField(_("the plan needs it"), default=False)

    rules = models.ForeignKey(
        RulesOfProcedure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="votes",
        verbose_name=_("rules of procedure"),
    )
    silent_votes = models.BooleanField(_("silent ballots join the majority"), default=False)
    count_spaces = models.BooleanField(_("registrable parking spaces count"), default=False)
    proxy_limit = models.PositiveSmallIntegerField(_("proxies a holder"), null=True, blank=True)

    announced_on = models.DateField(_("announced on"), null=True, blank=True)
    residents_committee_told_on = models.DateField(_("residents' committee told on"), null=True, blank=True)
    starts_on = models.DateField(_("ballots are taken from"))
    ends_on = models.DateField(_("ballots are taken until"), null=True, blank=True)
    undelivered_posted_on = models.DateField(_("notice of undelivered ballots posted on"), null=True, blank=True)

    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    counted_by = models.CharField(_("counted by"), max_length=200, blank=True)
    verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict, default=Verdict.OPEN)
    result = models.JSONField(_("result when it was closed"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(_("why it was cancelled"), max_length=500, blank=True)
    rescinded_at = models.DateTimeField(_("rescinded at"), null=True, blank=True)

    objects = OwnersVoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("owners' vote")
        verbose_name_plural = _("owners' votes")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="owners_vote_number_once"),
            models.CheckConstraint(condition=Q(matter__range=(1, 9)), name="owners_vote_matter_1_to_9"),
            models.CheckConstraint(
                condition=Q(scope=VoteScope.NEIGHBOURHOOD, stairwell=None)
                | Q(scope=VoteScope.STAIRWELL, stairwell__isnull=False),
                name="owners_vote_of_a_stairwell_names_it",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="owners_vote_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, verdict=Verdict.OPEN, result=None)
                | Q(
                    closed_at__isnull=False,
                    cancelled_at=None,
                    verdict__in=[Verdict.PASSED, Verdict.FAILED],
                    result__isnull=False,
                ),
                name="owners_vote_closed_with_verdict_and_result",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancel_reason="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="")),
                name="owners_vote_cancelled_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(rescinded_at=None) | Q(verdict=Verdict.PASSED), name="owners_vote_rescinded_once_passed"
            ),
        ]
        indexes = [
            # The list of all votes, a page at a time, by the first day.
            models.Index(fields=["starts_on", "id"], name="owners_vote_by_start"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_special(self) -> bool:
        """Whether three quarters must agree."""
        return is_special(self.matter)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.cancelled_at is None

    @property
    def entries(self) -> Any:
        return self.ballots

    @property
    def stands(self) -> bool:
        """Whether it is a decision in force: passed, and not rescinded by a court."""
        return self.verdict == Verdict.PASSED and self.rescinded_at is None


class Voter(models.Model):
    """One head of a vote's roll, with all that it owns: an owner, or whoever owns a unit that nobody is on record for.

    Frozen by trigger; the name may be erased. `area` is the sum of its parts, in square metres.
    """

    vote = models.ForeignKey(
        OwnersVote, models.PROTECT, related_name="voters", verbose_name=_("owners' vote"), db_index=False
    )
    owner = models.ForeignKey(
        "renovation.Owner", models.PROTECT, null=True, related_name="votes", verbose_name=_("owner")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=OwnerKind, default=OwnerKind.PERSON)
    name = models.CharField(_("name"), max_length=80, blank=True)
    area = models.DecimalField(_("area"), max_digits=12, decimal_places=2)
    voter_salt = models.BinaryField(null=True)
    voter_hash = models.BinaryField()

    objects = VoterQuerySet.as_manager()

    class Meta:
        verbose_name = _("owner on a roll")
        verbose_name_plural = _("owners on rolls")
        constraints = [
            models.UniqueConstraint(fields=["vote", "owner"], name="voter_owner_once"),
            models.UniqueConstraint(fields=["vote", "voter_hash"], name="voter_hash_once"),
            models.CheckConstraint(condition=Q(area__gt=0), name="voter_area_above_0"),
        ]
        indexes = [
            # The roll of one vote, a page at a time.
            models.Index(fields=["vote", "id"], name="voter_of_vote"),
        ]

    def __str__(self) -> str:
        return mask_name(self.name) if self.kind == OwnerKind.PERSON else self.name


class VoterPart(models.Model):
    """An exclusive part that a head of the roll owns, with its area in square metres and where that comes from."""

    voter = models.ForeignKey(Voter, models.PROTECT, related_name="parts", verbose_name=_("owner on a roll"))
    household = models.ForeignKey(
        "renovation.Household", models.PROTECT, null=True, related_name="+", verbose_name=_("household")
    )
    parking_space = models.ForeignKey(
        "renovation.ParkingSpace", models.PROTECT, null=True, related_name="+", verbose_name=_("parking space")
    )
    area = models.DecimalField(_("area"), max_digits=8, decimal_places=2)
    area_source = models.CharField(_("source of the area"), max_length=10, choices=AreaSource, blank=True)

    objects = OfVoterQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of an owner on a roll")
        verbose_name_plural = _("parts of owners on rolls")
        constraints = [
            models.CheckConstraint(
                condition=Q(household__isnull=False, parking_space=None)
                | Q(household=None, parking_space__isnull=False),
                name="voter_part_a_household_or_a_space",
            ),
            models.CheckConstraint(condition=Q(area__gt=0), name="voter_part_area_above_0"),
        ]

    def __str__(self) -> str:
        return str(self.household or self.parking_space)


class Ballot(models.Model):
    """A ballot delivered, or come back: a leaf of its vote's tree. Append-only, by trigger.

    A correction is a new row that names the row it supersedes. `choice` and `form` are empty for a delivery alone.
    """

    resource = "ballots"

    vote = models.ForeignKey(
        OwnersVote, models.PROTECT, related_name="ballots", verbose_name=_("owners' vote"), db_index=False
    )
    sequence = models.PositiveIntegerField(_("sequence"))
    client_id = models.UUIDField(_("client id"), unique=True)
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="ballots", verbose_name=_("owner on a roll"))
    choice = models.CharField(_("choice"), max_length=8, choices=BallotChoice, blank=True)
    form = models.CharField(_("form"), max_length=10, choices=BallotForm, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"))
    delivery = models.CharField(_("delivered how"), max_length=10, choices=Delivery, default=Delivery.IN_PERSON)
    returned_at = models.DateTimeField(_("returned at"), null=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="superseded_by", verbose_name=_("corrects the entry")
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"), db_index=False
    )
    private_hash = models.BinaryField()
    leaf_hash = models.BinaryField(_("leaf hash"))

    objects = OfVoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        ordering = ["vote", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["vote", "sequence"], name="ballot_sequence_once"),
            models.CheckConstraint(
                condition=Q(choice="", form="", returned_at=None)
                | (Q(returned_at__isnull=False) & ~Q(choice="") & ~Q(form="")),
                name="ballot_returned_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vote} #{self.sequence}"


class BallotPrivateData(models.Model):
    """What is personal in a ballot, and the salt that binds it to the leaf. May be erased without breaking a proof."""

    ballot = models.OneToOneField(
        Ballot, models.PROTECT, primary_key=True, related_name="private", verbose_name=_("ballot")
    )
    salt = models.BinaryField(null=True)
    proxy_holder = models.CharField(_("proxy holder"), max_length=80, blank=True)
    proof = models.CharField(_("proof of delivery"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    content_digest = models.BinaryField(null=True)
    # Null, not empty, once erased: many may be.
    receipt_code = models.CharField(_("receipt code"), max_length=16, null=True, unique=True)  # noqa: DJ001
    erased_at = models.DateTimeField(_("erased at"), null=True)

    class Meta:
        verbose_name = _("private data of a ballot")
        verbose_name_plural = _("private data of ballots")

    def __str__(self) -> str:
        return str(self.pk)


class BallotState(models.Model):
    """How the ballot of one head stands: a projection of the ledger, a row for each from the opening on.

    `proxy_holder` is who voted by proxy, for the limit; empty otherwise. `ballot` is the returned one that counts.
    """

    vote = models.ForeignKey(
        OwnersVote, models.PROTECT, related_name="ballot_states", verbose_name=_("owners' vote"), db_index=False
    )
    voter = models.OneToOneField(
        Voter, models.PROTECT, primary_key=True, related_name="state", verbose_name=_("owner on a roll")
    )
    is_delivered = models.BooleanField(_("delivered"), default=False)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    delivery = models.CharField(_("delivered how"), max_length=10, choices=Delivery, blank=True)
    choice = models.CharField(_("choice"), max_length=8, choices=BallotChoice, blank=True)
    form = models.CharField(_("form"), max_length=10, choices=BallotForm, blank=True)
    returned_at = models.DateTimeField(_("returned at"), null=True)
    proxy_holder = models.CharField(_("proxy holder"), max_length=80, blank=True)
    ballot = models.ForeignKey(Ballot, models.PROTECT, null=True, related_name="+", verbose_name=_("ballot"))

    objects = OfVoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("state of a ballot")
        verbose_name_plural = _("states of ballots")
        indexes = [
            # The tally of one vote, and whose ballot is still out.
            models.Index(fields=["vote", "is_delivered", "choice"], name="ballot_state_tally"),
        ]

    def __str__(self) -> str:
        return self.get_choice_display() or self.get_delivery_display()


class VoteHead(models.Model):
    """A signed statement of a vote's ledger at a size, as it was published. Append-only."""

    vote = models.ForeignKey(
        OwnersVote, models.PROTECT, related_name="heads", verbose_name=_("owners' vote"), db_index=False
    )
    size = models.PositiveIntegerField(_("size"))
    root_hash = models.BinaryField(_("root hash"))
    timestamp = models.DateTimeField(_("time of the last entry"))
    key_id = models.CharField(_("key"), max_length=16)
    signature = models.BinaryField(_("signature"))
    published_at = models.DateTimeField(_("published at"), default=timezone.now)

    objects = PublishedOfVoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("tree head of a vote")
        verbose_name_plural = _("tree heads of votes")
        constraints = [models.UniqueConstraint(fields=["vote", "size"], name="vote_head_size_once")]

    def __str__(self) -> str:
        return f"{self.vote} · {self.size}"


class VoteChallenge(Versioned):
    """That a decision was challenged before the court, and what became of it (policy.md, section a)."""

    vote = models.ForeignKey(
        OwnersVote, models.PROTECT, related_name="challenges", verbose_name=_("owners' vote"), db_index=False
    )
    raised_on = models.DateField(_("raised on"))
    raised_by = models.CharField(_("raised by"), max_length=80, blank=True)
    text = models.CharField(_("grounds"), max_length=1000)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=ChallengeOutcome, default=ChallengeOutcome.PENDING)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    objects = PublishedOfVoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("challenge of a vote")
        verbose_name_plural = _("challenges of votes")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=ChallengeOutcome.PENDING, decided_on=None)
                | (~Q(outcome=ChallengeOutcome.PENDING) & Q(decided_on__gte=F("raised_on"))),
                name="vote_challenge_decided_whole",
            ),
        ]
        indexes = [
            # The challenges of one vote.
            models.Index(fields=["vote", "id"], name="vote_challenge_of_vote"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
