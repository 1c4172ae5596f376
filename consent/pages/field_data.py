"""What the field page asks for and sends in the background, besides visits and photos: those are the API's. JSON, by
session, in the language of the switch.
"""

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.validators import MinValueValidator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Access, Act, Role
from accounts.http import SignedInApiRequest
from accounts.models import User
from accounts.rest import ApiView, read_query
from accounts.services.history import add_history
from common.figures import rate_text
from common.problem import invalid
from consent.choices import HandedStatus, Party
from consent.errors import SurveyClosed
from consent.models import HandedVisit, RollEntry, Survey
from consent.pages.field_shell import shell_version
from consent.permissions import may_log_any_visit, may_log_visits, may_run_survey
from consent.reports.field_packs import buildings_of, field_pack
from consent.reports.headlines import headlines_of
from consent.rules.items import LARGEST_ID, OLDEST
from consent.rules.rounds import PARTIES
from consent.rules.visit_items import read_visit
from consent.rules.visits import Refusal, VisitInput
from consent.services.handed import hand_visit
from consent.services.phones import QueueReport, note_queues, note_taken, register_phone, secret_of
from consent.words import words_of
from renovation.permissions import personal_access

MOST_COUNTED = 1_000_000
SETTLED_LATELY = timedelta(days=30)
OWN_PARTY = {
    Role.COMMUNITY_STAFF: Party.COMMUNITY,
    Role.GRID_WORKER: Party.GRID,
    Role.COMMITTEE_MEMBER: Party.OWNERS_COMMITTEE,
}


class _BySession(SessionAuthentication):
    """The page's own scripts, signed in by session and with the CSRF token; who is signed out gets 401."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="gongdi"'


class _FieldView(ApiView):
    authentication_classes = [_BySession]
    schema = None
    keeps_answers = False


def field_json(method: str) -> Callable[[Callable[..., Response]], Callable[..., HttpResponse]]:
    """A function of one method as such a view: refusals are problem documents, and no cache keeps an answer."""

    def wrap(view: Callable[..., Response]) -> Callable[..., HttpResponse]:
        def handler(self: ApiView, request: SignedInApiRequest, **kwargs: Any) -> Response:
            return view(request, **kwargs)

        made = type(view.__name__, (_FieldView,), {method: handler, "__doc__": view.__doc__}).as_view()  # type: ignore[attr-defined]
        return wraps(made)(cache_control(no_store=True)(made))

    return wrap


# --- Who is at the phone ---------------------------------------------------------------------------


class HelloQuery(serializers.Serializer):
    phone = serializers.UUIDField(default=None)
    name = serializers.CharField(default="", allow_blank=True)


@field_json("get")
def field_hello(request: SignedInApiRequest) -> Response:
    """Who is signed in, the secret of this person's store on this phone, and the surveys in hand."""
    asked = read_query(request, HelloQuery)
    user = request.user
    secret = None
    if asked["phone"]:
        phone = register_phone(phone=asked["phone"], by=user, name=asked["name"][:80])
        secret = base64.b64encode(secret_of(phone)).decode()
    return Response(
        {
            "user": {"id": user.pk, "name": str(user), "unit": user.unit, "username": user.username},
            "secret": secret,
            "now": timezone.now(),
            "csrf": get_token(request),
            "session": salted_hmac("gongdi.field.session", request.session.session_key or "").hexdigest()[:16],
            "language": get_language(),
            "version": shell_version(),
            "parties": [party for role, party in OWN_PARTY.items() if user.has_role(role)],
            "surveys": _surveys_in_hand(user),
            "handed": _handed_by(user),
        }
    )


def _surveys_in_hand(user: User) -> list[dict[str, Any]]:
    surveys = [
        survey
        for survey in Survey.objects.visible_to(user).open().select_related("neighbourhood")
        if may_log_any_visit(user, survey)
    ]
    mine = RollEntry.objects.visible_to(user)
    buildings = buildings_of(surveys, mine)
    return [
        {
            "id": row.survey.pk,
            "title": row.survey.title,
            "neighbourhood": row.survey.neighbourhood.name,
            "is_runner": may_run_survey(user, row.survey),
            "round": row.round,
            "left": row.left_in_round if row.round and may_log_visits(user, row.survey, row.round) else 0,
            "supports": row.supports,
            "denominator": row.denominator,
            "missing": row.missing,
            "pass_share": row.survey.pass_share,
            "rate": rate_text(row.supports, row.denominator, row.survey.pass_share),
            "buildings": buildings[row.survey.pk],
        }
        for row in headlines_of(surveys, mine)
    ]


def _handed_by(user: User) -> list[dict[str, Any]]:
    """What became of the visits that this person handed over: those that wait, and those settled lately."""
    lately = Q(status=HandedStatus.WAITING) | Q(settled_at__gte=timezone.now() - SETTLED_LATELY)
    rows = (
        HandedVisit.objects.filter(lately, handed_by=user)
        .order_by("pk")
        .values_list("client_id", "status", "visit__sequence", "visit__private__receipt_code", "settle_reason")
    )
    names = ("client_id", "status", "sequence", "receipt_code", "reason")
    return [dict(zip(names, row, strict=True)) for row in rows]


class QueueInput(serializers.Serializer):
    survey = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    waiting = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    refused = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    photos = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    oldest_at = serializers.DateTimeField(allow_null=True, default=None, validators=[MinValueValidator(OLDEST)])


class SeenInput(serializers.Serializer):
    phone = serializers.UUIDField()
    queues = QueueInput(many=True)


@field_json("post")
def field_seen(request: SignedInApiRequest) -> Response:
    """What waits on this phone, so that the community sees what is stuck."""
    sent = SeenInput(data=request.data)
    sent.is_valid(raise_exception=True)
    reports = [QueueReport(**queue) for queue in sent.validated_data["queues"]]
    note_queues(phone=sent.validated_data["phone"], reports=reports, by=request.user)
    return Response(status=204)


# --- A survey's doors ------------------------------------------------------------------------------


class PackQuery(serializers.Serializer):
    buildings = serializers.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18})*\Z", default="", allow_blank=True, max_length=2000)
    known = serializers.CharField(default="", allow_blank=True, max_length=64)
    phone = serializers.UUIDField(default=None)
    take = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["take"] and not attrs["phone"]:
            raise serializers.ValidationError({"phone": [_("Say which phone takes the doors along.")]}, code="required")
        return attrs


@field_json("get")
def field_survey_pack(request: SignedInApiRequest, pk: int) -> Response:
    """The doors that the caller sees, or 204 where the phone has them as they are."""
    survey = _survey_or_404(request.user, pk)
    if not survey.is_open and not may_log_visits(request.user, survey, None):
        raise SurveyClosed(_("The survey is closed. Community staff can record a change of mind out of round."))
    asked = read_query(request, PackQuery)
    buildings = [int(number) for number in asked["buildings"].split(",") if number]
    pack = field_pack(survey, request.user, buildings)
    if asked["take"]:
        note_taken(phone=asked["phone"], survey=survey, by=request.user)
    # Whose doors they are: the phone's page may still be that of somebody who signed in before, and GET asks no token.
    return Response(status=204) if asked["known"] == pack["mark"] else Response({"user": request.user.pk, **pack})


@field_json("post")
def field_reveal(request: SignedInApiRequest, pk: int, household: int) -> Response:
    """Name and phones of one household, unmasked; who read them is kept."""
    survey = _survey_or_404(request.user, pk)
    doors = survey.doors.visible_to(request.user).select_related("household__neighbourhood", "household__building")
    door = doors.filter(household=household).first()
    if door is None:
        raise Http404
    if personal_access(request.user, door.household) not in (Access.READ, Access.REVEAL):
        raise PermissionDenied
    add_history(
        door.household,
        "personal_fields_read",
        by=request.user,
        action=None,
        reason=_("at the door, survey %(survey)s") % {"survey": survey.pk},
    )
    return Response({"name": door.household.head_name, "phones": door.household.phones})


class HandedInput(serializers.Serializer):
    visit = serializers.DictField()

    def get_fields(self) -> dict[str, Any]:
        # As an attribute it would stand in the way of a serializer's own `errors`.
        codes = serializers.ListField(child=serializers.RegexField(r"^[a-z_]{1,40}\Z"), min_length=1, max_length=20)
        return {**super().get_fields(), "errors": codes}


@field_json("post")
def field_survey_handed(request: SignedInApiRequest, pk: int) -> Response:
    """A visit that was refused, for community staff: 201, or 200 where it was handed over before."""
    survey = _survey_or_404(request.user, pk)
    sent = HandedInput(data=request.data)
    sent.is_valid(raise_exception=True)
    visit = read_visit(sent.validated_data["visit"])
    if not isinstance(visit, VisitInput):
        return invalid([_fault(refusal) for refusal in visit[1]])
    door = _door_to_log_or_404(request.user, survey, visit.household)
    handed, is_new = hand_visit(door=door, visit=visit, refusals=sent.validated_data["errors"], by=request.user)
    return Response({"client_id": handed.client_id, "status": handed.status}, status=201 if is_new else 200)


def _fault(refusal: Refusal) -> dict[str, str]:
    member = refusal.figures.get("member", "signature" if refusal.code == "signature_too_large" else "")
    return {"pointer": f"/visit/{member}".rstrip("/"), "code": refusal.code, "detail": words_of(refusal)}


def _survey_or_404(user: User, pk: int) -> Survey:
    """A survey in which the caller may log visits; one that it only sees is refused."""
    survey: Survey | None = Survey.objects.visible_to(user).select_related("neighbourhood").filter(pk=pk).first()
    if survey is None:
        raise Http404
    if not may_log_any_visit(user, survey):
        raise PermissionDenied
    return survey


def _door_to_log_or_404(user: User, survey: Survey, household: int) -> RollEntry:
    """A door whose visits the caller may log, as the ledger asks for it: also where no round is open any more. Then the
    committee sees no doors, but has visits of them on the phone.
    """
    door: RollEntry | None = survey.doors.select_related("building").filter(household=household).first()
    if door is None:
        raise Http404
    place = (survey.community_code, survey.neighbourhood.code, door.building.grid)
    if not user.reach(Act.DOORS, Access.READ, Access.OPEN_ROUND).covers(*place):
        raise Http404
    if not any(user.reach_for_round(number).covers(*place) for number in (*PARTIES, None)):
        raise PermissionDenied
    return door
