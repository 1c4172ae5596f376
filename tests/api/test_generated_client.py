"""A client that a common generator makes of the document: without a warning, and good for the main job.

What integrators get is what is used here: its functions and models, and nothing that we wrote for them.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from tests.api.document import served_document
from tests.api.helpers import token_of
from tests.factories import COMMUNITY, make_client, make_division, make_menu_edition

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

GENERATOR = Path(sys.executable).parent / "openapi-python-client"

# As docs/api.md says: what is a file comes in its own content type.
CONFIGURATION = """
post_hooks: []
content_type_overrides:
  image/jpeg: application/octet-stream
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: application/octet-stream
"""

PACKAGE = "gongdi_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the generator said; its package can be imported meanwhile."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "document.json").write_text(json.dumps(served_document()), "utf-8")
    (folder / "configuration.yml").write_text(CONFIGURATION, "utf-8")
    command = [GENERATOR, "generate", "--path", "document.json", "--output-path", "made", "--config"]
    made = subprocess.run([*command, "configuration.yml"], cwd=folder, capture_output=True, text=True, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "made"))
        yield made.stdout + made.stderr
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def integrator(generated: str, application: Any) -> Any:
    """The generated client, with a token, on our WSGI application."""
    areas = ("registry", "consent", "plans")
    client = make_client(*(f"{area}:{way}" for area in areas for way in ("read", "write")), territory="420502")
    transport = httpx.WSGITransport(app=application)
    return import_module(PACKAGE).AuthenticatedClient(
        base_url="http://testserver",
        token=token_of(client),
        raise_on_unexpected_status=True,
        httpx_args={"transport": transport},
    )


def test_the_generator_makes_every_operation_without_a_warning(generated: str) -> None:
    made = import_module(PACKAGE)
    functions = [path for path in (Path(str(made.__file__)).parent / "api").rglob("*.py") if path.stem != "__init__"]
    operations = sum(len(item) for item in served_document()["paths"].values())

    assert "warning" not in generated.lower()
    assert "unable" not in generated.lower()
    assert len(functions) == operations > 400


def test_the_main_job_with_a_generated_client(integrator: Any) -> None:
    """A neighbourhood and its homes, a policy, a survey of two rounds, its result, its proofs, and what changed."""
    make_division(COMMUNITY)
    make_menu_edition()
    models: Any = import_module(f"{PACKAGE}.models")
    today = timezone.localdate()

    def ask(name: str, *args: Any, status: int = 200, **kwargs: Any) -> Any:
        """What an operation answers, as its model."""
        answer = import_module(f"{PACKAGE}.api.{name}").sync_detailed(*args, client=integrator, **kwargs)
        assert answer.status_code == status, answer.content
        return answer.parsed

    def record(kind: str, facts: dict[str, Any]) -> None:
        body = models.RecordInputRequest(
            kind=models.RecordInputKindEnum(kind), facts=facts, document=f"{kind} 1", dated_on=today
        )
        ask("neighbourhoods.neighbourhoods_evidence_create", home.id, body=body, status=201)

    def move(to: str) -> None:
        moved = ask(
            "neighbourhoods.neighbourhoods_transitions_create",
            home.id,
            body=models.MoveInputRequest(to=models.Stage(to)),
        )
        assert moved.to_stage == to

    def visit(household: int, outcome: str, party: str, **fields: Any) -> Any:
        return models.VisitInputFieldsRequest(
            client_id=uuid4(),
            household=household,
            outcome=models.VisitOutcome(outcome),
            visited_at=timezone.now(),
            respondent=models.Respondent("owner"),
            party=[models.PartyEnum(party)],
            **fields,
        )

    def supports(household: int, party: str) -> Any:
        names = ("self_governance", "convention", "demolition", "contribution", "property_management")
        commitments = models.VisitInputFieldsRequestCommitmentsType0.from_dict(dict.fromkeys(names, True))
        return visit(household, "supports", party, given=models.GivenEnum("signed"), commitments=commitments)

    def log(*visits: Any) -> list[str]:
        batch = models.BatchInputRequest(visits=list(visits))
        answer = ask("surveys.survey_visits_create", survey.id, body=batch, idempotency_key=str(uuid4()))
        return [result.status.value for result in answer.results]

    # The registry: row by row, and many at once.
    home = ask(
        "neighbourhoods.neighbourhoods_create",
        body=models.RegisterNeighbourhoodInputRequest(name="望江里小区", division=COMMUNITY, built_year=1986),
        status=201,
    )
    building = ask(
        "buildings.buildings_create",
        body=models.BuildingInputRequest(neighbourhood=home.id, number="1", floor_count=6),
        status=201,
    )
    doors = [
        models.HouseholdInputRequest(
            building=building.id,
            unit_number=number,
            gross_floor_area="86.50",
            tenure_type=models.TenureTypeEnum("reformed_public"),
        )
        for number in ("101", "201", "301")
    ]
    made = ask("households.households_create_in_bulk", body=models.HouseholdsCreateInBulkBody(items=doors))
    assert [result.status.value for result in made.results] == ["created"] * 3
    homes = [row.id for row in ask("households.households_list", neighbourhood=home.id, page_size=2).results]
    assert homes == [result.id for result in made.results[:2]]
    homes.append(made.results[2].id)

    # Assessed and organised.
    record("assessment", {"hazards": 1, "must_do_found": ["B01"], "must_do_not_found": [], "findings": "雨污合流"})
    move("assessed")
    record("assessment_confirmed", {})
    move("mobilising")
    record("party_organisation", {"form": "group", "name": "党小组", "members": 2})
    term_ends_on = f"{today.year + 3}-01-01"
    record("owners_committee", {"form": "stand_in", "name": "居委会", "members": 5, "term_ends_on": term_ends_on})
    move("organised")

    # Two rounds.
    policy = models.ConsentPolicyInputRequest(
        division="420502", pass_share="0.95", valid_from=date(2026, 1, 1), document="No. 1 of 2026"
    )
    ask("consent_policies.consent_policies_create", body=policy, status=201)
    survey = ask(
        "surveys.surveys_create",
        body=models.OpenSurveyInputRequest(neighbourhood=home.id, title="2026 年征询"),
        status=201,
    )
    refused = ask(
        "surveys.surveys_create",
        body=models.OpenSurveyInputRequest(neighbourhood=home.id, title="又一次"),
        status=409,
    )
    assert (refused.code, refused.status) == ("survey_open", 409)
    assert log(*(supports(household, "owners_committee") for household in homes[:2])) == ["recorded"] * 2
    hesitant = visit(homes[2], "not_yet", "owners_committee", reasons=[models.ReasonsEnum("cost")])
    assert log(hesitant) == ["recorded"]
    assert log(hesitant) == ["duplicate"]
    action = models.CloseRoundInputActionEnum("close")
    closed = ask("surveys.surveys_rounds_create", survey.id, body=models.CloseRoundInputRequest(action=action))
    assert closed.round_ == 2
    assert log(supports(homes[2], "grid")) == ["recorded"]
    live = ask("surveys.surveys_result_retrieve", survey.id)
    assert (live.supports, live.support_rate, live.verdict.value) == (3, "1.0000", "open")
    verdict = ask("surveys.surveys_close_create", survey.id, body=models.CloseSurveyInputRequest())
    assert verdict.verdict.value == "passed"
    assert ask("neighbourhoods.neighbourhoods_retrieve", home.id).stage.value == "consented"

    # What it rests on, and what has happened.
    tree = ask("surveys.survey_tree", survey.id)
    proof = ask("surveys.survey_tree_proof", survey.id, visit=2)
    assert (tree.size, proof.root_hash, proof.sequence) == (4, tree.root_hash, 2)
    changes = ask("changes.changes_list", page_size=500)
    told = {(change.resource, change.id, change.action) for change in changes.results}
    assert {("neighbourhoods", home.id, "created"), ("surveys", survey.id, "updated")} <= told
    assert ask("changes.changes_list", after=changes.next_after).results == []

    # What is not there is a model, too.
    nothing = ask("surveys.surveys_retrieve", 999_999_999, status=404)
    assert nothing.code == "not_found"
