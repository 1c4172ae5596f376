"""Where a clerk's day begins: the neighbourhoods whose fees are kept, and what one of them needs today."""

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.rules.territory import reach_of
from common.keyset import keyset_page
from governance.choices.fees import FeeKind
from governance.models import FeeSchedule, Payment
from governance.pages.fees.places import fee_neighbourhood
from governance.pages.fees.rates import percent_text
from governance.permissions.fees import may_write_fees, reads_bills, sees_debtors
from governance.querysets.fees import bill_reach
from governance.reports.fees.books import book_figures, book_needs, taken_today
from governance.reports.fees.rates import CollectionRate, rates_by_neighbourhood
from governance.reports.fees.receipts import payments_to_read
from governance.rules.fees.periods import add_months, quarter_of
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

LATEST_SHOWN = 8


@login_required
def fees_home(request: SignedInRequest) -> HttpResponse:
    """The neighbourhoods whose fees the caller reads, those with prices first of all, with their rates of the
    last whole quarter; straight on where it is one.
    """
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.FEES)))
    text = request.GET.get("search", "").replace("\x00", "").strip()[:80]
    rows = seen.filter(Exists(FeeSchedule.objects.filter(neighbourhood=OuterRef("pk"))))
    shows_all = bool(text or request.GET.get("all")) or not rows.exists()
    if shows_all:
        rows = seen
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(aliases__icontains=text) | Q(code__startswith=text))
    page = keyset_page(request, rows.select_related("community__parent"), key="code")
    if len(page.rows) == 1 and not (text or page.previous_url):
        only = page.rows[0]
        return redirect("fees" if reads_bills(request.user, only) else "fee_rates", only.pk)
    bills_of = bill_reach(request.user)
    readable = [row for row in page.rows if bills_of.covers(row.community_code, row.code)]
    today = timezone.localdate()
    figures = book_figures([row.pk for row in readable], today)
    period = quarter_of(add_months(today.replace(day=1), -3))
    here = [row.pk for row in page.rows]
    rates = [
        rates_by_neighbourhood(neighbourhoods=here, kind=kind, period=period, cut_off=today)
        for kind in (FeeKind.PROPERTY, FeeKind.PARKING)
    ]
    context = {
        "page": page,
        "lines": [(row, figures.get(row.pk), [_rate(of.get(row.pk)) for of in rates]) for row in page.rows],
        "period": period,
        "today": today,
        "may_audit": bool(bills_of),
        "text": text,
        "shows_all": shows_all,
    }
    return render(request, "governance/fees/home.html", context)


def _rate(rate: CollectionRate | None) -> tuple[CollectionRate, str] | None:
    """A rate with its percentage, which is cut and never rounded; None without data."""
    return (rate, percent_text(rate.rate)) if rate else None


@login_required
def fees(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a neighbourhood's book needs today."""
    neighbourhood = fee_neighbourhood(request, pk)
    today = timezone.localdate()
    payments = Payment.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "figures": taken_today(neighbourhood, today),
        "needs": book_needs(neighbourhood, today),
        "latest": payments_to_read(payments).order_by("-booked_on", "-pk")[:LATEST_SHOWN],
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "today": today,
    }
    return render(request, "governance/fees/hub.html", context)
