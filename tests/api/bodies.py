"""What is sent to each operation at home: made of its schema, with what only a person can know beside it.

Where an operation has no success with what lies at home, home is made ready for it first. What is still refused is
named with its refusal.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from consent.models import OwnersVote, PublicNotice, Workshop
from consent.rules.ballots import BallotInput
from consent.services.votes.ballots import record_ballots
from governance.choices.upkeep import Criterion
from governance.models import (
    Body,
    Contest,
    ContestEntry,
    ContestScore,
    ConventionSignature,
    ConventionVersion,
    FeeAccount,
    Finding,
    Handover,
    HandoverItem,
    Management,
    Payment,
    ServiceRecord,
    ServiceWithdrawal,
    Vehicle,
)
from renovation.choices import Attendee
from renovation.models import FundingSource, MenuItem, PackageItem, PlanItem, RenovationPlan, WorkPackage
from renovation.services.roster_imports import queue_import, run_import
from tests.api.helpers import signed_in
from tests.api.recording import Document
from tests.cast import HERE
from tests.factories import make_building, make_household, make_owner, make_stairwell, make_user
from tests.walk import ROSTER, Home
from tests.works_rows import PHOTO

Values = dict[str, Any]
Ids = dict[str, Any]

DAY, TODAY = "2026-09-01", f"{timezone.localdate()}"
LATER = f"{timezone.localdate() + timedelta(days=60)}"


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", PHOTO, "image/png")


WORDS = {
    "date": TODAY,
    "date-time": "2026-09-01T09:30:00+08:00",
    "uuid": "0193f2d4-0000-7000-8000-000000000007",
    "decimal": "1.00",
    "uri": "https://93.184.216.34/in",
    "binary": "",
}

NAMED: dict[str, Callable[[Home], Values]] = {
    "POST /api/v1/announcements/": lambda home: {"workshop": home.ids["workshop"]},
    "POST /api/v1/award-tranches/": lambda home: {"source": FundingSource.objects.get(kind="award").pk},
    "POST /api/v1/award-tranches/{id}/advance/": lambda home: {"to": "approved"},
    "POST /api/v1/billing-runs/": lambda home: {
        "neighbourhood": home.ids["neighbourhood"],
        "kind": "property",
        "period": "2026-Q4",
    },
    "POST /api/v1/consent-policies/": lambda home: {"division": HERE[:6], "pass_share": "0.90"},
    "POST /api/v1/contest-entries/": lambda home: {"stairwell": home.cast.doors[2].stairwell_id},
    "POST /api/v1/conventions/": lambda home: {"kind": "stairwell", "stairwell": home.cast.doors[2].stairwell_id},
    "POST /api/v1/evaluations/": lambda home: {"minimum_share": "0.50"},
    "POST /api/v1/evaluations/{id}/answers/": lambda home: {
        "answers": [
            {
                "client_id": WORDS["uuid"],
                "household": home.cast.doors[1].pk,
                "respondent": "owner",
                "scores": {"result": 4},
                "answered_on": TODAY,
            }
        ]
    },
    "POST /api/v1/exports/": lambda home: {"resource": "households", "format": "csv"},
    "POST /api/v1/fee-disclosures/": lambda home: {"period": "2026-Q2"},
    "POST /api/v1/fee-liabilities/": lambda home: {"household": home.cast.doors[2].pk},
    "POST /api/v1/fee-liabilities/{id}/end/": lambda home: {"ends_on": LATER},
    "POST /api/v1/fee-reductions/": lambda home: {"from_month": "2026-12", "to_month": "2027-02", "share": "0.400"},
    "POST /api/v1/fee-refunds/": lambda home: {"amount": "10.00"},
    "POST /api/v1/fee-schedules/": lambda home: {"name": "绿化", "kind": "other", "unit_price": "1.00"},
    "POST /api/v1/fee-statements/": lambda home: {
        "file": SimpleUploadedFile(
            "a.csv", f"交易时间,流水号,收入金额,对方户名\n{DAY},A-1,88.00,周敏\n".encode(), "text/csv"
        )
    },
    "POST /api/v1/fee-statements/{id}/settle/": lambda home: {
        "line": home.ids["line"],
        "household": home.cast.doors[0].pk,
    },
    "POST /api/v1/fee-statements/{id}/set-aside/": lambda home: {"line": home.ids["line"]},
    "POST /api/v1/fee-statements/{id}/take-up/": lambda home: {"line": home.ids["line"]},
    "POST /api/v1/households/": lambda home: {"stairwell": home.ids["stairwell"], "unit_number": "901"},
    "POST /api/v1/managements/": lambda home: {
        "body": Body.objects.get(kind="property_company").pk,
        "starts_on": LATER,
    },
    "POST /api/v1/member-reports/": lambda home: {"member": home.ids["party-member"], "period": "2026-H2"},
    "POST /api/v1/memberships/": lambda home: {"role": "member"},
    "POST /api/v1/month-closings/": lambda home: {"month": "2026-07"},
    "POST /api/v1/month-closings/{id}/reopen/": lambda home: {"reason": "x"},
    "POST /api/v1/neighbourhoods/": lambda home: {"division": HERE},
    "POST /api/v1/neighbourhoods/{id}/evidence/": lambda home: {
        "kind": "party_organisation",
        "facts": {"form": "group", "name": "党小组", "members": 3},
        "document": "P-3",
        "dated_on": DAY,
    },
    "POST /api/v1/neighbourhoods/{id}/transitions/": lambda home: {
        "to": "withdrawn",
        "reason": "x",
    },
    "POST /api/v1/notice-boards/": lambda home: {"stairwell": home.cast.doors[2].stairwell_id, "put_up_on": TODAY},
    "POST /api/v1/notice-boards/{id}/photo/": lambda home: {"file": picture()},
    "POST /api/v1/notices/": lambda home: {"kind": "meeting", "posted_on": TODAY, "ends_on": LATER},
    "POST /api/v1/notices/{id}/replace/": lambda home: {"posted_on": TODAY, "ends_on": LATER},
    "POST /api/v1/owners/": lambda home: {"neighbourhood": home.ids["neighbourhood"]},
    "POST /api/v1/ownerships/": lambda home: {"household": home.cast.doors[1].pk},
    "POST /api/v1/parking-passes/": lambda home: {"vehicle": home.ids["vehicle"], "starts_on": LATER},
    "POST /api/v1/parking-passes/{id}/end/": lambda home: {"ends_on": LATER},
    "POST /api/v1/parking-sessions/": lambda home: {"plate": "鄂EA1234", "entered_at": f"{TODAY}T00:30:00+08:00"},
    "POST /api/v1/party-members/": lambda home: {"check_in": "unit", "work_unit": "x"},
    "POST /api/v1/payments/": lambda home: {"paid_at": f"{TODAY}T00:30:00+08:00"},
    "POST /api/v1/payment-reversals/": lambda home: {"payment": Payment.objects.get(method="alipay").pk},
    "POST /api/v1/preconditions/": lambda home: {"number": 2, "evidence": "x", "document": "V-1", "dated_on": DAY},
    "POST /api/v1/procedure-rules/": lambda home: {"adopted_on": TODAY},
    "POST /api/v1/receipt-contests/{id}/answer/": lambda home: {"state": "stands"},
    "POST /api/v1/responsibility-areas/": lambda home: {
        "member": home.ids["party-member"],
        "building": home.cast.doors[2].building_id,
    },
    "POST /api/v1/roster-imports/": lambda home: {"file": SimpleUploadedFile("a.csv", ROSTER.encode(), "text/csv")},
    "POST /api/v1/service-records/": lambda home: {
        "member": home.ids["party-member"],
        "rule": home.ids["point-rule"],
        "done_on": TODAY,
    },
    "POST /api/v1/service-withdrawals/": lambda home: {"service": "security", "ends_on": LATER},
    "POST /api/v1/service-withdrawals/{id}/postpone/": lambda home: {"ends_on": max(LATER, "2027-12-31")},
    "POST /api/v1/site-photos/": lambda home: {"file": picture(), "taken_on": DAY},
    "PATCH /api/v1/site-photos/{id}/": lambda home: {"is_published": True},
    "POST /api/v1/site-reports/{id}/photos/": lambda home: {"file": picture(), "phase": "during"},
    "POST /api/v1/stairwells/": lambda home: {"number": "9"},
    "POST /api/v1/surveys/{id}/close/": lambda home: {"reason": "x", "revisit_on": LATER},
    "POST /api/v1/surveys/{id}/roll-amendments/": lambda home: {"action": "remove"},
    "POST /api/v1/surveys/{id}/rounds/": lambda home: {"reason": "x"},
    "POST /api/v1/surveys/{survey}/photos/": lambda home: {
        "client_id": str(home.survey.visits.get(sequence=0).client_id),
        "file": picture(),
    },
    "POST /api/v1/surveys/{survey}/visits/": lambda home: {
        "visits": [
            {
                "client_id": WORDS["uuid"],
                "household": home.cast.doors[2].pk,
                "outcome": "no_answer",
                "visited_at": timezone.now().isoformat(),
                "party": ["owners_committee"],
            }
        ]
    },
    "POST /api/v1/vehicles/": lambda home: {"plate": "鄂EA1234"},
    "POST /api/v1/votes/": lambda home: {"matter": 5},
    "POST /api/v1/votes/{id}/close/": lambda home: {},
    "POST /api/v1/work-packages/": lambda home: {"menu_items": [MenuItem.objects.get(code=home.ids["code"]).pk]},
    "POST /api/v1/work-packages/{id}/move/": lambda home: {"to": "done"},
    "POST /api/v1/webhooks/": lambda home: {"url": WORDS["uri"]},
    "POST /api/v1/work-packages/{id}/progress/": lambda home: {"items": [_whole(home)]},
    "POST /api/v1/work-packages/{id}/acceptances/": lambda home: {"passed": False, "attendees": list(Attendee.values)},
    "POST /api/v1/neighbourhoods/{id}/overrides/": lambda home: {"to": "organised", "guard": "party_organisation"},
}


def _whole(home: Home) -> Values:
    item = MenuItem.objects.get(code=home.ids["code"])
    return {"menu_item": item.pk, "done_share": "1.00"}


def _ask(home: Home, address: str, body: Values) -> None:
    """What comes before, by the keeper."""
    answer = signed_in(home.keeper).post(f"/api/v1/{address}", body)
    assert answer.status_code < 300, (address, answer.content)


def at(stage: str) -> Callable[[Home], None]:
    """Home stands at a stage."""

    def move(home: Home) -> None:
        home.cast.home.stage = stage
        home.cast.home.save(update_fields=["stage"])

    return move


def _no_survey(home: Home) -> None:
    _ask(home, f"surveys/{home.survey.pk}/close/", {"reason": "x", "revisit_on": LATER})


def _building(home: Home) -> Ids:
    return {"building": make_building(neighbourhood=home.cast.home, number="99").pk}


def _stairwell(home: Home) -> Ids:
    building = make_building(neighbourhood=home.cast.home, number="99")
    return {"stairwell": make_stairwell(building=building, number="9").pk}


def _household(home: Home) -> Ids:
    return {"household": make_household(stairwell=home.cast.doors[0].stairwell, unit_number="999").pk}


def _owner(home: Home) -> Ids:
    return {"owner": make_owner(neighbourhood=home.cast.home, name="钱业主").pk}


def _draft(home: Home) -> Ids:
    return {"plan": home.ids["draft"]}


def _no_draft(home: Home) -> None:
    RenovationPlan.objects.filter(pk=home.ids["draft"]).delete()


def _planned_package(home: Home) -> Ids:
    made = WorkPackage.objects.create(
        neighbourhood=home.cast.home,
        number=2,
        name="x",
        contractor="x",
        contract_document="x",
        starts_on=DAY,
        ends_on=LATER,
    )
    return {"work-package": made.pk}


def _other_finding(home: Home) -> Ids:
    found = Finding.objects.get(pk=home.ids["finding"])
    found.pk, found.photo = None, ""
    found._state.adding = True
    found.save()
    return {"finding": found.pk}


def _planned_workshop(home: Home) -> Ids:
    made = Workshop.objects.create(
        neighbourhood=home.cast.home, kind="workshop", title="x", held_on=DAY, place="x", convened_by="x", agenda="x"
    )
    return {"workshop": made.pk}


def _adopted(home: Home) -> Ids:
    return {"convention-version": ConventionVersion.objects.get(convention__kind="stairwell").pk}


def _residents_adopted(home: Home) -> None:
    ConventionVersion.objects.filter(pk=home.ids["convention-version"]).update(state="adopted", adopted_on=DAY)


def _enough_signatures(home: Home) -> None:
    for door in home.cast.doors[1:]:
        ConventionSignature.objects.create(
            convention_version_id=home.ids["convention-version"],
            household=door,
            signer="x",
            respondent="owner",
            form="signed",
            signed_on=DAY,
            client_id=uuid4(),
            at=timezone.now(),
            by=home.keeper,
        )


def _building_contest(home: Home) -> Ids:
    contest = Contest.objects.create(
        neighbourhood=home.cast.home, title="x", scope="stairwell", starts_on=DAY, ends_on=TODAY
    )
    return {"contest": contest.pk}


def _fresh_entry(home: Home) -> Ids:
    made = ContestEntry.objects.create(
        contest_id=home.ids["contest"],
        building=home.cast.doors[2].building,
        stairwell=home.cast.doors[2].stairwell,
    )
    return {"contest-entry": made.pk}


def _credit(home: Home) -> Ids:
    return {"account": FeeAccount.objects.get(debtor_kind="tenant").pk}


def _set_aside(home: Home) -> None:
    _ask(home, f"fee-statements/{home.ids['fee-statement']}/set-aside/", {"line": home.ids["line"], "reason": "x"})


def _no_handover(home: Home) -> None:
    Handover.objects.filter(pk=home.ids["handover"]).update(state="signed", signed_at=timezone.now())


def _whole_handover(home: Home) -> None:
    at("accepted")(home)
    HandoverItem.objects.filter(handover=home.ids["handover"]).update(handed=True)


def _not_managed(home: Home) -> None:
    Management.objects.update(ends_on=TODAY)


def _vehicle(home: Home) -> Ids:
    neighbourhood = home.cast.home
    return {"vehicle": Vehicle.objects.create(neighbourhood=neighbourhood, household=home.cast.doors[0], plate="x").pk}


def _optional_item(home: Home) -> Ids:
    item = MenuItem.objects.filter(mandatory=False).first()
    return {"plan-item": PlanItem.objects.create(plan_id=home.ids["draft"], menu_item=item, quantity=1).pk}


def _other_import(home: Home) -> Ids:
    made = queue_import(
        neighbourhood=home.cast.home,
        file=ContentFile("楼栋,单元,房号,建筑面积\n8,1,301,86.5\n".encode()),
        file_name="a.csv",
        mode="good_rows",
        by=home.keeper,
    )
    run_import(roster_import_id=made.pk)
    return {"roster-import": made.pk}


def _day_has_come(home: Home) -> None:
    at("handed_over")(home)
    readiness = {"fee_covers_it": True, "residents_told_on": DAY}
    _ask(home, f"service-withdrawals/{home.ids['service-withdrawal']}/readiness/", readiness)
    ServiceWithdrawal.objects.filter(pk=home.ids["service-withdrawal"]).update(ends_on="2026-11-15")


def _task_done(home: Home) -> None:
    _ask(home, f"upkeep-tasks/{home.ids['upkeep-task']}/done/", {"done_on": TODAY, "note": "x"})


def _vote_over(home: Home) -> None:
    """Everybody who has not yet had a ballot gets one and returns it."""
    vote = OwnersVote.objects.get(pk=home.ids["vote"])
    now = timezone.now()
    ballots = [
        BallotInput(
            client_id=uuid4(),
            voter=voter.pk,
            choice="agree",
            form="written",
            delivered_at=now,
            delivery="door",
            returned_at=now,
            proof="x",
        )
        for voter in vote.voters.exclude(pk=home.ids["voter"])
    ]
    record_ballots(vote=vote, ballots=ballots, by=home.keeper)


def _vote_closed(home: Home) -> None:
    _vote_over(home)
    _ask(home, f"votes/{home.ids['vote']}/close/", {})


def _designed(home: Home) -> Ids:
    at("designed")(home)
    return _planned_package(home)


def _no_packages(home: Home) -> None:
    at("designed")(home)
    PackageItem.objects.update(menu_item=MenuItem.objects.get(code="B03"))


def _package_done(home: Home) -> None:
    at("under_works")(home)
    WorkPackage.objects.filter(pk=home.ids["work-package"]).update(state="done")


def _all_accepted(home: Home) -> None:
    at("accepted")(home)
    WorkPackage.objects.filter(pk=home.ids["work-package"]).update(state="accepted")


def _items_done(home: Home) -> None:
    at("under_works")(home)
    body = {"done_on": TODAY, "items": [_whole(home)]}
    _ask(home, f"work-packages/{home.ids['work-package']}/progress/", body)


def _judged(home: Home) -> None:
    for criterion in Criterion.values:
        ContestScore.objects.create(
            entry_id=home.ids["contest-entry"],
            criterion=criterion,
            points=8,
            judge="x",
            at=timezone.now(),
            by=home.keeper,
        )


def _rectified(home: Home) -> None:
    _ask(home, f"defects/{home.ids['defect']}/rectify/", {"done_on": TODAY, "note": "x"})


def _no_evaluation(home: Home) -> None:
    at("accepted")(home)
    _ask(home, f"evaluations/{home.ids['evaluation']}/close/", {})


def _inside(home: Home) -> Ids:
    return {"parking-session": home.ids["session"]}


def _proposed_service(home: Home) -> Ids:
    other = make_user(username="another")
    made = ServiceRecord.objects.create(
        member_id=home.ids["party-member"],
        rule_id=home.ids["point-rule"],
        done_on=DAY,
        text="x",
        points=5,
        proposed_by=other,
    )
    return {"service-record": made.pk}


def _answered(home: Home) -> None:
    _ask(home, f"objections/{home.ids['objection']}/answer/", {"answered_on": TODAY, "answer": "x"})


def _no_signatures(home: Home) -> Ids:
    return {"household": home.cast.doors[1].pk}


def _closing_photo(home: Home) -> None:
    notice = PublicNotice.objects.get(pk=home.ids["notice"])
    notice.closing_photo.save("c.png", picture(), save=True)


SETUPS: dict[str, Callable[[Home], Ids | None]] = {
    "GET /api/v1/notices/{id}/closing-photo/": _closing_photo,
    "GET /api/v1/surveys/{survey}/tree/export/": _no_survey,
    "GET /api/v1/votes/{vote}/tree/export/": _vote_closed,
    "DELETE /api/v1/buildings/{id}/": _building,
    "DELETE /api/v1/stairwells/{id}/": _stairwell,
    "DELETE /api/v1/owners/{id}/": _owner,
    "DELETE /api/v1/contest-entries/{id}/": _fresh_entry,
    "POST /api/v1/change-requests/": at("under_works"),
    "POST /api/v1/contest-entries/": _building_contest,
    "POST /api/v1/convention-signatures/": _no_signatures,
    "POST /api/v1/convention-versions/": _residents_adopted,
    "POST /api/v1/convention-versions/{id}/adopt/": _enough_signatures,
    "POST /api/v1/convention-versions/{id}/file/": lambda home: _residents_adopted(home),
    "POST /api/v1/defects/{id}/recheck/": _rectified,
    "POST /api/v1/evaluations/": _no_evaluation,
    "POST /api/v1/fee-refunds/": _credit,
    "POST /api/v1/fee-statements/{id}/take-up/": _set_aside,
    "POST /api/v1/findings/{id}/task/": _other_finding,
    "POST /api/v1/handovers/": _no_handover,
    "POST /api/v1/handovers/{id}/sign/": _whole_handover,
    "POST /api/v1/notices/{id}/close/": _answered,
    "POST /api/v1/ownerships/": _owner,
    "POST /api/v1/parking-sessions/{id}/leave/": _inside,
    "POST /api/v1/plan-items/": _draft,
    "POST /api/v1/plans/": _no_draft,
    "PATCH /api/v1/plans/{id}/": _draft,
    "DELETE /api/v1/plans/{id}/": _draft,
    "POST /api/v1/plans/{id}/freeze/": _draft,
    "POST /api/v1/service-records/{id}/approve/": _proposed_service,
    "POST /api/v1/service-records/{id}/reject/": _proposed_service,
    "POST /api/v1/service-withdrawals/": at("handed_over"),
    "POST /api/v1/service-withdrawals/{id}/withdraw/": _day_has_come,
    "POST /api/v1/surveys/": _no_survey,
    "PATCH /api/v1/work-packages/{id}/": _designed,
    "POST /api/v1/work-packages/{id}/acceptances/": _package_done,
    "POST /api/v1/work-packages/{id}/progress/": at("under_works"),
    "POST /api/v1/work-packages/{id}/move/": _items_done,
    "POST /api/v1/work-packages/": _no_packages,
    "POST /api/v1/completion-filings/": _all_accepted,
    "POST /api/v1/contests/{id}/close/": _judged,
    "POST /api/v1/managements/": _not_managed,
    "POST /api/v1/neighbourhoods/{id}/overrides/": at("mobilising"),
    "POST /api/v1/neighbourhoods/{id}/transitions/": _no_survey,
    "POST /api/v1/parking-passes/": _vehicle,
    "DELETE /api/v1/plan-items/{id}/": _optional_item,
    "POST /api/v1/roster-imports/{id}/revert/": _other_import,
    "POST /api/v1/upkeep-tasks/{id}/check/": _task_done,
    "POST /api/v1/votes/{id}/close/": _vote_over,
    "POST /api/v1/votes/{vote}/challenges/": _vote_closed,
    "POST /api/v1/workshops/{id}/cancel/": _planned_workshop,
    "POST /api/v1/workshops/{id}/hold/": _planned_workshop,
}

SECOND = (
    "POST /api/v1/defects/{id}/recheck/",
    "POST /api/v1/upkeep-tasks/{id}/check/",
    "POST /api/v1/fee-reductions/{id}/decide/",
    "POST /api/v1/neighbourhoods/{id}/overrides/{override}/confirm/",
)
"""What nobody does who asked for it."""

AS_CLIENT = ("POST /api/v1/webhooks/",)
"""What a client has and nobody else."""

REFUSED = {
    # No provider is there to be asked.
    "POST /api/v1/payment-orders/": 502,
}
"""What takes more than what lies at home, with the refusal."""


def body_of(document: Document, schema: Any, home: Home, known: Values) -> Any:
    """A value for a schema: what must be there, and what is known by its name."""
    schema = document.followed(schema)
    for part in ("allOf", "oneOf", "anyOf"):
        if part == "allOf" and len(schema.get(part, ())) > 1:
            whole: Values = {}
            for one in schema[part]:
                whole |= body_of(document, one, home, known)
            return whole
        if schema.get(part):
            return body_of(document, schema[part][0], home, known)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        made = {}
        for name, inner in schema.get("properties", {}).items():
            if name in known:
                made[name] = known[name]
            elif name in schema.get("required", ()):
                key = name.replace("_", "-")
                is_id = key in home.ids and document.followed(inner).get("type") == "integer"
                made[name] = home.ids[key] if is_id else body_of(document, inner, home, {})
        return made
    if kind == "array":
        return [body_of(document, schema["items"], home, {})]
    if kind == "string":
        return WORDS.get(schema.get("format", ""), "x")
    return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True}.get(kind or "", {})
