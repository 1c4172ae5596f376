"""The money of a neighbourhood: who pays, for what, and the entries behind each figure."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.filters import LARGEST_ID
from renovation.choices import FundingKind, FundingStep, ResidentsRoute
from renovation.models import AwardTranche, FundingSource, Neighbourhood
from renovation.pages.places import planned_neighbourhood
from renovation.permissions import may_record_money, reads_contributions
from renovation.reports.money import Money, doors_of, groups_of, money_of, named_donors
from renovation.reports.money_entries import entries_of, entry_list
from renovation.rules.funding import FROM_PERSONS, PER_HOUSEHOLD, read_weights

ENTRIES_SHOWN, LATEST_SHOWN = 50, 20
NO_ITEM = "none"


def source_of(request: SignedInRequest, neighbourhood: Neighbourhood, source: int) -> FundingSource:
    """A source of the neighbourhood; else 404."""
    seen = FundingSource.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    found: FundingSource = get_object_or_404(seen.select_related("neighbourhood", "stairwell__building"), pk=source)
    return found


def steps_to_record(request: SignedInRequest, source: FundingSource) -> list[FundingStep]:
    """The steps at which the caller records money of a source. An award's receipts come by its tranches."""
    return [
        step
        for step in FundingStep
        if may_record_money(request.user, source, step)
        and not (source.kind == FundingKind.AWARD and step == FundingStep.RECEIVED)
    ]


@login_required
def money(request: SignedInRequest, pk: int) -> HttpResponse:
    """Planned, committed, received and spent, by source and by item; first what residents have still to pledge."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = money_of(neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "money": found,
        "may_add": may_write(request.user, Act.PLANS, neighbourhood),
        "next": _next_pledge(request, found),
        "no_item": NO_ITEM,
    }
    return render(request, "renovation/money.html", context)


def _next_pledge(request: SignedInRequest, found: Money) -> dict[str, Any] | None:
    """What residents have not committed yet of their part, and the source that lacks most, for who records it."""
    of_residents = [(source, sums) for source, sums in found.by_source if source.kind == FundingKind.RESIDENTS]
    due = sum(sums.planned for _source, sums in of_residents)
    committed = sum(sums.committed for _source, sums in of_residents)
    if found.plan is None or not of_residents or committed >= due:
        return None
    source, _sums = max(of_residents, key=lambda row: row[1].planned - row[1].committed)
    may = may_record_money(request.user, source, FundingStep.COMMITTED)
    return {"due": due, "committed": committed, "missing": due - committed, "source": source, "may": may}


@login_required
def money_source(request: SignedInRequest, pk: int, source: int) -> HttpResponse:
    """One source: what it pays for, its tranches or its households, who gave, and its latest entries."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = source_of(request, neighbourhood, source)
    all_money = money_of(neighbourhood)
    sees = reads_contributions(request.user, neighbourhood)
    has_households = (
        found.route in PER_HOUSEHOLD or entries_of(neighbourhood, source=found, household__isnull=False).exists()
    )
    groups = groups_of(found, all_money.plan, sees_households=sees) if has_households else []
    chosen = _chosen_building(request, groups) if sees else None
    donors = named_donors(found) if found.kind in FROM_PERSONS else []
    context = {
        "neighbourhood": neighbourhood,
        "source": found,
        "key": str(found.pk),
        "weights": sorted((read_weights(found.floor_weights) or {}).items()),
        "route": ResidentsRoute(found.route).label if found.route else "",
        "sums": all_money.sums_of(found),
        "items": all_money.items_of(found),
        "no_item": NO_ITEM,
        "groups": groups,
        "sees": sees,
        "chosen": chosen,
        "doors": doors_of(found, all_money.plan, chosen.key) if chosen else [],
        "tranches": AwardTranche.objects.filter(source=found).order_by("number"),
        "donors": donors,
        "others_gave": all_money.sums_of(found).received - sum(donor.amount for donor in donors),
        "entries": entry_list(request.user, neighbourhood, size=LATEST_SHOWN, source=found),
        "steps": steps_to_record(request, found),
        "may_edit": may_write(request.user, Act.PLANS, found),
        "may_pledge": may_write(request.user, Act.CONTRIBUTIONS, found),
    }
    return render(request, "renovation/money_source.html", context)


def _chosen_building(request: SignedInRequest, groups: list[Any]) -> Any:
    asked = request.GET.get("building", "")
    if not asked:
        return None
    chosen = next((group for group in groups if str(group.key) == asked), None)
    if chosen is None:
        raise Http404
    return chosen


@login_required
def money_item(request: SignedInRequest, pk: int, code: str) -> HttpResponse:
    """One item of the plan: who pays what for it, and its latest entries."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = money_of(neighbourhood)
    item = next((item for item in found.items if item.code == code), None)
    if item is None:
        raise Http404
    context = {
        "neighbourhood": neighbourhood,
        "item": item,
        "sums": dict(found.by_item)[item],
        "payers": found.sources_of(item),
        "entries": entry_list(request.user, neighbourhood, size=LATEST_SHOWN, menu_item=item),
    }
    return render(request, "renovation/money_item.html", context)


class EntriesForm(forms.Form):
    """Which entries: those behind one figure."""

    step = forms.ChoiceField(
        label=gettext_lazy("Step"), required=False, choices=[("", gettext_lazy("All")), *FundingStep.choices]
    )
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    item = forms.ChoiceField(label=gettext_lazy("Item"), required=False)
    household = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        required=False, choices=[("", ""), ("cash", ""), ("in_kind", "")], widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, money: Money, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", gettext_lazy("All"))
        fields: dict[str, Any] = self.fields
        fields["source"].choices = [every, *((str(source.pk), source.name) for source in money.sources)]
        items = [(item.code, f"{item.code} {item.name}") for item in money.items]
        fields["item"].choices = [every, *items, (NO_ITEM, gettext_lazy("For no single item"))]

    @property
    def lookups(self) -> dict[str, Any]:
        """What was asked for, as lookups of entries; what cannot be read is passed over."""
        self.full_clean()
        asked = self.cleaned_data
        found: dict[str, Any] = {
            name: asked[name] for name in ("step", "source", "household") if asked.get(name) not in ("", None)
        }
        if asked.get("item") == NO_ITEM:
            found["menu_item"] = None
        elif asked.get("item"):
            found["menu_item__code"] = asked["item"]
        if asked.get("kind") == "in_kind":
            found["source__kind"] = FundingKind.IN_KIND
        elif asked.get("kind") == "cash":
            found["source__kind__in"] = [kind for kind in FundingKind if kind != FundingKind.IN_KIND]
        return found


@login_required
def money_entries(request: SignedInRequest, pk: int) -> HttpResponse:
    """The entries that a figure is made of, and that they add up to it."""
    neighbourhood = planned_neighbourhood(request, pk)
    form = EntriesForm(request.GET, money=money_of(neighbourhood))
    which = form.lookups
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 18 else None
    query = request.GET.copy()
    query.pop("before", None)
    entries = entry_list(request.user, neighbourhood, size=ENTRIES_SHOWN, before=before, **which)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "is_narrowed": bool(which),
        "entries": entries,
        "previous_url": f"?{query.urlencode()}" if before else "",
        "next_url": f"?{query.urlencode()}&before={entries.before}" if entries.before else "",
    }
    return render(request, "renovation/money_entries.html", context)
