"""Consent policies, surveys and the ledger.

Policies are reference data and kept here, and a lost phone is removed. All else is read: who sees a survey sees what
was recorded in it, but never a door and its answer side by side. Where the door stands the answer is masked, and where
the answer stands the door is; names, notes, signatures, photos, salts and receipt codes are not shown at all.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet, TextChoices
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)

from accounts.back_office.admins import BackOfficeAdmin, EndableAdmin, caller
from accounts.back_office.history import as_json
from accounts.back_office.lists import InForceTodayFilter, TerritoryFilter
from accounts.back_office.search import number_of
from accounts.choices import Act
from accounts.models import User
from common.figures import hash_text, mark_text
from consent.admin.importing import PolicyLines
from consent.choices import Commitment, Party, Reason
from consent.models import (
    ConsentPolicy,
    FieldPhone,
    HandedVisit,
    PhoneQueue,
    RollAmendment,
    RollEntry,
    Round,
    RoundDoor,
    SigningKey,
    Stance,
    Survey,
    Tally,
    TreeHead,
    Visit,
    VisitPhoto,
    VisitPrivateData,
)
from consent.reports.results import SMALL_GROUP
from consent.services.policies import set_policy
from renovation.back_office import DistrictFilter, InDivisionAdmin, SurveyDistrictFilter

MASKED = "***"

# Of buildings of one size all count as the smallest: a page of the survey may put another of them with the small ones.
HIDDEN_TALLIES = """
SELECT tally.id FROM consent_tally tally JOIN (
    SELECT survey_id, building_id, size,
           sum(size) FILTER (WHERE size < %s) OVER (PARTITION BY survey_id) AS left_out,
           rank() OVER (PARTITION BY survey_id ORDER BY size < %s, size) AS place
    FROM (SELECT survey_id, building_id, sum(households) AS size FROM consent_tally GROUP BY 1, 2) AS building
) AS building USING (survey_id, building_id)
WHERE size < %s OR (place = 1 AND left_out > 0 AND left_out < %s)
"""


def in_words(choices: type[TextChoices], values: Iterable[str]) -> str:
    """Several choices as people read them."""
    words = dict(choices.choices)
    return ", ".join(str(words.get(value, value)) for value in values)


class PolicyForm(forms.ModelForm):
    class Meta:
        model = ConsentPolicy
        fields = ["division", "pass_share", "count_vacant", "count_verbal", "valid_from", "document"]
        help_texts = {
            "division": _("The policy binds here, unless a division further down has one of its own."),
            "pass_share": _("A share above 0 and up to 1: 0.95 is 95%."),
        }


@admin.register(ConsentPolicy)
class ConsentPolicyAdmin(InDivisionAdmin):
    """A policy under which a survey was opened stays as it is; a later one takes its place."""

    act = Act.CONSENT_POLICIES
    is_reference = True
    line_resource = PolicyLines
    form = PolicyForm
    list_display = ["division", "share", "count_vacant", "count_verbal", "valid_from", "document"]
    list_select_related = ["division"]
    list_filter = [
        ("division__level", ChoicesDropdownFilter),
        "count_vacant",
        "count_verbal",
        InForceTodayFilter,
        ("valid_from", RangeDateFilter),
    ]
    search_fields = ["division__name", "division__code__startswith", "document"]
    ordering = ["division__code", "-valid_from"]
    autocomplete_fields = ["division"]
    fields = ["division", "pass_share", "count_vacant", "count_verbal", "valid_from", "document"]

    def is_in_use(self, obj: ConsentPolicy) -> bool:
        return obj.surveys.exists()

    def save_model(self, request: HttpRequest, obj: ConsentPolicy, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.pk = set_policy(**form.cleaned_data, by=caller(request)).pk

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written it down."""

    @admin.display(description=_("pass share"))
    def share(self, obj: ConsentPolicy) -> str:
        return mark_text(obj.pass_share)


@admin.register(Survey)
class SurveyAdmin(BackOfficeAdmin):
    act = Act.SURVEYS
    list_display = ["title", "neighbourhood", "number", "verdict", "opened_at", "closed_at", "roll_size", "tree_size"]
    list_select_related = ["neighbourhood"]
    list_filter = [
        ("verdict", ChoicesDropdownFilter),
        "has_open_round",
        ("neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        TerritoryFilter,
        ("opened_at", RangeDateTimeFilter),
        ("closed_at", RangeDateTimeFilter),
    ]
    search_fields = ["title", "neighbourhood__name", "neighbourhood__code__startswith"]
    search_help_text = _("By title or by neighbourhood.")
    ordering = ["-id"]
    found_by = staticmethod(
        lambda words: Q(title__startswith=words) if (number := number_of(words)) is None else Q(pk=number)
    )
    found_with = ["neighbourhood"]
    fieldsets = [
        (None, {"fields": ["title", "neighbourhood", "number", "opened_at", "opened_by", "closes_on"]}),
        (
            _("Frozen when it opened"),
            {"fields": ["policy", "share", "count_vacant", "count_verbal", "menu_edition", "roll_size"]},
        ),
        (_("Result"), {"fields": ["verdict", "closed_at", "closed_by", "close_reason", "revisit_on", "figures"]}),
        (_("Ledger"), {"fields": ["ledger", "tree_size", "root", "last_recorded_at"]}),
    ]
    readonly_fields = ["share", "root", "ledger", "figures"]

    def found_as(self, obj: Survey) -> str:
        return f"{obj.title} · {obj.neighbourhood}"

    @admin.display(description=_("result when it was closed"))
    def figures(self, obj: Survey) -> str:
        """The whole neighbourhood's; by building it is shown on the survey's page, to whom it may be. Of a roll that is
        small nothing: four answers name a neighbour.
        """
        if 0 < obj.roll_size < SMALL_GROUP:
            return str(_("fewer than 5 households"))
        return as_json({name: value for name, value in (obj.result or {}).items() if name != "by_building"})

    @admin.display(description=_("pass share"))
    def share(self, obj: Survey) -> str:
        return mark_text(obj.pass_share)

    @admin.display(description=_("root hash"))
    def root(self, obj: Survey) -> str:
        return hash_text(obj.root_hash)


class OfSurveyAdmin(BackOfficeAdmin):
    """Rows of a survey, for those who see it."""

    act = Act.SURVEYS
    survey_path = "survey"
    list_select_related = ["survey"]
    list_filter = [("survey", AutocompleteSelectFilter), SurveyDistrictFilter]
    search_fields = ["survey__title", "survey__neighbourhood__name"]
    search_help_text = _("By survey or by neighbourhood.")
    ordering = ["-pk"]

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(**{f"{self.survey_path}__in": Survey.objects.visible_to(user)})


@admin.register(Round)
class RoundAdmin(OfSurveyAdmin):
    list_display = ["survey", "number", "opened_at", "closed_at", "listed_count", "visited_count", "contacted_count"]
    list_filter = [
        ("survey", AutocompleteSelectFilter),
        SurveyDistrictFilter,
        "number",
        ("closed_at", RangeDateTimeFilter),
    ]
    fields = [
        "survey", "number", "opened_at", "closed_at", "closed_by", "close_reason",
        "listed_count", "visited_count", "contacted_count",
    ]  # fmt: skip


@admin.register(RollEntry)
class RollEntryAdmin(OfSurveyAdmin):
    list_display = ["unit_number", "stairwell_number", "building", "survey", "gross_floor_area", "on_roll"]
    list_select_related = ["survey", "building"]
    list_filter = [("survey", AutocompleteSelectFilter), SurveyDistrictFilter, "on_roll"]
    search_fields = ["unit_number__startswith", "survey__title", "survey__neighbourhood__name"]
    search_help_text = _("By unit number, by survey, or by neighbourhood.")
    fields = [
        "survey",
        "building",
        "stairwell_number",
        "unit_number",
        "floor",
        "gross_floor_area",
        "owner_count",
        "on_roll",
    ]
    readonly_fields = ["owner_count"]

    @admin.display(description=_("owners on the day"))
    def owner_count(self, obj: RollEntry) -> int:
        return len(obj.owners)


@admin.register(RollAmendment)
class RollAmendmentAdmin(OfSurveyAdmin):
    list_display = ["survey", "door", "action", "at", "by"]
    list_select_related = ["survey", "door", "by"]
    list_filter = [
        ("survey", AutocompleteSelectFilter),
        SurveyDistrictFilter,
        ("action", ChoicesDropdownFilter),
        ("at", RangeDateTimeFilter),
    ]
    fields = ["survey", "door", "action", "reason", "at", "by"]


@admin.register(RoundDoor)
class RoundDoorAdmin(OfSurveyAdmin):
    survey_path = "round__survey"
    list_display = ["door", "round", "masked_visited"]
    list_select_related = ["round__survey", "door"]
    list_filter = [("round__survey", AutocompleteSelectFilter), "round__number"]
    search_fields = ["door__unit_number__startswith", "round__survey__title", "round__survey__neighbourhood__name"]
    search_help_text = _("By unit number, by survey, or by neighbourhood.")
    fields = ["round", "door", "masked_visited"]
    readonly_fields = ["masked_visited"]

    @admin.display(description=_("visited; had a contact"))
    def masked_visited(self, obj: RoundDoor) -> str:
        return MASKED


@admin.register(Visit)
class VisitAdmin(OfSurveyAdmin):
    """The ledger, leaf by leaf, with its answers. Which door it was is not shown, nor to be found by an address."""

    list_display = ["survey", "sequence", "round_or_out", "outcome", "given", "respondent", "visited_at", "recorded_by"]
    list_select_related = ["survey", "recorded_by"]
    list_filter = [
        ("survey", AutocompleteSelectFilter),
        SurveyDistrictFilter,
        ("outcome", ChoicesDropdownFilter),
        ("given", ChoicesDropdownFilter),
        "out_of_round",
        ("recorded_at", RangeDateTimeFilter),
    ]
    fields = [
        "survey", "sequence", "client_id", "round_or_out", "masked_door", "outcome", "given", "respondent", "who_came",
        "committed", "menu_items", "why", "has_note", "visited_at", "recorded_at", "recorded_by", "supersedes",
        "leaf",
    ]  # fmt: skip
    readonly_fields = ["round_or_out", "masked_door", "who_came", "committed", "why", "leaf"]

    @admin.display(description=_("who stood at the door"))
    def who_came(self, obj: Visit) -> str:
        return in_words(Party, obj.party)

    @admin.display(description=_("commitments"))
    def committed(self, obj: Visit) -> str:
        return in_words(Commitment, (name for name, is_given in (obj.commitments or {}).items() if is_given))

    @admin.display(description=_("reasons"))
    def why(self, obj: Visit) -> str:
        return in_words(Reason, obj.reasons)

    @admin.display(description=_("round"))
    def round_or_out(self, obj: Visit) -> Any:
        return _("out of round") if obj.round is None else obj.round

    @admin.display(description=_("door"))
    def masked_door(self, obj: Visit) -> str:
        return MASKED

    @admin.display(description=_("leaf hash"))
    def leaf(self, obj: Visit) -> str:
        return hash_text(obj.leaf_hash)


@admin.register(VisitPrivateData)
class VisitPrivateDataAdmin(OfSurveyAdmin):
    """That there is something, never what."""

    survey_path = "visit__survey"
    list_display = ["visit", "has_note", "has_signature", "privacy_notice", "erased_at"]
    list_select_related = ["visit__survey"]
    list_filter = [("visit__survey", AutocompleteSelectFilter), ("erased_at", RangeDateTimeFilter)]
    search_fields = ["visit__survey__title", "visit__survey__neighbourhood__name"]
    fields = ["visit", "has_note", "has_signature", "privacy_notice", "erased_at"]
    readonly_fields = ["has_note", "has_signature"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("salt", "signature", "content_digest")

    @admin.display(description=_("note"), boolean=True)
    def has_note(self, obj: VisitPrivateData) -> bool:
        return bool(obj.note)

    @admin.display(description=_("signature"), boolean=True)
    def has_signature(self, obj: VisitPrivateData) -> bool:
        return obj.signature_sha256 is not None


@admin.register(VisitPhoto)
class VisitPhotoAdmin(OfSurveyAdmin):
    list_display = ["visit", "recorded_at", "recorded_by"]
    list_select_related = ["visit__survey", "recorded_by"]
    list_filter = [("survey", AutocompleteSelectFilter), SurveyDistrictFilter, ("recorded_at", RangeDateTimeFilter)]
    fields = ["survey", "visit", "digest", "recorded_at", "recorded_by"]
    readonly_fields = ["digest"]

    @admin.display(description=_("SHA-256 of the file as sent"))
    def digest(self, obj: VisitPhoto) -> str:
        return hash_text(obj.sha256)


@admin.register(Stance)
class StanceAdmin(OfSurveyAdmin):
    """One row a door, so the answer is masked; how many hold which stance, the tallies say."""

    list_display = ["door", "survey", "masked_stance"]
    list_select_related = ["survey", "door"]
    search_fields = ["door__unit_number__startswith", "survey__title", "survey__neighbourhood__name"]
    search_help_text = _("By unit number, by survey, or by neighbourhood.")
    fields = ["survey", "door", "masked_stance"]
    readonly_fields = ["masked_stance"]

    @admin.display(description=_("stance"))
    def masked_stance(self, obj: Stance) -> str:
        return MASKED


@admin.register(Tally)
class TallyAdmin(OfSurveyAdmin):
    """Counts by building. A building of fewer than five households is left out: a small group names a neighbour. Where
    all that are left out together hold fewer than five, so is the smallest of the others: the survey's total less what
    is shown would be theirs (as in `consent.reports.breakdowns.building_rows`).
    """

    list_display = ["survey", "building", "round", "value", "counts", "households"]
    list_select_related = ["survey", "building"]
    list_filter = [
        ("survey", AutocompleteSelectFilter),
        SurveyDistrictFilter,
        ("value", ChoicesDropdownFilter),
        "counts",
    ]
    fields = ["survey", "building", "round", "value", "counts", "excluded", "contacted", "households"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        hidden = RawSQL(HIDDEN_TALLIES, [SMALL_GROUP] * 4)  # noqa: S611 - a constant, and a number of ours
        return super().get_queryset(request).exclude(pk__in=hidden)


@admin.register(TreeHead)
class TreeHeadAdmin(OfSurveyAdmin):
    list_display = ["survey", "size", "timestamp", "key_id", "published_at"]
    list_filter = [("survey", AutocompleteSelectFilter), SurveyDistrictFilter, ("published_at", RangeDateTimeFilter)]
    search_fields = ["survey__title", "survey__neighbourhood__name", "key_id__startswith"]
    fields = ["survey", "size", "root", "timestamp", "key_id", "signed", "published_at"]
    readonly_fields = ["root", "signed"]

    @admin.display(description=_("root hash"))
    def root(self, obj: TreeHead) -> str:
        return hash_text(obj.root_hash)

    @admin.display(description=_("signature"))
    def signed(self, obj: TreeHead) -> str:
        return hash_text(obj.signature)


@admin.register(SigningKey)
class SigningKeyAdmin(BackOfficeAdmin):
    """The public halves, which anybody may have who checks a head."""

    act = Act.SURVEYS
    list_display = ["key_id", "created_at"]
    list_filter = [("created_at", RangeDateTimeFilter)]
    search_fields = ["key_id__startswith"]
    ordering = ["-id"]
    fields = ["key_id", "public", "created_at"]
    readonly_fields = ["public"]

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows

    @admin.display(description=_("public key"))
    def public(self, obj: SigningKey) -> str:
        return hash_text(obj.public_key)


@admin.register(FieldPhone)
class FieldPhoneAdmin(EndableAdmin):
    """Phones that people take to the doors. A lost one is removed: with it goes the secret of its store, which is shown
    to nobody. The user's devices are signed out in a list of their own.
    """

    ended_as = "phone_removed"
    list_display = ["user", "name", "first_seen_at", "last_seen_at"]
    list_select_related = ["user"]
    list_filter = [("last_seen_at", RangeDateTimeFilter), ("user", AutocompleteSelectFilter)]
    search_fields = ["user__username", "user__display_name", "name"]
    search_help_text = _("By user or by the name of the phone.")
    ordering = ["-id"]
    fields = ["user", "name", "phone", "first_seen_at", "last_seen_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("secret")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is known of its queues goes with a phone, though nobody removes that by itself."""
        to_delete, counts, missing_permissions, protected = super().get_deleted_objects(objs, request)
        missing_permissions.discard(PhoneQueue._meta.verbose_name)
        return to_delete, counts, missing_permissions, protected


@admin.register(PhoneQueue)
class PhoneQueueAdmin(OfSurveyAdmin):
    list_display = ["phone", "survey", "waiting_count", "refused_count", "photo_count", "oldest_at", "reported_at"]
    list_select_related = ["phone__user", "survey"]
    list_filter = [("survey", AutocompleteSelectFilter), SurveyDistrictFilter, ("reported_at", RangeDateTimeFilter)]
    fields = [
        "phone", "survey", "taken_at", "waiting_count", "refused_count", "photo_count", "oldest_at", "reported_at",
    ]  # fmt: skip


@admin.register(HandedVisit)
class HandedVisitAdmin(OfSurveyAdmin):
    """Visits that were handed to community staff, with the answer and without the door; never their content."""

    list_display = ["survey", "outcome", "visited_at", "handed_by", "handed_at", "status"]
    list_select_related = ["survey", "handed_by"]
    list_filter = [
        ("survey", AutocompleteSelectFilter),
        SurveyDistrictFilter,
        ("status", ChoicesDropdownFilter),
        ("handed_at", RangeDateTimeFilter),
    ]
    fields = [
        "survey", "client_id", "masked_door", "outcome", "visited_at", "refusals", "handed_by", "handed_at", "status",
        "visit", "settled_by", "settled_at",
    ]  # fmt: skip
    readonly_fields = ["masked_door"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("door"))
    def masked_door(self, obj: HandedVisit) -> str:
        return MASKED
