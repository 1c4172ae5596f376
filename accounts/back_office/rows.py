"""One row through the form and the acts of its own page: what edits of several rows and files of rows are made of."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import BaseForm, MultiWidget
from django.http import HttpRequest

from common.errors import DomainError


def data_of(form: BaseForm) -> dict[str, Any]:
    """What a form that nobody has touched would send."""
    data: dict[str, Any] = {}
    for bound in form:
        value, widget = bound.value(), bound.field.widget
        if isinstance(widget, MultiWidget):
            data |= {f"{bound.html_name}_{n}": part for n, part in enumerate(widget.decompress(value) or ())}
        else:
            data[bound.html_name] = value
    return data


def save_row(model_admin: Any, request: HttpRequest, form: Any, *, change: bool) -> Any:
    """Save a valid form as its page would, with its line in the history. Raises what the row's service raises."""
    obj = form.save(commit=False)
    model_admin.save_model(request, obj, form, change)
    form.save_m2m()
    told = model_admin.construct_change_message(request, form, None, add=not change)
    (model_admin.log_change if change else model_admin.log_addition)(request, obj, told)
    return obj


def refusals_of(error: DomainError | ValidationError) -> list[str]:
    """What a service or a model refused, in words."""
    return error.messages if isinstance(error, ValidationError) else [str(error)]


def faults_of(form: BaseForm) -> Iterable[tuple[str, str]]:
    """(label, what is wrong) for each fault of a form; without a label where it is the row as a whole."""
    for name, errors in form.errors.items():
        label = "" if name == NON_FIELD_ERRORS else str(form[name].label)
        for error in errors:
            yield label, str(error)
