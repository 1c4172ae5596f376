"""Jobs, the workers that do them, and their queue. Administrators alone."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter

from accounts.admin import names as _names  # noqa: F401 - what is registered already is taken back first
from accounts.back_office.admins import BackOfficeAdmin, caller
from accounts.back_office.history import as_json
from accounts.back_office.lists import TerritoryFilter
from accounts.back_office.words import models_by_resource, resource_text, task_text
from accounts.choices import JobState
from accounts.models import Job, WorkerBeat
from accounts.services import jobs
from common.errors import DomainError
from common.figures import count_text


@admin.register(Job)
class JobAdmin(BackOfficeAdmin):
    """What people gave to the worker: how far it is, and what failed. The list is drawn anew while something runs."""

    list_display = ["work", "progress", "about", "by", "queued_at", "started_at", "attempts", "error"]
    list_select_related = ["by"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("queued_at", RangeDateTimeFilter),
        ("by", AutocompleteSelectFilter),
        TerritoryFilter,
    ]
    search_fields = ["task", "error__startswith", "by__username__startswith"]
    search_help_text = _("By the number of what it is about, by work, error or person.")
    ordering = ["-id"]
    fields = [
        *("work", "progress", "about", "by", "queue", "attempts", "error"),
        *("queued_at", "started_at", "finished_at", "task_id"),
    ]
    readonly_fields = ["work", "progress", "about"]
    list_acts_template = "admin/_jobs_going_on.html"
    change_form_outer_before_template = "admin/_job_acts.html"

    def found_as(self, obj: Job) -> str:
        return f"{task_text(obj.task)} · {resource_text(obj.subject)} {obj.subject_id}"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.isascii() and search_term.isdigit() and len(search_term) < 19:
            return queryset.filter(subject_id=int(search_term)), False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        goes_on = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists()
        return super().changelist_view(request, {**(extra_context or {}), "goes_on": goes_on})

    def get_urls(self) -> list[Any]:
        own = [
            path("<path:object_id>/again/", self.admin_site.admin_view(self.try_again), name="job_try_again"),
            path("<path:object_id>/cancel/", self.admin_site.admin_view(self.cancel), name="job_cancel"),
        ]
        return [*own, *super().get_urls()]

    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Once more for a job that failed. What it does twice is done once."""
        return self._act(request, object_id, jobs.try_again, _("The job waits for the worker again."))

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Not at all for a job that still waits."""
        return self._act(request, object_id, jobs.cancel_job, _("The job is cancelled."))

    def _act(self, request: HttpRequest, object_id: str, act: Callable[..., Job], done: Any) -> HttpResponse:
        """By POST alone, and by administrators alone."""
        job = self.get_object(request, object_id)
        if not caller(request).is_administrator:
            raise PermissionDenied
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            act(job=job, by=caller(request))
            self.message_user(request, done, messages.SUCCESS)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return redirect("admin:accounts_job_change", job.pk)

    @admin.display(description=_("work"))
    def work(self, obj: Job) -> str:
        return task_text(obj.task)

    @admin.display(description=_("progress"))
    def progress(self, obj: Job) -> str:
        said = obj.get_state_display()
        if obj.state != JobState.RUNNING or not obj.total:
            return said
        share = {"done": count_text(obj.done), "total": count_text(obj.total)}
        return format_html(
            '<progress max="{}" value="{}"></progress> {}',
            obj.total,
            obj.done,
            _("%(done)s of %(total)s") % share,
        )

    @admin.display(description=_("about"))
    def about(self, obj: Job) -> str:
        """What it is about, with its page where it has one here."""
        said = f"{resource_text(obj.subject)} {obj.subject_id}"
        model = models_by_resource().get(obj.subject)
        if model is None or not self.admin_site.is_registered(model):
            return said
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[obj.subject_id])
        return format_html('<a href="{}">{}</a>', url, said)


@admin.register(WorkerBeat)
class WorkerBeatAdmin(BackOfficeAdmin):
    """Which workers are there, when they were last seen, and how long they have been at one thing."""

    list_display = ["machine", "process", "serves", "started_at", "seen_at", "since"]
    list_filter = [("seen_at", RangeDateTimeFilter)]
    search_fields = ["machine__startswith", "worker_id__startswith"]
    ordering = ["-id"]
    fields = [*list_display, "task_id", "worker_id"]
    readonly_fields = ["serves"]

    @admin.display(description=_("queues"))
    def serves(self, obj: WorkerBeat) -> str:
        return str(_("All (*)")) if obj.queues == "*" else str(obj.queues)


@admin.register(DBTaskResult)
class QueuedTaskAdmin(BackOfficeAdmin):
    """The queue itself: what the worker reads, and what became of it. Kept for two weeks."""

    list_display = ["job", "status", "enqueued_at", "started_at", "finished_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("enqueued_at", RangeDateTimeFilter)]
    search_fields = ["task_path", "exception_class_path"]
    ordering = ["-enqueued_at"]
    fields = [
        "job", "status", "queue_name", "enqueued_at", "run_after", "started_at", "finished_at", "asked", "answered",
        "exception_class_path", "traceback",
    ]  # fmt: skip
    readonly_fields = ["job", "asked", "answered"]

    @admin.display(description=_("job"))
    def job(self, obj: DBTaskResult) -> str:
        return task_text(obj.task_path)

    @admin.display(description=_("asked with"))
    def asked(self, obj: DBTaskResult) -> str:
        return as_json(obj.args_kwargs)

    @admin.display(description=_("answer"))
    def answered(self, obj: DBTaskResult) -> str:
        return as_json(obj.return_value)
