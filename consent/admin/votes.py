"""Owners' votes, their rolls and their ledgers, to read.

Who sees a vote sees what was recorded in it, but never an owner and its ballot side by side: where the owner stands
the ballot is masked, and where the ballot stands the owner is. Proxy holders, notes, salts and receipt codes are not
shown at all, nor who challenged a decision.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.history import as_json
from accounts.choices import Act
from accounts.models import User
from common.figures import hash_text
from consent.admin.surveys import MASKED
from consent.models import (
    Ballot,
    BallotPrivateData,
    BallotState,
    OwnersVote,
    RulesOfProcedure,
    VoteChallenge,
    VoteHead,
    Voter,
    VoterPart,
)
from renovation.back_office import PlaceDistrictFilter, by_place


class VoteAdmin(BackOfficeAdmin):
    """`place` leads from a row to its neighbourhood."""

    act = Act.VOTES
    place = "neighbourhood"
    list_select_related = ["neighbourhood"]
    search_help_text = _("By neighbourhood.")
    search_fields = by_place("neighbourhood")
    ordering = ["-id"]


@admin.register(RulesOfProcedure)
class RulesOfProcedureAdmin(VoteAdmin):
    list_display = ["document", "neighbourhood", "adopted_on", "silent_votes", "count_spaces", "proxy_limit"]
    list_filter = ["silent_votes", "count_spaces", PlaceDistrictFilter, ("adopted_on", RangeDateFilter)]
    search_fields = [*by_place("neighbourhood"), "document"]
    fields = [*list_display, "vote", "created_at", "updated_at"]


@admin.register(OwnersVote)
class OwnersVoteAdmin(VoteAdmin):
    list_display = ["title", "neighbourhood", "number", "matter", "verdict", "starts_on", "ends_on", "closed_at"]
    list_filter = [
        ("matter", ChoicesDropdownFilter),
        ("verdict", ChoicesDropdownFilter),
        ("scope", ChoicesDropdownFilter),
        "needed_by_plan",
        PlaceDistrictFilter,
        ("starts_on", RangeDateFilter),
        ("closed_at", RangeDateTimeFilter),
    ]
    search_fields = [*by_place("neighbourhood"), "title"]
    search_help_text = _("By title or by neighbourhood.")
    fieldsets = [
        (None, {"fields": ["title", "text", "neighbourhood", "number", "matter", "scope", "stairwell", "opened_at"]}),
        (_("Frozen when it opened"), {"fields": ["rules", "silent_votes", "count_spaces", "proxy_limit"]}),
        (
            _("Days"),
            {
                "fields": [
                    "announced_on",
                    "residents_committee_told_on",
                    "starts_on",
                    "ends_on",
                    "undelivered_posted_on",
                ]
            },
        ),
        (
            _("Result"),
            {
                "fields": [
                    "verdict",
                    "closed_at",
                    "closed_by",
                    "counted_by",
                    "figures",
                    "cancelled_at",
                    "cancel_reason",
                    "rescinded_at",
                ]
            },
        ),
        (_("Ledger"), {"fields": ["ledger", "tree_size", "root", "last_recorded_at"]}),
    ]
    readonly_fields = ["figures", "root", "ledger"]

    @admin.display(description=_("result when it was closed"))
    def figures(self, obj: OwnersVote) -> str:
        return as_json(obj.result or {})

    @admin.display(description=_("root hash"))
    def root(self, obj: OwnersVote) -> str:
        return hash_text(obj.root_hash)


class OfVoteAdmin(VoteAdmin):
    """Rows of a vote, for those who see it: what is said of them keeps owners and ballots apart."""

    vote_path = "vote"
    place = "vote__neighbourhood"
    list_select_related = ["vote"]
    list_filter = [("vote", AutocompleteSelectFilter), PlaceDistrictFilter]
    search_fields = ["vote__title", *by_place("vote__neighbourhood")]
    search_help_text = _("By vote or by neighbourhood.")
    ordering = ["-pk"]

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(**{f"{self.vote_path}__in": OwnersVote.objects.visible_to(user)})


@admin.register(Voter)
class VoterAdmin(OfVoteAdmin):
    list_display = ["owner_masked", "kind", "vote", "area"]
    list_filter = [("vote", AutocompleteSelectFilter), PlaceDistrictFilter, ("kind", ChoicesDropdownFilter)]
    fields = ["owner_masked", "kind", "vote", "area", "masked_ballot"]
    readonly_fields = ["owner_masked", "masked_ballot"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("voter_salt")

    @admin.display(description=_("owner"))
    def owner_masked(self, obj: Voter) -> str:
        return str(obj) or str(_("not on record"))

    @admin.display(description=_("ballot"))
    def masked_ballot(self, obj: Voter) -> str:
        return MASKED


@admin.register(VoterPart)
class VoterPartAdmin(OfVoteAdmin):
    vote_path = "voter__vote"
    place = "voter__vote__neighbourhood"
    list_display = ["household", "parking_space", "voter", "area", "area_source"]
    list_select_related = ["voter", "household", "parking_space"]
    list_filter = [
        ("voter__vote", AutocompleteSelectFilter),
        PlaceDistrictFilter,
        ("area_source", ChoicesDropdownFilter),
    ]
    search_fields = [
        "household__unit_number__startswith",
        "voter__vote__title",
        *by_place("voter__vote__neighbourhood"),
    ]
    search_help_text = _("By unit number, by vote or by neighbourhood.")
    fields = list_display


@admin.register(Ballot)
class BallotAdmin(OfVoteAdmin):
    """The ledger, leaf by leaf, with what each ballot says. Whose it is is not shown, nor found by an address."""

    list_display = ["vote", "sequence", "choice", "form", "delivery", "returned_at", "recorded_at", "recorded_by"]
    list_select_related = ["vote", "recorded_by"]
    list_filter = [
        ("vote", AutocompleteSelectFilter),
        PlaceDistrictFilter,
        ("choice", ChoicesDropdownFilter),
        ("form", ChoicesDropdownFilter),
        ("delivery", ChoicesDropdownFilter),
        ("recorded_at", RangeDateTimeFilter),
    ]
    fields = [
        "vote", "sequence", "client_id", "masked_owner", "choice", "form", "delivered_at", "delivery", "returned_at",
        "recorded_at", "recorded_by", "supersedes", "leaf",
    ]  # fmt: skip
    readonly_fields = ["masked_owner", "leaf"]

    @admin.display(description=_("owner"))
    def masked_owner(self, obj: Ballot) -> str:
        return MASKED

    @admin.display(description=_("leaf hash"))
    def leaf(self, obj: Ballot) -> str:
        return hash_text(obj.leaf_hash)


@admin.register(BallotState)
class BallotStateAdmin(OfVoteAdmin):
    """One row an owner, so what the ballot says is masked; how many say what, the result tells."""

    list_display = ["voter", "vote", "is_delivered", "masked_choice"]
    list_select_related = ["voter", "vote"]
    list_filter = [("vote", AutocompleteSelectFilter), PlaceDistrictFilter, "is_delivered"]
    fields = list_display
    readonly_fields = ["masked_choice"]

    @admin.display(description=_("choice"))
    def masked_choice(self, obj: BallotState) -> str:
        return MASKED


@admin.register(BallotPrivateData)
class BallotPrivateDataAdmin(OfVoteAdmin):
    """That there is something, never what."""

    vote_path = "ballot__vote"
    place = "ballot__vote__neighbourhood"
    list_display = ["ballot", "has_proxy", "has_note", "erased_at"]
    list_select_related = ["ballot__vote"]
    list_filter = [("ballot__vote", AutocompleteSelectFilter), PlaceDistrictFilter, ("erased_at", RangeDateTimeFilter)]
    search_fields = ["ballot__vote__title", *by_place("ballot__vote__neighbourhood")]
    fields = list_display
    readonly_fields = ["has_proxy", "has_note"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("salt", "content_digest")

    @admin.display(description=_("proxy holder"), boolean=True)
    def has_proxy(self, obj: BallotPrivateData) -> bool:
        return bool(obj.proxy_holder)

    @admin.display(description=_("note"), boolean=True)
    def has_note(self, obj: BallotPrivateData) -> bool:
        return bool(obj.note)


@admin.register(VoteHead)
class VoteHeadAdmin(OfVoteAdmin):
    list_display = ["vote", "size", "timestamp", "key_id", "published_at"]
    list_filter = [("vote", AutocompleteSelectFilter), PlaceDistrictFilter, ("published_at", RangeDateTimeFilter)]
    search_fields = ["vote__title", *by_place("vote__neighbourhood"), "key_id__startswith"]
    fields = ["vote", "size", "root", "timestamp", "key_id", "signed", "published_at"]
    readonly_fields = ["root", "signed"]

    @admin.display(description=_("root hash"))
    def root(self, obj: VoteHead) -> str:
        return hash_text(obj.root_hash)

    @admin.display(description=_("signature"))
    def signed(self, obj: VoteHead) -> str:
        return hash_text(obj.signature)


@admin.register(VoteChallenge)
class VoteChallengeAdmin(OfVoteAdmin):
    list_display = ["vote", "raised_on", "outcome", "decided_on"]
    list_filter = [
        ("vote", AutocompleteSelectFilter),
        PlaceDistrictFilter,
        ("outcome", ChoicesDropdownFilter),
        ("raised_on", RangeDateFilter),
    ]
    fields = [*list_display, "text", "document", "recorded_by", "created_at", "updated_at"]
