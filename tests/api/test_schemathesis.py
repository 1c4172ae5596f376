"""What schemathesis makes of the whole document, good and bad, sent to every operation: no fault of ours, and no answer
that the document does not name.

In process, and each request in a savepoint that is rolled back, so that what one does stands in the way of no other.
"""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from oauth2_provider.settings import oauth2_settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.errors import FailureGroup
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.document import id_at_home, served_document
from tests.api.helpers import token_of
from tests.api.recording import Document
from tests.cast import HERE
from tests.factories import make_client
from tests.walk import Home

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SOAK = "GONGDI_SOAK" in os.environ
"""Many requests to every operation, a run of its own."""

AT_ONCE = 100 if SOAK else 2

EACH = 3
"""Of so many operations one gets what it may be sent, the others what it may not (test_operations.py: all succeed)."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

# Words out of our code are no better than others, and take seconds to be found.
CONFIGURATION = {"analysis": {"constants": {"enabled": False}}, "generation": {"with-security-parameters": False}}

QUIET = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described() -> Any:
    """The document as schemathesis reads it: strict about answers, and without `default`, by which all would do."""
    document = Document(served_document())
    for _path, _method, operation in document.operations():
        del operation["responses"]["default"]
    return from_dict(document.served, config=SchemathesisConfig.from_dict(CONFIGURATION))


@pytest.fixture
def headers(home: Home) -> dict[str, str]:
    client = make_client(*oauth2_settings.SCOPES, territory=HERE[:4], name="tries everything")
    return {"Authorization": f"Bearer {token_of(client)}", "Accept-Encoding": "identity"}


def operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


def wanted(place: int, mode: GenerationMode) -> bool:
    """Whether an operation has its turn: in a soak it gets both, else one of them."""
    return SOAK or (place % EACH == 0) == (mode == GenerationMode.POSITIVE)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=["good", "bad"])
def test_no_request_meets_a_fault_or_an_answer_that_is_not_named(
    described: Any, application: Any, home: Home, headers: dict[str, str], mode: GenerationMode
) -> None:
    described.app = application
    faults: list[str] = []
    asked = 0
    for place, operation in enumerate(operations(described)):
        if wanted(place, mode):
            try:
                asked += ask(operation, mode, home, headers)
            except (FailureGroup, AssertionError) as fault:
                faults.append(f"{operation.label}: {fault}")

    assert faults == []
    assert asked > (300 if SOAK else 100)


def ask(operation: Any, mode: GenerationMode, home: Home, headers: dict[str, str]) -> int:
    """Send some requests, and return how many: none where there is nothing that could be wrong in them."""
    asked = 0

    @settings(QUIET, max_examples=AT_ONCE)
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        nonlocal asked
        asked += 1
        # Three of four times of what lies at home: else all would end at 404.
        parameters = case.path_parameters or {}
        if asked % 4 and all(isinstance(value, int) for value in parameters.values()):
            case.path_parameters = {name: id_at_home(operation.path, name, home) for name in parameters}
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    try:
        one()
    except hypothesis.errors.Unsatisfiable:
        return 0
    return asked
