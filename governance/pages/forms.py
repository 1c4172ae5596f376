"""What the forms of governance share: days, and doing what a form asks."""

from collections.abc import Callable
from typing import Any

from django import forms

from accounts.http import SignedInRequest
from common.errors import DomainError


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def posted(request: SignedInRequest) -> Any:
    """What a form is bound to: nothing while the page is only read."""
    return request.POST if request.method == "POST" else None


def submit(form: Any, act: Callable[..., Any], **place: Any) -> tuple[Any, int]:
    """Do what a form asks; what came of it, or None and the status of its faults or of the refusal, which it shows.

    A form says in `told` the arguments of the act.
    """
    if not form.is_bound:
        return None, 200
    if not form.is_valid():
        return None, 400
    try:
        return act(**place, **form.told), 302
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None, refusal.status
