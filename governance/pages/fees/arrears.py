"""Arrears: by age, building and debtor; what was done about one; and letters for many."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.figures import money_text
from common.photos import KEPT_FOR
from consent.rules.numbers import natural
from governance.choices.fees import ReminderStep
from governance.models import FeeAccount, FeeSchedule, Reminder
from governance.pages.fees.arrears_forms import LettersForm, ReminderForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.arrears import (
    AccountArrears,
    account_arrears,
    accounts_in_arrears,
    arrears_by_age,
    arrears_by_building,
    near_the_bar,
    of_age,
    overdue_bills,
)
from governance.reports.fees.channels import providers_here
from governance.reports.fees.receipts import manager_of
from governance.rules.fees.arrears import AGES, BAR_IN_SIGHT_DAYS, REASONABLE_DAYS, days_overdue
from governance.services.fees.late_charges import charge_late_here
from governance.services.fees.reminders import remind
from renovation.models import Neighbourhood

SHOWN = 50
PRINTED_AT_ONCE = 200
_NOTHING = Decimal(0)
LETTERS = (ReminderStep.NOTICE, ReminderStep.LETTER, ReminderStep.FORMAL)
"""The steps that may be taken on paper."""


@login_required
def fee_arrears(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is overdue as of a day (`?on=`, today if not told), by age and building, and who owes it: of one age
    (`?age=`), of one building, whose next step is due or who soon can no longer be sued (`?show=`). POST bills late
    charges.
    """
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        return _late_charges(request, fee_kept_neighbourhood(request, pk))
    today = timezone.localdate()
    on = min(_day(request.GET.get("on", "")) or today, today)
    bills = overdue_bills(neighbourhood, on)
    wanted = _wanted(request.GET, bills, on)
    first = max(0, _number(request.GET.get("first", "")) or 0)
    ages = arrears_by_age(bills, on)
    context = {
        "neighbourhood": neighbourhood,
        "on": on,
        "today": today,
        "is_today": on == today,
        "ages": ages,
        "total": sum(line.amount for line in ages),
        "bill_count": sum(line.bills for line in ages),
        "debtor_count": bills.values("account").distinct().count(),
        "buildings": sorted(arrears_by_building(bills), key=lambda line: natural(line.number or "~")),
        "near": len(near_the_bar(bills, on)),
        "near_days": BAR_IN_SIGHT_DAYS,
        "rows": account_arrears(bills, wanted[first : first + SHOWN], on),
        "count": len(wanted),
        "asked": {name: request.GET.get(name, "") for name in ("age", "building", "show")},
        "is_narrowed": any(request.GET.get(name) for name in ("age", "building", "show")),
        "narrowed": _query(request.GET),
        "previous_url": _query(request.GET, first=max(0, first - SHOWN)) if first else "",
        "next_url": _query(request.GET, first=first + SHOWN) if first + SHOWN < len(wanted) else "",
        "bears_late_charges": FeeSchedule.objects.filter(neighbourhood=neighbourhood, late_charge_daily__gt=0).exists(),
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
    }
    return render(request, "governance/fees/arrears.html", context)


@login_required
def fee_arrears_of(request: SignedInRequest, pk: int, account: int) -> HttpResponse:
    """One debtor: what is overdue, until when it can be sued for, what was done, and the next step to record."""
    neighbourhood = fee_neighbourhood(request, pk)
    today = timezone.localdate()
    debt = _debt(neighbourhood, account, today)
    may = may_write_fees(request.user, neighbourhood)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    form, status = ReminderForm(posted(request), request.FILES or None, debt=debt), 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                made, _new = remind(account=debt.account, by=request.user, **form.told)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("%(step)s: recorded.") % {"step": made.get_step_display()})
                return redirect("fee_arrears_of", pk, account)
    context = {
        "neighbourhood": neighbourhood,
        "debt": debt,
        "bills": [(bill, days_overdue(bill.due_on, today)) for bill in debt.bills],
        "form": form,
        "may": may,
        "named": sees_debtors(request.user, neighbourhood),
        "today": today,
        "step": ReminderStep(debt.following.step) if debt.following else None,
        "letters": LETTERS,
    }
    return render(request, "governance/fees/arrears_of.html", context, status=status)


@login_required
def fee_letters(request: SignedInRequest, pk: int) -> HttpResponse:
    """Letters to all who are narrowed to, one a page, by door: a reminder, a letter or a formal demand (`?step=`). POST
    records that they were given, for each whose turn it is.
    """
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    step = request.GET.get("step", ReminderStep.LETTER)
    if step not in LETTERS:
        raise Http404
    today = timezone.localdate()
    bills = overdue_bills(neighbourhood, today).filter(household__isnull=False)
    wanted = _wanted(request.GET, bills, today)
    debts = sorted(account_arrears(bills, wanted[:PRINTED_AT_ONCE], today), key=_by_door)
    form = LettersForm(posted(request), step=step)
    if form.is_bound and form.is_valid():
        given = _give(debts, step, form.cleaned_data, request)
        said = ngettext("%(count)s letter is recorded.", "%(count)s letters are recorded.", given)
        messages.success(request, said % {"count": given})
        if given < len(debts):
            left = len(debts) - given
            said = ngettext(
                "%(count)s is not: another step comes first there, or somebody asked today already.",
                "%(count)s are not: another step comes first there, or somebody asked today already.",
                left,
            )
            messages.warning(request, said % {"count": left})
        return redirect(f"{reverse('fee_arrears', args=[pk])}{_query(request.GET)}")
    context = {
        "neighbourhood": neighbourhood,
        "debts": debts,
        "is_cut": len(wanted) > PRINTED_AT_ONCE,
        "most": PRINTED_AT_ONCE,
        "step": ReminderStep(step),
        "steps": [(ReminderStep(one), _query(request.GET, step=one)) for one in LETTERS],
        "pay_by": today + timedelta(days=REASONABLE_DAYS),
        "company": manager_of(neighbourhood, today),
        "providers": providers_here(neighbourhood),
        "form": form,
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "today": today,
        "narrowed": _query(request.GET),
    }
    return render(request, "governance/fees/letters.html", context, status=400 if form.errors else 200)


@login_required
@require_GET
def fee_reminder_proof(request: SignedInRequest, pk: int, reminder: int) -> HttpResponse:
    """The photo that shows that a reminder arrived, for who reads who owes by name: it shows a name, or a signature."""
    neighbourhood = fee_neighbourhood(request, pk)
    if not sees_debtors(request.user, neighbourhood):
        raise PermissionDenied
    rows = Reminder.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    found: Reminder = get_object_or_404(rows, pk=reminder)
    if not found.proof:
        raise Http404
    try:
        with found.proof.open("rb") as file:
            content = file.read()
    except FileNotFoundError as lost:
        raise Http404 from lost
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": KEPT_FOR})


def _late_charges(request: SignedInRequest, neighbourhood: Neighbourhood) -> HttpResponse:
    try:
        made = charge_late_here(neighbourhood=neighbourhood, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext(
            "%(count)s late charge is billed: %(amount)s.", "%(count)s late charges are billed: %(amount)s.", len(made)
        )
        messages.success(
            request, said % {"count": len(made), "amount": money_text(sum((bill.amount for bill in made), _NOTHING))}
        )
    return redirect("fee_arrears", neighbourhood.pk)


def _debt(neighbourhood: Neighbourhood, account: int, today: date) -> AccountArrears:
    """404 for who owes nothing overdue here."""
    known = get_object_or_404(FeeAccount, neighbourhood=neighbourhood, pk=account)
    found = account_arrears(overdue_bills(neighbourhood, today), [known.pk], today)
    if not found:
        raise Http404
    return found[0]


def _give(debts: list[AccountArrears], step: str, told: dict[str, Any], request: SignedInRequest) -> int:
    """How many of the letters are recorded; each is refused by itself."""
    given = 0
    for debt in debts:
        try:
            remind(
                account=debt.account,
                step=step,
                channel=told["channel"],
                document=told["document"],
                received=bool(told["document"]) and told["channel"] == "post",
                by=request.user,
            )
        except DomainError:
            continue
        given += 1
    return given


def _wanted(asked: QueryDict, bills: Any, on: date) -> list[int]:
    """The accounts that are narrowed to, who owes most first. What cannot be read narrows nothing."""
    narrowed = bills
    age = _number(asked.get("age", ""))
    if age is not None and age < len(AGES):
        narrowed = of_age(narrowed, on, age)
    if (building := _number(asked.get("building", ""))) is not None:
        narrowed = narrowed.filter(household__building=building)
    if (account := _number(asked.get("account", ""))) is not None:
        narrowed = narrowed.filter(account=account)
    found = [row["account"] for row in accounts_in_arrears(narrowed)]
    if asked.get("show") == "bar":
        near = [account for account, _day in near_the_bar(bills, on)]
        return [account for account in near if account in set(found)]
    if asked.get("show") == "due":
        return [debt.account.pk for debt in account_arrears(bills, found, on) if debt.step_is_due(on)]
    return found


def _query(asked: QueryDict, **changed: Any) -> str:
    """The query of a link that narrows as this page does, with what is changed; without the place in the list."""
    kept = {name: asked[name] for name in ("on", "age", "building", "account", "show", "step") if asked.get(name)}
    return f"?{urlencode({**kept, **changed})}" if kept or changed else ""


def _by_door(debt: AccountArrears) -> tuple[Any, ...]:
    household = debt.account.household
    assert household is not None  # noqa: S101
    return (
        natural(household.building.number),
        natural(household.stairwell.number),
        natural(household.unit_number),
        debt.account.pk,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1990 else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
