"""`verify_ledger` finds what somebody changed who could switch the triggers off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from consent.models import Survey
from consent.reports.ledger_check import faults_of
from consent.services.signing import publish_head
from tests import factories
from tests.consent.walked_survey import Walked, open_walked, walk, withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Faults are told in the language of the command's reader."""
    with translation.override("en"):
        yield


@pytest.fixture
def walked() -> Walked:
    """Closed after nine visits, with a withdrawal after that."""
    walked = open_walked()
    publish_head(walked.survey)
    walk(walked)
    walked.close()
    withdraw(walked)
    return walked


def tamper(table: str, statement: str, *parameters: object) -> None:
    """Changes rows behind the ledger's back, as the table's owner can. Foreign keys are checked as ever."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def take_out(sequence: int) -> None:
    tamper("consent_stance", "UPDATE consent_stance SET visit_id = null")
    tamper(
        "consent_visitprivatedata",
        "DELETE FROM consent_visitprivatedata USING consent_visit WHERE visit_id = id AND sequence = %s",
        sequence,
    )
    tamper("consent_visit", "DELETE FROM consent_visit WHERE sequence = %s", sequence)


def faults(walked: Walked) -> list[str]:
    return list(faults_of(Survey.objects.select_related("neighbourhood").get(pk=walked.survey.pk)))


def test_an_honest_ledger_has_no_fault(walked):
    assert faults(walked) == []


def test_the_triggers_refuse_what_the_next_tests_do(walked):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE consent_visit SET outcome = 'opposes'")


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'opposes'",
        "given = 'signed'",
        "respondent = 'family'",
        "round = 2",
        "round = null, out_of_round = true",
        "visited_at = visited_at + interval '1 microsecond'",
        "party = '{grid}'",
        "recorded_by_id = (SELECT id FROM accounts_user WHERE id <> recorded_by_id LIMIT 1)",
        "commitments = jsonb_set(commitments, '{convention}', 'false')",
        "menu_items = '{B01}'",
        "reasons = '{dust}'",
        "has_note = true",
        "supersedes_id = (SELECT id FROM consent_visit WHERE sequence = 0)",
        "client_id = gen_random_uuid()",
        "door_id = (SELECT door_id FROM consent_visit WHERE sequence = 0)",
    ],
)
def test_no_member_of_a_visit_can_be_changed_unseen(walked, change):
    factories.make_user()

    tamper("consent_visit", f"UPDATE consent_visit SET {change} WHERE sequence = 1")

    assert "Visit 1 is not what was hashed when it was recorded." in faults(walked)


def test_a_private_hash_that_was_changed_is_found_twice(walked):
    tamper("consent_visit", "UPDATE consent_visit SET private_hash = sha256('x') WHERE sequence = 1")

    assert faults(walked)[:2] == [
        "Visit 1 is not what was hashed when it was recorded.",
        "The note or signature of visit 1 is not what was recorded.",
    ]


def test_a_leaf_hash_that_was_made_to_fit_breaks_the_root_and_the_heads(walked):
    tamper("consent_visit", "UPDATE consent_visit SET leaf_hash = sha256('x') WHERE sequence = 1")

    assert faults(walked) == [
        "Visit 1 is not what was hashed when it was recorded.",
        "The head of size 9 has another root than the visits.",
        "The root hash is not that of the visits.",
    ]


def test_a_visit_that_was_taken_out_is_missed(walked):
    take_out(8)

    assert faults(walked) == ["Visit 8 is missing: visit 9 follows."]


def test_a_last_visit_that_was_taken_out_is_missed(walked):
    take_out(9)

    assert faults(walked) == ["The tree has 10 visits, the ledger 9."]


def test_times_that_were_swapped_are_found(walked):
    tamper(
        "consent_visit", "UPDATE consent_visit SET recorded_at = recorded_at - interval '2 hours' WHERE sequence = 5"
    )

    assert faults(walked) == [
        "Visit 5 is not what was hashed when it was recorded.",
        "Visit 5 was recorded before the one ahead of it.",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("tree_size = 11", "The tree has 11 visits, the ledger 10."),
        ("root_hash = sha256('x')", "The root hash is not that of the visits."),
        ("tree_edge[1] = sha256('x')", "The tree's edge is not that of the visits."),
        ("last_recorded_at = closed_at", "The time of the last visit is not the tree's."),
        (
            "result = jsonb_set(result, '{supports}', '5')",
            "The result says supports 5, the visits give 4.",
        ),
        ("verdict = 'failed'", "The result says verdict passed, the visits give failed."),
    ],
)
def test_a_survey_that_was_changed_is_found(walked, change, fault):
    tamper("consent_survey", f"UPDATE consent_survey SET {change}")

    assert faults(walked) == [fault]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("root_hash = sha256('x')", "The head of size 9 has another root than the visits."),
        ("timestamp = published_at", "The head of size 9 has not the time of its last visit."),
        (
            "signature = set_byte(signature, 0, get_byte(signature, 0) # 1)",
            "The signature of the head of size 9 does not hold.",
        ),
        ("key_id = 'nobody'", "The key of the head of size 9 is not kept."),
        ("size = 12", "The head of size 12 covers visits that are not there."),
        ("size = 8", "No head of size 9 was published when the survey closed."),
    ],
)
def test_a_head_that_was_changed_is_found(walked, change, fault):
    tamper("consent_treehead", f"UPDATE consent_treehead SET {change} WHERE size = 9")

    assert fault in faults(walked)


def test_a_door_that_was_given_to_another_household_is_found(walked):
    tamper(
        "consent_rollentry",
        "UPDATE consent_rollentry SET door_salt = sha256('x') WHERE household_id = %s",
        walked.households[1].pk,
    )

    assert faults(walked) == [f"The door of household {walked.households[1].pk} has another hash than its household."]


@pytest.mark.parametrize(
    "change",
    ["note = 'x'", "privacy_notice = 'x'", "signature_sha256 = sha256('x')", "salt = sha256('x')", "salt = 'x'"],
)
def test_private_data_that_was_changed_is_found(walked, change):
    tamper(
        "consent_visitprivatedata",
        f"UPDATE consent_visitprivatedata SET {change} FROM consent_visit WHERE visit_id = id AND sequence = 2",
    )

    assert faults(walked) == ["The note or signature of visit 2 is not what was recorded."]


def test_private_data_that_was_erased_is_no_fault(walked):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_visitprivatedata SET salt = null, note = '', signature = null, signature_sha256 = null, "
            "privacy_notice = '', content_digest = null, receipt_code = null, erased_at = now()"
        )
        cursor.execute("UPDATE consent_rollentry SET door_salt = null, owners = '[]'")

    assert faults(walked) == []


def test_the_command_says_that_all_holds(walked):
    open_walked()
    output = StringIO()

    call_command("verify_ledger", stdout=output)

    assert output.getvalue() == "2 surveys with 10 visits and 0 votes with 0 ballots: everything holds.\n"


def test_the_command_names_what_is_wrong_and_fails(walked):
    tamper("consent_visit", "UPDATE consent_visit SET outcome = 'opposes' WHERE sequence = 4")
    output = StringIO()

    with pytest.raises(CommandError, match=r"faults in 1 surveys\."):
        call_command("verify_ledger", str(walked.survey.pk), stdout=output, no_color=True)

    assert f"survey {walked.survey.pk}: Visit 4 is not what was hashed when it was recorded." in output.getvalue()


def test_the_commands_refuse_a_survey_that_is_not_there():
    with pytest.raises(CommandError, match=r"There is no survey 4\."):
        call_command("verify_ledger", "4")
    with pytest.raises(CommandError, match=r"There is no survey 4\."):
        call_command("export_survey", "4")


def test_the_export_command_writes_the_file(walked, tmp_path):
    call_command("export_survey", str(walked.survey.pk), output=tmp_path / "survey.json", stderr=StringIO())

    content = json.loads((tmp_path / "survey.json").read_bytes())
    assert (content["format"], len(content["leaves"])) == ("gongdi-survey/1", 10)


def test_the_export_command_says_why_it_cannot(tmp_path):
    walked = open_walked()

    with pytest.raises(CommandError, match="still open"):
        call_command("export_survey", str(walked.survey.pk))
    walked.close()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_survey", str(walked.survey.pk), output=tmp_path / "nowhere" / "survey.json")
