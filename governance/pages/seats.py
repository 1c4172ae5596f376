"""What is missing where: the neighbourhoods of a reader's territory, with who holds the three seats of each."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.keyset import keyset_page
from governance.reports.seats import WANTS, count_wants, seat_row, seats_by_neighbourhood, with_bodies

WORDS: dict[str, Any] = {
    "party": gettext_lazy("Party organisation"),
    "committee": gettext_lazy("Owners' committee"),
    "manager": gettext_lazy("Management"),
    "filing": gettext_lazy("Filing of the committee"),
    "ending": pgettext_lazy("term or contract", "Over, or ends within 90 days"),
}


@login_required
def seats(request: SignedInRequest) -> HttpResponse:
    """The list; `?wants=` narrows it to where one thing is wanting, any other value to nothing."""
    if not request.user.reach(Act.BODIES):
        raise PermissionDenied
    today = timezone.localdate()
    rows = seats_by_neighbourhood(request.user, today)
    counts = count_wants(rows)
    asked = request.GET.get("wants", "")
    narrowed = rows.filter(WANTS[asked]) if asked in WANTS else rows
    page = keyset_page(request, with_bodies(narrowed, today), key="code")
    context = {
        "total": counts["all"],
        "counts": [(word, WORDS[word], counts[word]) for word in WANTS],
        "asked": asked if asked in WANTS else "",
        "asked_name": WORDS.get(asked, ""),
        "shown": counts[asked] if asked in WANTS else counts["all"],
        "page": page,
        "rows": [seat_row(row, today) for row in page.rows],
        "today": today,
    }
    return render(request, "governance/seats.html", context)
