"""`surveys/{id}/tree/`: head, proofs and the signed file."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.rules.canonical import canonical_bytes
from consent.rules.merkle import verify_consistency, verify_inclusion
from tests.api.helpers import API, signed_in, system
from tests.consent.walked_survey import Walked, open_walked, walk, withdraw
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def walked() -> Walked:
    """Nine visits, closed, and a withdrawal after that."""
    walked = open_walked()
    walk(walked)
    walked.close()
    withdraw(walked)
    return walked


def tree(walked: Walked, path: str = "") -> str:
    return f"{API}/surveys/{walked.survey.pk}/tree/{path}"


def raw(nodes: list[str]) -> list[bytes]:
    return [bytes.fromhex(node) for node in nodes]


def test_the_tree_comes_with_a_head_that_its_key_signed(walked):
    body = signed_in(walked.staff).get(tree(walked)).json()

    head, key = body["head"], bytes.fromhex(body["key"]["public_key"])
    signed = {name: head[name] for name in ("ledger", "size", "root_hash", "timestamp")}
    Ed25519PublicKey.from_public_bytes(key).verify(
        bytes.fromhex(head["signature"]), b"gongdi/tree-head/1\n" + canonical_bytes(signed)
    )
    assert body["key"]["id"] == head["key_id"] == sha256(key).hexdigest()[:16]
    assert (body["size"], body["root_hash"]) == (10, bytes(walked.survey.root_hash).hex())
    assert (head["size"], head["root_hash"]) == (body["size"], body["root_hash"])
    assert [published["size"] for published in body["published"]] == [9]


def test_a_head_is_the_same_whenever_it_is_asked_for(walked):
    client = signed_in(walked.staff)

    assert client.get(tree(walked)).content == client.get(tree(walked)).content


def test_a_head_of_an_earlier_key_comes_with_that_key(walked, tmp_path, settings):
    before = signed_in(walked.staff).get(tree(walked)).json()
    settings.SIGNING_KEY_FILE = tmp_path / "another.pem"

    after = signed_in(walked.staff).get(tree(walked)).json()

    assert (before["earlier_keys"], after["earlier_keys"]) == ([], [before["key"]])
    assert after["published"] == before["published"]
    assert after["head"]["key_id"] == after["key"]["id"] != before["key"]["id"]


@pytest.mark.parametrize("size", [None, 3, 10])
def test_a_visit_is_proved_to_be_in_the_tree(walked, size):
    query = "visit=2" if size is None else f"visit=2&size={size}"

    body = signed_in(walked.staff).get(tree(walked, f"proof/?{query}")).json()

    assert (body["sequence"], body["size"]) == (2, size or 10)
    assert body["leaf_hash"] == bytes(walked.survey.visits.get(sequence=2).leaf_hash).hex()
    assert verify_inclusion(
        bytes.fromhex(body["leaf_hash"]), 2, body["size"], raw(body["nodes"]), bytes.fromhex(body["root_hash"])
    )


def test_the_closing_head_is_proved_to_be_the_beginning_of_the_tree(walked):
    client = signed_in(walked.staff)
    published = client.get(tree(walked)).json()["published"][0]

    body = client.get(tree(walked, "consistency/?from=9")).json()

    assert (body["from"], body["to"], body["first_root"]) == (9, 10, published["root_hash"])
    assert body["second_root"] == bytes(walked.survey.root_hash).hex()
    assert verify_consistency(
        9, 10, bytes.fromhex(body["first_root"]), bytes.fromhex(body["second_root"]), raw(body["nodes"])
    )


@pytest.mark.parametrize(
    ("path", "status", "pointer"),
    [
        ("proof/", 400, "/visit"),
        ("proof/?visit=x", 400, "/visit"),
        ("proof/?visit=-1", 400, "/visit"),
        ("proof/?visit=99999999999999999999", 400, "/visit"),
        ("proof/?visit=10", 404, None),
        ("proof/?visit=3&size=3", 404, None),
        ("proof/?visit=3&size=11", 400, "/size"),
        ("proof/?visit=3&other=1", 400, "/other"),
        ("consistency/", 400, "/from"),
        ("consistency/?from=11", 400, "/from"),
        ("consistency/?from=3&to=2", 400, "/from"),
        ("consistency/?from=3&to=11", 400, "/to"),
        ("?other=1", 400, "/other"),
        ("export/?other=1", 400, "/other"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_its_place(walked, path, status, pointer):
    response = signed_in(walked.staff).get(tree(walked, path))

    assert response.status_code == status
    assert [error["pointer"] for error in response.json().get("errors", [])] == ([pointer] if pointer else [])


def test_the_signed_file_is_a_download(walked):
    response = signed_in(walked.staff).get(tree(walked, "export/"))

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == f'attachment; filename="survey-{walked.survey.pk}.json"'
    assert response["Cache-Control"] == "private"
    assert response.content == canonical_bytes(json.loads(response.content))
    assert len(response.json()["leaves"]) == 10


def test_an_open_survey_has_no_file():
    walked = open_walked()

    response = signed_in(walked.staff).get(tree(walked, "export/"))

    assert (response.status_code, response.json()["code"]) == (409, "survey_not_closed")


def test_an_official_reads_the_file_on_a_reason_that_is_logged(walked):
    client = signed_in(make_user(Role.DISTRICT_OFFICIAL, "420502"))

    without = client.get(tree(walked, "export/"))
    with_reason = client.get(tree(walked, "export/?reason=复核"))

    assert (without.status_code, without.json()["code"]) == (403, "reason_needed")
    assert with_reason.status_code == 200
    entry = HistoryEntry.objects.get(act="ledger_read")
    assert (entry.object_id, entry.details) == (walked.survey.pk, {"reason": "复核"})


@pytest.mark.parametrize(
    ("role", "territory"),
    [
        (Role.GRID_WORKER, "420502001001001"),
        (Role.COMMITTEE_MEMBER, "{neighbourhood}"),
        (Role.PARTY_SECRETARY, "{neighbourhood}"),
        (Role.PROPERTY_CLERK, "{neighbourhood}"),
    ],
)
def test_who_may_not_read_every_door_sees_the_tree_and_not_the_file(walked, role, territory):
    client = signed_in(make_user(role, territory.format(neighbourhood=walked.neighbourhood.code)))

    assert client.get(tree(walked)).status_code == 200
    assert client.get(tree(walked, "proof/?visit=0")).status_code == 200
    assert client.get(tree(walked, "export/")).status_code == 403


@pytest.mark.parametrize("path", ["", "proof/?visit=0", "consistency/?from=0", "export/"])
def test_elsewhere_the_survey_does_not_exist(walked, path):
    outsider = make_user(Role.COMMUNITY_STAFF, "420503001001")

    assert signed_in(outsider).get(tree(walked, path)).status_code == 404
    assert signed_in(None).get(tree(walked, path)).status_code == 401
    assert system("registry:read").get(tree(walked, path)).status_code == 403
    assert system("consent:read").get(tree(walked, path)).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_tree_cannot_be_written(walked, method):
    response = getattr(signed_in(walked.staff), method)(tree(walked))

    assert response.status_code == 405
