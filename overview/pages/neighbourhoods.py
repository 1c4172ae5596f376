"""Neighbourhoods: the list of those in the caller's territory, and one with all that is known of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Access, Act
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.permissions import may_write
from accounts.services.history import add_history
from common.errors import DomainError
from common.keyset import keyset_page
from consent.models import RollEntry, Survey
from consent.permissions import may_run_survey
from consent.reports.headlines import closed_figures, headlines_of
from consent.rules.numbers import natural
from overview.reports.neighbourhoods import building_summary, stage_line, stage_number, use_summary
from overview.reports.plans import most_costly, plan_shown
from renovation.choices import Occupancy, Stage, Use
from renovation.models import Division, Neighbourhood, StageChange, Stairwell
from renovation.permissions import personal_reach, reads_support_rate
from renovation.reports.lifecycle import fallen_support
from renovation.reports.next_steps import next_steps
from renovation.reports.plans import plan_in_force, plan_to_show
from renovation.rules.lifecycle import SURVEY_OPENS_FROM
from renovation.rules.masking import mask_name, mask_phone
from renovation.services.neighbourhoods import register_neighbourhood

BEFORE_CONSENT = (Stage.ORGANISED, Stage.CONSENTING, Stage.DEFERRED)
"""While people ask at the doors, or will ask again, what the neighbours got is an argument."""


class NeighbourhoodFilter(forms.Form):
    """What the list is narrowed to; an unreadable value narrows nothing and is said at its place."""

    search = forms.CharField(label=_("Name, former name or code"), required=False, max_length=80)
    division = forms.ChoiceField(label=_("District"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("All stages")), *Stage.choices])

    def __init__(self, *args: Any, divisions: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(division.code, division.name) for division in divisions]
        if len(choices) > 1:
            self.fields["division"].choices = [("", _("All districts")), *choices]  # type: ignore[attr-defined]
        else:
            del self.fields["division"]

    def apply(self, neighbourhoods: QuerySet[Any]) -> QuerySet[Any]:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if search := wanted.get("search"):
            neighbourhoods = neighbourhoods.filter(
                Q(name__icontains=search) | Q(aliases__icontains=search) | Q(code__startswith=search)
            )
        if division := wanted.get("division"):
            neighbourhoods = neighbourhoods.in_division(division)  # type: ignore[attr-defined]
        if stage := wanted.get("stage"):
            neighbourhoods = neighbourhoods.filter(stage=stage)
        return neighbourhoods


class HouseholdFilter(forms.Form):
    unit = forms.CharField(label=_("Door number"), required=False, max_length=20)
    building = forms.ChoiceField(label=_("Building"), required=False)
    use = forms.ChoiceField(label=_("Use"), required=False, choices=[("", _("All")), *Use.choices])
    occupancy = forms.ChoiceField(label=_("Occupancy"), required=False, choices=[("", _("All")), *Occupancy.choices])

    def __init__(self, *args: Any, buildings: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = [("", _("All")), *buildings]  # type: ignore[attr-defined]

    def apply(self, households: QuerySet[Any]) -> QuerySet[Any]:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if unit := wanted.pop("unit", ""):
            households = households.filter(unit_number__startswith=unit)
        return households.filter(**wanted)


@login_required
def neighbourhood_list(request: SignedInRequest) -> HttpResponse:
    mine = Neighbourhood.objects.visible_to(request.user)
    districts = Division.objects.visible_to(request.user).filter(level="district").order_by("code")
    form = NeighbourhoodFilter(request.GET or None, divisions=districts)
    narrowed = form.apply(mine) if form.is_bound else mine
    rows: Any = narrowed
    page = keyset_page(request, rows.with_size().select_related("community__parent__parent"), key="code")
    return render(
        request,
        "overview/neighbourhoods.html",
        {
            "form": form,
            "page": page,
            "total": narrowed.count(),
            "is_narrowed": any(request.GET.values()),
            "may_register": _communities_to_register_in(request.user).exists(),
        },
    )


class RegisterForm(forms.Form):
    """A neighbourhood as it is first known; its code is given."""

    community = forms.ModelChoiceField(label=_("Community"), queryset=Division.objects.none(), empty_label=None)
    name = forms.CharField(label=_("Name"), max_length=80)
    built_year = forms.IntegerField(label=_("Year built"), required=False, min_value=1840, max_value=2100)
    address = forms.CharField(label=_("Address"), required=False, max_length=120)

    def __init__(self, *args: Any, communities: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].queryset = communities  # type: ignore[attr-defined]


@login_required
def neighbourhood_register(request: SignedInRequest) -> HttpResponse:
    communities = _communities_to_register_in(request.user)
    if not communities.exists():
        raise PermissionDenied
    form = RegisterForm(request.POST or None, communities=communities)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            made = register_neighbourhood(
                community=entered["community"],
                name=entered["name"],
                built_year=entered["built_year"],
                address=entered["address"],
                by=request.user,
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Registered. Next comes its roster."))
            return redirect("roster_import", made.pk)
    return render(
        request,
        "overview/neighbourhood_register.html",
        {"form": form, "only": communities.first() if communities.count() == 1 else None},
        status=400 if form.errors else 200,
    )


def _communities_to_register_in(user: User) -> QuerySet[Any]:
    reach = user.reach(Act.REGISTRY, Access.WRITE)
    communities: QuerySet[Any] = Division.objects.filter(level="community").order_by("code")
    within_reach = Q(pk__in=[])
    for code in reach.divisions:
        within_reach |= Q(code__startswith=code)
    return communities.filter(within_reach)


@login_required
def neighbourhood_page(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = _neighbourhood(request, pk)
    surveys = list(Survey.objects.visible_to(request.user).filter(neighbourhood=neighbourhood).order_by("-number"))
    current = headlines_of([survey for survey in surveys if survey.is_open], RollEntry.objects.all())
    closed = [survey for survey in surveys if not survey.is_open]
    changes = StageChange.objects.visible_to(request.user).filter(neighbourhood=neighbourhood).order_by("pk")
    steps = next_steps(neighbourhood, request.user, timezone.localdate())
    uses = use_summary(neighbourhood)
    plan = plan_in_force(neighbourhood) or plan_to_show(neighbourhood)
    shown = plan_shown(plan, None) if plan else None
    may_edit = may_write(request.user, Act.REGISTRY, neighbourhood)
    may_open_survey = (
        not current and may_run_survey(request.user, neighbourhood) and neighbourhood.stage in SURVEY_OPENS_FROM
    )
    return render(
        request,
        "overview/neighbourhood.html",
        {
            "neighbourhood": neighbourhood,
            "divisions": _divisions(neighbourhood),
            "buildings": building_summary(neighbourhood),
            "stairwell_count": Stairwell.objects.filter(building__neighbourhood=neighbourhood).count(),
            "uses": uses,
            "stages": stage_line(neighbourhood, list(changes)),
            "stage_number": stage_number(neighbourhood.stage),
            "current": current[0] if current else None,
            "closed": [(survey, closed_figures(survey)) for survey in closed],
            "may_open_survey": may_open_survey,
            "fallen": reads_support_rate(request.user, neighbourhood)
            and fallen_support(neighbourhood, timezone.localdate()),
            "shown": shown,
            "plan_lines": most_costly(shown) if shown else [],
            "steps": steps[:1],
            "other_steps": [
                step for step in steps[1:] if step.may_move and (not step.by_a_survey or current or may_open_survey)
            ],
            "may_edit": may_edit,
            "before_consent": neighbourhood.stage in BEFORE_CONSENT,
            "is_without_roster": may_edit and not uses,
        },
    )


@login_required
def neighbourhood_households(request: SignedInRequest, pk: int) -> HttpResponse:
    """The roster as it is now. Names and phones are masked until somebody who may asks for them, which is logged."""
    neighbourhood = _neighbourhood(request, pk)
    households = neighbourhood.households.visible_to(request.user).current()
    buildings = sorted(
        neighbourhood.buildings.visible_to(request.user).values_list("pk", "number"), key=lambda pair: natural(pair[1])
    )
    form = HouseholdFilter(request.GET or None, buildings=buildings)
    narrowed = form.apply(households) if form.is_bound else households
    page = keyset_page(request, narrowed.select_related("building", "stairwell", "neighbourhood"), key="id", size=60)
    reads = personal_reach(request.user)
    may_reveal = any(reads.covers(one.community_code, neighbourhood.code, one.grid) for one in page.rows)
    revealed = may_reveal and request.GET.get("names") == "shown"
    if revealed:
        add_history(neighbourhood, "personal_fields_read", by=request.user, action=None, households=len(page.rows))
    for household in page.rows:
        opened = revealed and reads.covers(household.community_code, neighbourhood.code, household.grid)
        household.shown_name = household.head_name if opened else mask_name(household.head_name)
        household.shown_phones = household.phones if opened else [mask_phone(phone) for phone in household.phones]
    return render(
        request,
        "overview/households.html",
        {
            "neighbourhood": neighbourhood,
            "form": form,
            "page": page,
            "total": narrowed.count(),
            "is_narrowed": any(value for name, value in request.GET.items() if name in form.fields),
            "may_reveal": may_reveal,
            "revealed": revealed,
            "may_import": may_write(request.user, Act.REGISTRY, neighbourhood),
        },
    )


def _neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    mine = Neighbourhood.objects.visible_to(request.user).with_size()
    found: Neighbourhood = get_object_or_404(mine.select_related("community__parent__parent__parent"), pk=pk)
    return found


def _divisions(neighbourhood: Neighbourhood) -> list[Division]:
    """The divisions above, from the city down to the community."""
    line = []
    division: Division | None = neighbourhood.community
    while division is not None:
        line.append(division)
        division = division.parent
    return line[::-1]
