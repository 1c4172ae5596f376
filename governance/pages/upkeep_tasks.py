"""One upkeep task: a repair reported, given to somebody, done, checked by another."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from governance.choices.upkeep import TaskState
from governance.models import UpkeepTask
from governance.pages.forms import posted, submit
from governance.pages.places import governed_neighbourhood
from governance.pages.upkeep import keeper_of
from governance.pages.upkeep_forms import DropForm, TaskChangeForm, TaskForm, TaskStepForm
from governance.permissions.upkeep import may_keep_upkeep, sees_reporter
from governance.reports.upkeep import done_by, tasks_of
from governance.services.upkeep_tasks import amend_task, check_task, do_task, drop_task, open_task
from renovation.rules.masking import mask_name, mask_phone
from renovation.rules.supervision import days_overdue

SAID = {
    "done": gettext_lazy("It is kept that the task is done. Somebody else checks it."),
    "passed": gettext_lazy("The task is checked."),
    "sent_back": gettext_lazy("The task is to be done again."),
    "change": gettext_lazy("The task is changed."),
    "drop": gettext_lazy("The task is dropped."),
}


@login_required
def upkeep_task_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down a repair that a resident reported, or another task."""
    neighbourhood = keeper_of(request, pk)
    form = TaskForm(posted(request), request.FILES or None, neighbourhood=neighbourhood, user=request.user)
    made, status = submit(form, open_task, neighbourhood=neighbourhood, by=request.user)
    if made is not None:
        messages.success(request, _("The task is opened."))
        return redirect("upkeep_task", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form}
    return render(request, "governance/upkeep_task_new.html", context, status=status)


@login_required
def upkeep_task(request: SignedInRequest, pk: int, upkeep_task: int) -> HttpResponse:
    """One task with its steps. POST does the next: `act` is done, passed, sent_back, change or drop."""
    neighbourhood, today = governed_neighbourhood(request, pk, Act.UPKEEP), timezone.localdate()
    task: UpkeepTask = get_object_or_404(
        tasks_of(neighbourhood).select_related("finding__inspection").prefetch_related("events__by"), pk=upkeep_task
    )
    may = may_keep_upkeep(request.user, neighbourhood)
    act = request.POST.get("act", "")
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if act not in SAID:
            raise Http404
    step = TaskStepForm(*_bound(request, act in ("done", "passed", "sent_back")))
    change = TaskChangeForm.of(task, _bound(request, act == "change")[0])
    drop = DropForm(_bound(request, act == "drop")[0])
    form: Any = {"change": change, "drop": drop}.get(act, step)
    made, status = submit(form, _service(act), task=task, by=request.user)
    if made is not None:
        messages.success(request, SAID[act])
        return redirect("upkeep_task", pk, task.pk)
    sees = sees_reporter(request.user, task)
    context = {
        "neighbourhood": neighbourhood,
        "task": task,
        "days_overdue": days_overdue(task.due_on, today) if task.state == TaskState.OPEN else 0,
        "events": list(task.events.all())[::-1],
        "reporter_name": task.reporter_name if sees else mask_name(task.reporter_name),
        "reporter_phone": task.reporter_phone if sees else mask_phone(task.reporter_phone),
        "may_call": sees and bool(task.reporter_phone),
        "may": may,
        "is_second_person": done_by(task) != request.user.pk,
        "step": step,
        "change": change,
        "drop": drop,
        "refused": act if form.is_bound else "",
    }
    return render(request, "governance/upkeep_task.html", context, status=status)


def _bound(request: SignedInRequest, is_sent: bool) -> tuple[Any, Any]:
    """What one of the page's forms is bound to."""
    return (request.POST, request.FILES) if is_sent else (None, None)


def _service(act: str) -> Callable[..., UpkeepTask]:
    """The service of an act; a step's day goes by the name that it has there."""

    def do(*, day: Any, **values: Any) -> UpkeepTask:
        return do_task(done_on=day, **values)

    def check(*, day: Any, **values: Any) -> UpkeepTask:
        return check_task(checked_on=day, passed=act == "passed", **values)

    services: dict[str, Callable[..., UpkeepTask]] = {"done": do, "change": amend_task, "drop": drop_task}
    return services.get(act, check)
