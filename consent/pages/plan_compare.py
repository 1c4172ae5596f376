"""What a draft of the plan changes, before it is frozen: items, money, each household's share, and whose consent is
affected; and the same of a revision that was frozen.
"""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from accounts.rules.territory import reach_of
from common.errors import DomainError
from common.keyset import keyset_page
from consent.models import RollEntry, Survey
from consent.pages.doors import ask_for_reason, has_given_reason
from consent.permissions import reads_only_what_is_published, sees_doors, sees_doors_on_reason, sees_every_door
from consent.reports.plan_changes import (
    Touch,
    consent_touched,
    latest_survey,
    orders_removed,
    touch_of,
    touched_doors,
    with_touch,
)
from consent.rules.numbers import natural
from renovation.choices import FundingKind
from renovation.models import Household, Neighbourhood, RenovationPlan
from renovation.permissions import reads_household_shares
from renovation.querysets import neighbourhoods_within
from renovation.reports.plan_changes import PlanComparison, comparison_of
from renovation.reports.plans import PlanSheet, content_of, sheet_of
from renovation.rules.plans import SETTLED, digest_of
from renovation.services.plans import freeze_plan

REASONS = {
    "first": gettext_lazy("It is the first revision: nobody has been told of a plan yet."),
    "item_removed": gettext_lazy("An item leaves the plan."),
    "share_moved": gettext_lazy("What residents are to pay changes."),
    "content_changed": gettext_lazy("What a notice tells changes: items, costs or who pays."),
    "shares_unknown": gettext_lazy("What each household is to pay cannot be told yet."),
}

FIELDS = {
    "quantity": gettext_lazy("Quantity"),
    "unit_price": gettext_lazy("Unit price"),
    "amount": gettext_lazy("Amount"),
    "contractor": gettext_lazy("Contractor"),
    "starts_on": gettext_lazy("Begins on"),
    "ends_on": gettext_lazy("Ends on"),
    "note": gettext_lazy("Where and how"),
    "payers": gettext_lazy("Who pays"),
}

ROWS_SHOWN = 60


class HouseholdFilter(forms.Form):
    """Which households are listed; a value that is none of the choices narrows nothing."""

    show = forms.ChoiceField(label=gettext_lazy("Listed"), required=False)
    building = forms.ChoiceField(label=gettext_lazy("Building"), required=False)

    def __init__(self, *args: Any, buildings: list[tuple[int, str]], by_consent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shows = [("", _("Whose share moves")), ("all", _("All that have a share"))]
        if by_consent:
            shows.insert(1, ("affected", _("Whose consent is affected")))
        self.fields["show"].choices = shows  # type: ignore[attr-defined]
        self.fields["building"].choices = [("", _("All")), *buildings]  # type: ignore[attr-defined]

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))


class FreezeForm(forms.Form):
    """`seen` stands for what was compared on the page: freezing anything else is refused."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


@login_required
def plan_compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """The draft beside the revision in force; with `?revision=`, a frozen one beside what was in force then. POST
    freezes the draft, if it still is what was compared.
    """
    neighbourhood = _neighbourhood(request, pk)
    plan = _plan(request, neighbourhood)
    survey = latest_survey(neighbourhood, request.user)
    asks = survey is not None and "doors" in request.GET and "freeze" not in request.POST
    if asks and survey and (asked := ask_for_reason(request, survey)) is not None:
        return asked
    if request.method != "POST":
        return _show(request, plan, comparison_of(plan), survey)
    if not may_write(request.user, Act.PLANS, neighbourhood):
        raise PermissionDenied
    form = FreezeForm(request.POST)
    try:
        with transaction.atomic():
            # Under the lock that freezing takes as well: what was compared cannot change in between.
            Neighbourhood.objects.select_for_update().get(pk=pk)
            comparison = comparison_of(plan)
            if not form.is_valid() or form.cleaned_data["seen"] != seen_of(comparison):
                form.add_error(None, _("The draft, or what it is compared with, has changed since: look at it again."))
                return _show(request, plan, comparison, survey, form=form, status=409)
            frozen = freeze_plan(plan=plan, by=request.user)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, plan, comparison_of(plan), survey, form=form, status=refusal.status)
    if frozen.in_force_at is not None:
        messages.success(request, _("Revision %(number)s is frozen and in force.") % {"number": frozen.number})
    else:
        said = _("Revision %(number)s is frozen. It comes into force when its notice has ended.")
        messages.success(request, said % {"number": frozen.number})
    return redirect("plan", pk)


def seen_of(comparison: PlanComparison) -> str:
    """Stands for all that a comparison shows: the draft's content, what it is compared with, each household's share."""
    before = comparison.before.digest if comparison.before else ""
    shares = ",".join(f"{household}:{after}" for household, (_before, after) in sorted(comparison.shares.items()))
    return sha256(f"{digest_of(content_of(comparison.after))}\n{before}\n{shares}".encode()).hexdigest()


def _neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.PLANS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def _plan(request: SignedInRequest, neighbourhood: Neighbourhood) -> RenovationPlan:
    """The draft, or the frozen revision that the address names."""
    plans = RenovationPlan.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood", "menu_edition")
    asked = request.GET.get("revision", "")
    if not asked:
        found = plans.filter(state="draft").first()
    else:
        readable = asked.isascii() and asked.isdigit() and len(asked) < 5
        found = plans.frozen().filter(number=asked).first() if readable and request.method != "POST" else None
    if found is None:
        raise Http404
    return found


def _show(
    request: SignedInRequest,
    plan: RenovationPlan,
    comparison: PlanComparison,
    survey: Survey | None,
    *,
    form: FreezeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, neighbourhood = request.user, plan.neighbourhood
    sheet = sheet_of(plan) if plan.is_draft else None
    touch = touch_of(comparison)
    if survey is not None and reads_only_what_is_published(user, survey):
        survey = None
    context: dict[str, Any] = {
        "neighbourhood": neighbourhood,
        "plan": plan,
        "comparison": comparison,
        "difference": comparison.total_after - comparison.total_before,
        "sources": sorted(comparison.sources, key=lambda one: list(FundingKind.values).index(one.source.kind)),
        "changed": [(one, [FIELDS[name] for name in one.fields]) for one in comparison.changed],
        "reasons": [REASONS[code] for code in comparison.reasons],
        "spread": _spread(comparison),
        "survey": survey,
        "touched": consent_touched(survey, touch, sees_doors=_sees_all(request, survey)) if survey else None,
        "may_plan": may_write(user, Act.PLANS, neighbourhood),
        "lacks": _lacks(sheet, comparison) if sheet else [],
        "at_once": not (comparison.notice_needed and neighbourhood.stage in SETTLED),
        "seen": seen_of(comparison) if plan.is_draft else "",
        "form": form or FreezeForm(),
    }
    if reads_household_shares(user, neighbourhood):
        context |= _households(request, comparison, survey, touch)
    return render(request, "consent/plan_compare.html", context, status=status)


def _sees_all(request: SignedInRequest, survey: Survey) -> bool:
    """Whether the reader sees every door, unasked or on the reason that was given."""
    on_reason = has_given_reason(request, survey) and sees_doors_on_reason(request.user, survey)
    return on_reason or sees_every_door(request.user, survey)


def _lacks(sheet: PlanSheet, comparison: PlanComparison) -> list[str]:
    """Why a draft cannot be frozen yet, in words."""
    found = []
    if not sheet.lines:
        found.append(_("There is no item in the plan."))
    if sheet.missing:
        found.append(_("Must-do items are missing: %(codes)s.") % {"codes": _(", ").join(sheet.missing)})
    settled = sheet.plan.neighbourhood.stage in SETTLED
    for items, said in (
        (sheet.unpriced if settled else (), _("Items without a price: %(items)s.")),
        (sheet.unpaid, _("Items without a payer: %(items)s.")),
    ):
        if items:
            found.append(said % {"items": _(", ").join(item.menu_item.name for item in items)})
    return [*found, *(str(fault) for fault in comparison.faults)]


def _spread(comparison: PlanComparison) -> Mapping[str, Any]:
    """What the households are to pay, in one line: how many, from how much to how much, and what all of it comes to."""
    after = [pair[1] for pair in comparison.shares.values() if pair[1]]
    nothing = Decimal(0)
    return {
        "households": len(after),
        "moved": len(comparison.moved_shares),
        "least": min(after, default=nothing),
        "most": max(after, default=nothing),
        "before": sum((pair[0] for pair in comparison.shares.values()), nothing),
        "after": sum((pair[1] for pair in comparison.shares.values()), nothing),
    }


def _households(
    request: SignedInRequest, comparison: PlanComparison, survey: Survey | None, touch: Touch
) -> dict[str, Any]:
    """A page of households with their shares, and the answer of those whose door the reader may see."""
    user = request.user
    doors: QuerySet[Any] = RollEntry.objects.none()
    on_reason = False
    if survey is not None:
        on_reason = has_given_reason(request, survey) and not sees_doors(user, survey)
        doors = RollEntry.objects.filter(survey=survey).visible_to(user, on_reason=on_reason)
    by_consent = survey is not None and (on_reason or sees_doors(user, survey))
    seen = Household.objects.visible_to(user).filter(neighbourhood=comparison.after.neighbourhood)
    buildings = sorted(
        set(seen.values_list("building_id", "building__number").order_by()), key=lambda pair: natural(pair[1])
    )
    form = HouseholdFilter(request.GET, buildings=buildings, by_consent=by_consent)
    affected = touched_doors(doors, touch).filter(stance__counts=True).values("household")
    match form.chosen("show"):
        case "affected":
            rows = seen.filter(pk__in=affected)
        case "all":
            rows = seen.filter(pk__in=comparison.shares)
        case _:
            rows = seen.filter(Q(pk__in=comparison.moved_shares) | Q(pk__in=affected))
    if building := form.chosen("building"):
        rows = rows.filter(building=int(building))
    page = keyset_page(request, rows.select_related("building", "stairwell"), key="id", size=ROWS_SHOWN)
    of_doors = with_touch(doors.filter(household__in=[row.pk for row in page.rows]), touch)
    by_household = {door.household_id: door for door in of_doors}
    names = {item.menu_item.code: item.menu_item for item in comparison.removed}
    return {
        "filter": form,
        "page": page,
        "row_count": rows.count(),
        "rows": [_row(household, comparison, by_household.get(household.pk), touch, names) for household in page.rows],
        "by_consent": by_consent,
        "may_ask": survey is not None and not by_consent and sees_doors_on_reason(user, survey),
    }


def _row(
    household: Household, comparison: PlanComparison, door: Any, touch: Touch, names: Mapping[str, Any]
) -> dict[str, Any]:
    nothing = Decimal(0)
    before, after = comparison.shares.get(household.pk, (nothing, nothing))
    return {
        "household": household,
        "before": before,
        "after": after,
        "difference": after - before,
        "door": door,
        "removed": [names[code] for code in orders_removed(door, touch)] if door else [],
    }
