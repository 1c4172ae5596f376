"""The field page at the doors: one page for all its addresses, drawn on the phone (docs/decisions)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.http import SignedInRequest
from consent.models import Survey
from consent.pages.field_shell import LANGUAGES, manifest, shell_html, worker_script
from consent.permissions import may_log_any_visit


@require_safe
@login_required
def field(request: SignedInRequest) -> HttpResponse:
    """The surveys in hand, and what waits on this phone."""
    return _shell(request)


@require_safe
@login_required
def field_survey(request: SignedInRequest, pk: int) -> HttpResponse:
    """A survey at the doors: its buildings, the search, the evening list."""
    field_survey_or_404(request, pk)
    return _shell(request)


@require_safe
@login_required
def field_door(request: SignedInRequest, pk: int, household: int) -> HttpResponse:
    survey = field_survey_or_404(request, pk)
    get_object_or_404(survey.doors.visible_to(request.user), household=household)
    return _shell(request)


@require_safe
def field_shell(request: HttpRequest, language: str) -> HttpResponse:
    """The page itself in one language, as the worker keeps it: nobody's data, so nobody is asked."""
    if language not in LANGUAGES:
        raise Http404
    return _page(language)


@require_safe
def field_worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        worker_script(), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@require_safe
def field_manifest(request: HttpRequest) -> HttpResponse:
    """The manifest, in the language of the page that links to it: the phone asks for it without a cookie."""
    language = request.GET.get("language")
    return JsonResponse(
        manifest(language if language in LANGUAGES else LANGUAGES[0]),
        content_type="application/manifest+json",
        headers={"Cache-Control": "no-cache"},
        json_dumps_params={"ensure_ascii": False},
    )


def field_survey_or_404(request: SignedInRequest, pk: int) -> Survey:
    """A survey in which the caller may log visits; one that it only sees is refused."""
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    if not may_log_any_visit(request.user, survey):
        raise PermissionDenied
    return survey


def _shell(request: Any) -> HttpResponse:
    return _page(request.LANGUAGE_CODE if request.LANGUAGE_CODE in LANGUAGES else LANGUAGES[0])


def _page(language: str) -> HttpResponse:
    return HttpResponse(shell_html(language), headers={"Cache-Control": "no-cache", "Content-Language": language})
