"""`/check/`: whoever holds a receipt sees, without signing in, that its answer is in the count, and may contest it.

A code is sent in the body of a request. It never stands in an address, where logs and histories would keep it.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.throttling import limited_visitors
from common.errors import DomainError
from common.json_format import dumps
from consent.choices import Commitment, ContestState
from consent.reports.contests import ContestTotals, contest_totals
from consent.services.ballot_checks import CheckedBallot, check_ballot
from consent.services.checks import CheckedAnswer, check_answer
from consent.services.contests import contest_receipt
from renovation.models import MenuItem

LONGEST_CODE = 40
"""With all the spaces and hyphens that people put between twelve letters."""


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Receipt code"),
        help_text=_("The twelve letters and digits that you were given at the door."),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class ContestForm(forms.Form):
    """What the holder of a receipt says against it; the code goes along, since nothing is kept between two requests."""

    code = forms.CharField(max_length=LONGEST_CODE, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What did you say?"),
        help_text=_("The community reads this. Do not write more about yourself than it needs."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    phone = forms.RegexField(
        r"^[0-9+() -]{5,20}$",
        label=_("Phone, to be called back"),
        help_text=_("Read by the community alone, and erased once it has answered."),
        required=False,
        strip=True,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"invalid": _("This is no phone number.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Both forms stand on one page: their fields must not share an id.
        super().__init__(*args, **{"auto_id": "contest_%s", **kwargs})


@never_cache
@sensitive_post_parameters()
@limited_visitors
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and say what stands behind it. A code that nobody has is answered like any other, with no."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        return _show(request, form, checked=_found(code), code=code)
    return _show(request, form, asked=False)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@limited_visitors
def check_contest(request: HttpRequest) -> HttpResponse:
    """Take what the holder of a code says against its answer. Whoever only follows the address, as the switch of
    languages does, is asked for the code anew.
    """
    if request.method != "POST":
        return redirect("check")
    form = ContestForm(request.POST)
    code = request.POST.get("code", "")[:LONGEST_CODE]
    checked = check_answer(code)
    said, refusal = False, ""
    if checked is not None and form.is_valid():
        try:
            contest_receipt(visit=checked.visit, text=form.cleaned_data["text"], phone=form.cleaned_data["phone"])
        except DomainError as refused:
            refusal = str(refused)
        else:
            said, checked = True, check_answer(code)
    return _show(
        request,
        CodeForm({"code": code}),
        checked=checked,
        code=code,
        contest_form=None if said else form,
        said=said,
        refusal=refusal,
        status=200 if said or checked is None else 409 if refusal else 400,
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@limited_visitors
def check_file(request: HttpRequest) -> HttpResponse:
    """The proof as a file for `tools/verify_survey.py`; the page again where there is none, or no code was sent."""
    if request.method != "POST":
        return redirect("check")
    form = CodeForm(request.POST)
    checked = _found(form.cleaned_data["code"]) if form.is_valid() else None
    if checked is None:
        return _show(request, form, checked=None, code="")
    headers = {"Content-Disposition": f'attachment; filename="receipt-{checked.leaf.sequence}.json"'}
    return HttpResponse(dumps(checked.as_json()), content_type="application/json", headers=headers)


def _found(code: str) -> CheckedAnswer | CheckedBallot | None:
    """What a code was given for: an answer in a survey, or a ballot in an owners' vote. They share no code."""
    return check_answer(code) or check_ballot(code)


def _show(
    request: HttpRequest,
    form: CodeForm,
    *,
    asked: bool = True,
    checked: CheckedAnswer | CheckedBallot | None = None,
    code: str = "",
    contest_form: ContestForm | None = None,
    said: bool = False,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page. `said`: a contest was taken just now; `refusal`: why it was not."""
    context: dict[str, Any] = {"form": form, "asked": asked, "checked": checked, "code": code}
    if checked is not None:
        context["receipt"] = dumps(checked.as_json()).decode()
    if isinstance(checked, CheckedAnswer):
        is_open = any(contest.state == ContestState.OPEN for contest in checked.contests)
        context |= {
            "is_answer": True,
            "ordered": _ordered(checked),
            "agreed": [choice.label for choice in Commitment if (checked.leaf.commitments or {}).get(choice.value)],
            "totals": contest_totals([checked.survey]).get(checked.survey.pk, ContestTotals()),
            "contest_form": contest_form or ContestForm(initial={"code": code}),
            "said": said,
            "refusal": refusal,
            "is_open": is_open,
        }
    return render(request, "consent/check.html", context, status=status)


def _ordered(checked: CheckedAnswer) -> list[MenuItem]:
    """What was ordered from the survey's menu with this answer, by its name."""
    codes = list(checked.leaf.menu_items)
    if not codes:
        return []
    return list(MenuItem.objects.filter(edition=checked.survey.menu_edition_id, code__in=codes).order_by("code"))
