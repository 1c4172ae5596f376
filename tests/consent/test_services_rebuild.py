"""`rebuild` gives what the services wrote step by step, and mends what somebody wrote beside them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import RoundDoor, Stance, Survey, Tally
from consent.reports.results import result_of
from consent.services.rebuild import rebuild
from consent.services.rolls import amend_roll
from tests.consent.casts import make_survey
from tests.consent.test_services_visits import _play, acts
from tests.consent.walked_survey import Walked, open_walked, walk, withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture
def walked() -> Walked:
    """Closed after nine visits, with a withdrawal after that."""
    walked = open_walked()
    walk(walked)
    walked.close()
    withdraw(walked)
    return walked


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts, st.booleans(), st.booleans())
def test_random_histories_leave_no_difference(history, count_vacant, count_verbal):
    with transaction.atomic():
        _play(history, count_vacant, count_verbal)

        assert rebuild(survey=Survey.objects.latest("pk")) == []
        transaction.set_rollback(True)


def test_a_survey_that_was_walked_closed_and_withdrawn_from_has_no_difference(walked):
    assert rebuild(survey=walked.survey) == []


def test_an_empty_survey_has_no_difference():
    survey, _doors, _worker = make_survey()

    assert rebuild(survey=survey) == []


def test_a_round_whose_doors_were_all_taken_off_lists_none():
    survey, doors, worker = make_survey()
    for door in doors:
        amend_roll(survey=survey, household=door, action="remove", reason="搬迁", by=worker)

    assert rebuild(survey=survey) == []
    assert survey.rounds.get().listed_count == 0


def flip_a_stance(survey: Survey) -> None:
    Stance.objects.filter(pk=Stance.objects.filter(survey=survey, counts=True).first().pk).update(counts=False)


def lose_a_stance(survey: Survey) -> None:
    Stance.objects.filter(survey=survey).first().delete()


def add_to_a_tally(survey: Survey) -> None:
    Tally.objects.filter(pk=Tally.objects.filter(survey=survey, households__gt=0).first().pk).update(households=99)


def lose_a_tally(survey: Survey) -> None:
    Tally.objects.filter(survey=survey, households__gt=0).first().delete()


def unvisit_a_door(survey: Survey) -> None:
    RoundDoor.objects.filter(round__survey=survey, visited=True).update(visited=False)


def miscount_a_round(survey: Survey) -> None:
    survey.rounds.update(visited_count=1)


def open_a_round(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk).update(has_open_round=True)


def cut_the_edge(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk).update(tree_edge=[b"\1" * 32], root_hash=b"\2" * 32)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (flip_a_stance, "stances"),
        (lose_a_stance, "stances"),
        (add_to_a_tally, "tallies"),
        (lose_a_tally, "tallies"),
        (unvisit_a_door, "walks"),
        (miscount_a_round, "rounds"),
        (open_a_round, "survey"),
        (cut_the_edge, "survey"),
    ],
)
def test_what_was_changed_beside_the_ledger_is_found_and_repaired(walked, damage, kind):
    before = result_of(walked.survey).as_json()
    damage(walked.survey)

    assert {difference.kind for difference in rebuild(survey=walked.survey)} == {kind}
    assert rebuild(survey=walked.survey) != []  # looking changes nothing
    rebuild(survey=walked.survey, repair=True)
    assert rebuild(survey=walked.survey) == []
    walked.survey.refresh_from_db()
    assert result_of(walked.survey).as_json() == before


def test_the_roll_size_of_a_closed_survey_is_reported_and_stays(walked):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE consent_survey DISABLE TRIGGER USER")
        cursor.execute("UPDATE consent_survey SET roll_size = 1, tree_size = 99 WHERE id = %s", [walked.survey.pk])
        cursor.execute("ALTER TABLE consent_survey ENABLE TRIGGER USER")

    rebuild(survey=walked.survey, repair=True)

    assert {difference.key for difference in rebuild(survey=walked.survey)} == {"roll_size", "tree_size"}


def test_the_command_says_what_differs_and_writes_only_on_request(walked):
    call_command("rebuild", stdout=(out := StringIO()))
    assert out.getvalue() == "1 surveys and 0 votes: no difference.\n"
    miscount_a_round(walked.survey)

    with pytest.raises(CommandError, match="1 differences were found"):
        call_command("rebuild", "--survey", str(walked.survey.pk), stdout=(out := StringIO()))
    assert f"survey {walked.survey.pk}: round {walked.survey.rounds.get().pk}: stored (6, 1," in out.getvalue()
    call_command("rebuild", "--repair", stdout=(out := StringIO()))
    assert out.getvalue().endswith("1 surveys and 0 votes: 1 differences were repaired.\n")
    call_command("rebuild", stdout=StringIO())


def test_the_command_names_a_survey_that_is_not_there():
    with pytest.raises(CommandError, match="no survey 7"):
        call_command("rebuild", "--survey", "7")
