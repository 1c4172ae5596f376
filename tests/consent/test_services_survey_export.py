"""The file of a survey that went through the services holds for the stand-alone verifier."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from consent.errors import SurveyNotClosed
from consent.models import SigningKey, TreeHead, Visit
from consent.reports.ledger_check import faults_of
from consent.rules.canonical import canonical_bytes
from consent.services import signing
from consent.services.photos import add_photo
from consent.services.rolls import amend_roll
from consent.services.survey_export import survey_file
from consent.services.tree import receipt_for
from tests.consent.walked_survey import Walked, open_walked, walk, withdraw

pytestmark = pytest.mark.django_db
VERIFIER = Path(__file__).resolve().parents[2] / "tools/verify_survey.py"


@pytest.fixture(autouse=True)
def photos_go_nowhere(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def verify(folder: Path, content: bytes, receipt: object = None) -> str:
    """What the verifier says last."""
    (folder / "survey.json").write_bytes(content)
    command = [sys.executable, "-I", str(VERIFIER), str(folder / "survey.json"), "--key", signing.public_key().hex()]
    if receipt is not None:
        (folder / "receipt.json").write_text(json.dumps(receipt))
        command += ["--receipt", str(folder / "receipt.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stderr or done.stdout).splitlines()[-1]


def add_photo_of(walked: Walked, visit: Visit, at: datetime) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), (visit.sequence, 0, 0)).save(picture, "PNG")
    file = SimpleUploadedFile("form.png", picture.getvalue())
    add_photo(survey=walked.survey, client_id=visit.client_id, file=file, by=walked.staff, at=at)


def test_a_passed_survey_holds(tmp_path):
    walked = open_walked()
    walk(walked)
    walked.close()

    content = survey_file(survey=walked.survey)

    assert walked.survey.verdict == "passed"
    assert verify(tmp_path, content) == "All of it holds."


def test_a_failed_survey_holds(tmp_path):
    walked = open_walked(pass_share="0.8001")
    walk(walked)
    walked.close()

    content = survey_file(survey=walked.survey)

    assert walked.survey.verdict == "failed"
    assert verify(tmp_path, content) == "All of it holds."


def test_a_survey_that_nobody_walked_holds(tmp_path):
    walked = open_walked()
    walked.close()

    assert verify(tmp_path, survey_file(survey=walked.survey)) == "All of it holds."


def test_visits_after_the_closing_are_in_the_file_and_leave_its_result(tmp_path):
    walked = open_walked()
    walk(walked)
    walked.close()
    before = json.loads(survey_file(survey=walked.survey))

    withdraw(walked)

    content = survey_file(survey=walked.survey)
    after = json.loads(content)
    assert (len(after["leaves"]), after["result"]) == (len(before["leaves"]) + 1, before["result"])
    assert [head["size"] for head in after["heads"]] == [9, 10]
    assert verify(tmp_path, content) == "All of it holds."


def test_every_receipt_holds_against_the_file(tmp_path):
    walked = open_walked()
    walk(walked)
    walked.close()
    withdraw(walked)
    content = survey_file(survey=walked.survey)
    codes = walked.survey.visits.order_by("sequence").values_list("private__receipt_code", flat=True)

    receipts = [receipt_for(code) for code in codes]

    for receipt in receipts:
        assert verify(tmp_path, content, receipt.as_json()) == "All of it holds."


def test_the_roll_in_the_file_is_the_one_at_the_opening_with_its_amendments():
    walked = open_walked()
    walk(walked)
    walked.close()
    hashes = {door.household_id: bytes(door.door_hash).hex() for door in walked.survey.doors.all()}

    roll = json.loads(survey_file(survey=walked.survey))["roll"]

    assert roll["doors"] == sorted(hashes[household.pk] for household in walked.households[:6])
    assert [(each["action"], each["door"]) for each in roll["amendments"]] == [
        ("add", hashes[walked.households[6].pk]),
        ("remove", hashes[walked.households[5].pk]),
    ]


def test_clocks_that_lag_do_not_bend_the_order_of_things(tmp_path):
    walked = open_walked(pass_share="0.1")
    walked.record(walked.visit(0, "supports"), walked.visit(1, "vacant"))
    opened_at, last = walked.survey.opened_at, walked.survey.last_recorded_at
    household, late = walked.households[5], last + timedelta(hours=2)
    amend_roll(survey=walked.survey, household=household, action="remove", reason="重复", by=walked.staff, at=late)
    add_photo_of(walked, walked.survey.visits.get(sequence=1), at=late + timedelta(minutes=1))

    walked.close(at=opened_at)
    walked.at = opened_at - timedelta(hours=9)
    withdraw(walked)
    add_photo_of(walked, walked.survey.visits.get(sequence=0), at=opened_at)

    survey = walked.survey
    photo_times = [photo.recorded_at for photo in survey.photos.order_by("pk")]
    assert survey.closed_at == photo_times[0] == late + timedelta(minutes=1)
    assert survey.last_recorded_at > survey.closed_at
    assert photo_times[1] > survey.closed_at
    assert verify(tmp_path, survey_file(survey=survey)) == "All of it holds."
    assert list(faults_of(survey)) == []


def test_a_first_visit_is_never_dated_before_the_opening(tmp_path):
    walked = open_walked()
    walked.at -= timedelta(hours=9)

    walked.record(walked.visit(0, "supports"))

    assert walked.survey.last_recorded_at == walked.survey.opened_at


def test_the_file_is_canonical_and_the_same_whenever_it_is_made():
    walked = open_walked()
    walk(walked)
    walked.close()
    at = datetime(2026, 4, 1, tzinfo=UTC)

    content = survey_file(survey=walked.survey, at=at)

    assert content == canonical_bytes(json.loads(content)) == survey_file(survey=walked.survey, at=at)


def test_nothing_personal_is_in_the_file():
    walked = open_walked()
    walk(walked)
    walked.close()
    content = survey_file(survey=walked.survey).decode()
    private = walked.survey.visits.get(sequence=2).private

    assert private.note
    assert private.note not in content
    assert private.receipt_code not in content
    assert bytes(private.salt).hex() not in content
    for door in walked.survey.doors.all():
        assert bytes(door.door_salt).hex() not in content


def test_an_open_survey_has_no_file():
    walked = open_walked()

    with pytest.raises(SurveyNotClosed):
        survey_file(survey=walked.survey)


def test_heads_signed_with_an_earlier_key_come_with_that_key(tmp_path, settings):
    walked = open_walked()
    walk(walked)
    walked.close()
    withdraw(walked)
    earlier = signing.public_key()
    settings.SIGNING_KEY_FILE = tmp_path / "another.pem"

    content = survey_file(survey=walked.survey)

    assert signing.public_key() != earlier
    assert [key["public_key"] for key in json.loads(content)["earlier_keys"]] == [earlier.hex()]
    assert verify(tmp_path, content) == "All of it holds."


def test_closing_publishes_the_head_with_its_key():
    walked = open_walked()
    walk(walked)

    walked.close()

    head = TreeHead.objects.get(survey=walked.survey)
    key = SigningKey.objects.get(key_id=head.key_id)
    assert (head.size, bytes(head.root_hash)) == (9, bytes(walked.survey.root_hash))
    assert head.timestamp == walked.survey.last_recorded_at
    assert bytes(key.public_key) == signing.public_key()


def test_publishing_again_changes_nothing():
    walked = open_walked()
    walk(walked)

    first, again = signing.publish_head(walked.survey), signing.publish_head(walked.survey)

    assert first.pk == again.pk
    assert signing.published_heads(walked.survey) == [signing.sign_head(signing.head_of(walked.survey))]


def test_the_key_is_made_once_for_its_owner_only(tmp_path, settings):
    settings.SIGNING_KEY_FILE = tmp_path / "deep" / "key.pem"

    first = signing.public_key()

    signing._key_in.cache_clear()
    assert signing.public_key() == first
    assert settings.SIGNING_KEY_FILE.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.SIGNING_KEY_FILE.parent.iterdir()] == ["key.pem"]


def test_of_two_first_uses_at_once_one_key_wins(tmp_path, settings, monkeypatch):
    settings.SIGNING_KEY_FILE = tmp_path / "key.pem"
    generate = Ed25519PrivateKey.generate

    def generate_late() -> Ed25519PrivateKey:
        monkeypatch.setattr(Ed25519PrivateKey, "generate", generate)
        signing._make_key(settings.SIGNING_KEY_FILE)  # somebody else is quicker
        return generate()

    monkeypatch.setattr(Ed25519PrivateKey, "generate", generate_late)

    key = signing.signing_key()

    assert signing.load_pem_private_key(settings.SIGNING_KEY_FILE.read_bytes(), None).public_key() == key.public_key()


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path, settings, content):
    settings.SIGNING_KEY_FILE = tmp_path / "key.pem"
    settings.SIGNING_KEY_FILE.write_bytes(content)

    with pytest.raises(signing.ImproperlyConfigured, match=r"key\.pem"):
        signing.signing_key()
