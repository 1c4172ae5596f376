"""Statements of banks and providers: handing one in, what matched, and settling the rest in two clicks."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from governance.choices.fees import LineState
from governance.models import FeeAccount, ProviderNotice, Statement, StatementLine
from governance.pages.fees.channel_forms import StatementForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.channels import notices_to_settle
from governance.reports.fees.households import find_households
from governance.reports.fees.statements import counts_by_state, suggestions_for
from governance.services.fees.matching import match_statement
from governance.services.fees.notifications import settle_notice
from governance.services.fees.statement_lines import set_aside, settle_line, take_up
from governance.services.fees.statements import take_statement
from renovation.models import Household, Neighbourhood

DOORS_SHOWN = 6
LINES_SHOWN = 30
NOTICES_SHOWN = 30

_GOES_ON = gettext_lazy("Many lines fit: they are being recorded. Look again in a minute.")


@login_required
def fee_statements(request: SignedInRequest, pk: int) -> HttpResponse:
    """The statements so far, handing in another one, and notifications whose money fitted no order."""
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        neighbourhood = fee_kept_neighbourhood(request, pk)
    may = may_write_fees(request.user, neighbourhood)
    form = StatementForm(posted(request), request.FILES or None) if request.method == "POST" else StatementForm()
    taken, status = submit(form, take_statement, neighbourhood=neighbourhood, by=request.user)
    if taken:
        if taken.created:
            messages.success(request, _GOES_ON if taken.goes_on else _said(taken.statement))
        else:
            messages.info(request, _("This file was handed in before: nothing was added."))
        return redirect("fee_statement", pk, taken.statement.pk)
    rows = Statement.objects.filter(neighbourhood=neighbourhood).select_related("by")
    page = keyset_page(request, rows, key="id", size=20, newest_first=True)
    counts = counts_by_state([row.pk for row in page.rows])
    notices = ProviderNotice.objects.filter(channel__neighbourhood=neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "page": page,
        "statements": [(row, counts[row.pk], _settled(counts[row.pk])) for row in page.rows],
        "left": StatementLine.objects.filter(statement__neighbourhood=neighbourhood, state=LineState.UNMATCHED).count(),
        "notices": notices_to_settle(notices).select_related("channel").order_by("pk")[:NOTICES_SHOWN],
        "may": may,
    }
    return render(request, "governance/fees/statements.html", context, status=status)


@login_required
def fee_statement(request: SignedInRequest, pk: int, statement: int) -> HttpResponse:
    """One statement: what is left to settle with whom it may be from, what was recorded, what was set aside."""
    neighbourhood = fee_neighbourhood(request, pk)
    found = _statement(neighbourhood, statement)
    may = may_write_fees(request.user, neighbourhood)
    return render(request, "governance/fees/statement.html", _context(request, neighbourhood, found, may))


@require_POST
@login_required
def fee_statement_match(request: SignedInRequest, pk: int, statement: int) -> HttpResponse:
    neighbourhood = fee_kept_neighbourhood(request, pk)
    found = _statement(neighbourhood, statement)
    matched = match_statement(statement=found, by=request.user)
    came = matched.matched + matched.recorded
    said = ngettext("%(count)s more line is settled.", "%(count)s more lines are settled.", came) % {"count": came}
    if matched.goes_on:
        messages.info(request, _GOES_ON)
    else:
        messages.info(request, said if came else _("Nothing more fits: the rest is settled by hand."))
    return redirect("fee_statement", pk, found.pk)


@require_POST
@login_required
def fee_statement_line(request: SignedInRequest, pk: int, statement: int, line: int) -> HttpResponse:
    """Settle a line for a household, set it aside, or take it up again."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    found = _statement(neighbourhood, statement)
    one = get_object_or_404(StatementLine.objects.filter(statement=found), pk=line)
    act = request.POST.get("act", "settle")
    fault, status = "", 302
    doors: list[Household] = []
    try:
        if act == "aside":
            reason = request.POST.get("reason", "").replace("\x00", "")[:300]
            set_aside(line=one, reason=reason, by=request.user)
            messages.success(request, _("The line is set aside."))
        elif act == "up":
            take_up(line=one, by=request.user)
            messages.success(request, _("The line is listed again."))
        else:
            household, account, doors = _whose(request, neighbourhood)
            if household is None:
                fault = _("Which of these?") if doors else _("No household fits: write building-stairwell-door.")
                status = 400
            else:
                settled = settle_line(line=one, household=household, account=account, by=request.user)
                receipt = settled.payment.receipt_number if settled.payment else ""
                messages.success(request, _("Recorded as payment %(receipt)s.") % {"receipt": receipt})
    except DomainError as refusal:
        fault, status = str(refusal), refusal.status
    if not fault:
        return redirect("fee_statement", pk, found.pk)
    context = _context(request, neighbourhood, found, True)
    context |= {"fault": fault, "faulty": one, "doors": doors}
    return render(request, "governance/fees/statement.html", context, status=status)


@require_POST
@login_required
def fee_notice_settle(request: SignedInRequest, pk: int, provider_notice: int) -> HttpResponse:
    """Record the money of a notification that fitted no order."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    found = get_object_or_404(ProviderNotice.objects.filter(channel__neighbourhood=neighbourhood), pk=provider_notice)
    household, _account, doors = _whose(request, neighbourhood)
    if household is None:
        several = _("Several households fit: write building-stairwell-door.")
        messages.error(request, several if doors else _("No household fits: write building-stairwell-door."))
        return redirect("fee_statements", pk)
    try:
        recorded = settle_notice(notice=found, household=household, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("Recorded as payment %(receipt)s.") % {"receipt": recorded.payment.receipt_number}
        messages.success(request, said)
    return redirect("fee_statements", pk)


def _settled(counts: dict[str, int]) -> int:
    return counts[LineState.MATCHED] + counts[LineState.RECORDED]


def _said(statement: Statement) -> str:
    counts = counts_by_state([statement.pk])[statement.pk]
    left = counts[LineState.UNMATCHED]
    if not left:
        return _("The statement is taken in, and every line of it is settled.")
    return ngettext(
        "The statement is taken in. %(count)s line is left to settle by hand.",
        "The statement is taken in. %(count)s lines are left to settle by hand.",
        left,
    ) % {"count": left}


def _statement(neighbourhood: Neighbourhood, pk: int) -> Statement:
    rows = Statement.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood", "by")
    found: Statement = get_object_or_404(rows, pk=pk)
    return found


def _context(request: SignedInRequest, neighbourhood: Neighbourhood, statement: Statement, may: bool) -> dict[str, Any]:
    lines = StatementLine.objects.filter(statement=statement)
    left = list(lines.filter(state=LineState.UNMATCHED).order_by("row")[:LINES_SHOWN])
    suggested = suggestions_for(neighbourhood.pk, left) if may else {}
    settled = lines.filter(state__in=[LineState.MATCHED, LineState.RECORDED]).select_related(
        "payment__household__building", "payment__household__stairwell"
    )
    return {
        "neighbourhood": neighbourhood,
        "statement": statement,
        "counts": counts_by_state([statement.pk])[statement.pk],
        "left": [(line, suggested.get(line.pk, [])) for line in left],
        "page": keyset_page(request, settled, key="id"),
        "aside": lines.filter(state=LineState.SET_ASIDE).order_by("row"),
        "may": may,
        "named": sees_debtors(request.user, neighbourhood),
    }


def _whose(
    request: SignedInRequest, neighbourhood: Neighbourhood
) -> tuple[Household | None, FeeAccount | None, list[Household]]:
    """The household that was picked, with the account where one was, or typed; else those that what was typed fits."""
    picked, _between, account = request.POST.get("to", "").partition("-")
    here = Household.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    if picked.isascii() and picked.isdigit() and len(picked) < 19:
        household = get_object_or_404(here, pk=int(picked))
        of_it = FeeAccount.objects.filter(household=household)
        known = account.isascii() and account.isdigit() and len(account) < 19
        return household, get_object_or_404(of_it, pk=int(account)) if known else None, []
    text = request.POST.get("door", "").strip()[:60]
    doors = list(find_households(neighbourhood, text, named=True).order_by("pk")[:DOORS_SHOWN]) if text else []
    return (doors[0], None, []) if len(doors) == 1 else (None, None, doors)
