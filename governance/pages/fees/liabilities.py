"""Tenants who agreed to pay a household's fees."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.keyset import keyset_page
from governance.models import FeeLiability
from governance.pages.fees.charge_forms import EndLiabilityForm, LiabilityForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.fees.reductions import asked_household
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.services.fees.liabilities import agree_liability, end_liability


@login_required
def fee_liabilities(request: SignedInRequest, pk: int) -> HttpResponse:
    """The agreements, the newest first; one that runs is given its end here."""
    neighbourhood = fee_neighbourhood(request, pk)
    rows = FeeLiability.objects.filter(neighbourhood=neighbourhood).select_related(
        "household__building", "household__stairwell"
    )
    status, ending = 200, None
    if request.method == "POST":
        neighbourhood = fee_kept_neighbourhood(request, pk)
        ending = EndLiabilityForm(posted(request))
        if ending.is_valid():
            found: FeeLiability = get_object_or_404(rows, pk=ending.cleaned_data["liability"])
            made, status = submit(ending, end_liability, liability=found, by=request.user)
            if made:
                messages.success(request, _("The agreement has its last day."))
                return redirect("fee_liabilities", pk)
        else:
            status = 400
    today = timezone.localdate()
    running = Q(ends_on=None) | Q(ends_on__gte=today)
    context = {
        "neighbourhood": neighbourhood,
        "page": keyset_page(request, rows, key="id", newest_first=True),
        "count": rows.filter(running, starts_on__lte=today).count(),
        "today": today,
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "ending": ending,
        "end": EndLiabilityForm(),
    }
    return render(request, "governance/fees/liabilities.html", context, status=status)


@login_required
def fee_liability_new(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = fee_kept_neighbourhood(request, pk)
    form = LiabilityForm(
        posted(request), neighbourhood=neighbourhood, household=asked_household(request, neighbourhood)
    )
    made, status = submit(form, agree_liability, by=request.user)
    if made:
        messages.success(request, _("The agreement is kept."))
        return redirect("fee_liabilities", pk)
    context = {"neighbourhood": neighbourhood, "form": form, "household": form.household}
    return render(request, "governance/fees/liability_new.html", context, status=status)
