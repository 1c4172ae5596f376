"""Who decides in the small city and who keeps it up."""

import pytest

from consent.models import OwnersVote, Workshop
from governance.models import (
    Body,
    Contest,
    ConventionVersion,
    Handover,
    NoticeBoard,
    PartyMember,
    ServiceRecord,
    UpkeepTask,
)
from renovation.models import Evidence, Neighbourhood, Stairwell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_city")]

REACHED = ("designed", "under_works", "works_done", "accepted", "evaluated", "handed_over", "long_term")


def test_the_secretary_of_jiamings_branch_chairs_its_committee():
    bodies = Body.objects.filter(neighbourhood__name="嘉明花园")
    branch, committee = bodies.get(kind="party_branch"), bodies.get(kind="owners_committee")

    (chair,) = committee.memberships.filter(role="chair")
    (secretary,) = branch.memberships.filter(role="secretary")
    assert chair.name == secretary.name
    assert (committee.memberships.count() % 2, committee.filed_with) == (1, "示范街道办事处")
    assert PartyMember.objects.filter(neighbourhood__name="嘉明花园").count() == 5


def test_points_wait_for_a_second_person():
    records = ServiceRecord.objects.filter(member__neighbourhood__name="嘉明花园")

    assert set(records.values_list("state", flat=True)) == {"approved", "proposed"}
    assert not any(record.decided_by_id == record.proposed_by_id for record in records)


def test_jiamings_owners_are_voting_on_their_covenant():
    vote = OwnersVote.objects.get(neighbourhood__name="嘉明花园")

    assert (vote.matter, vote.is_open) == (2, True)
    states = vote.ballot_states.all()
    assert all(state.is_delivered for state in states)
    assert 0 < states.exclude(choice="").count() < states.count()


def test_yigangs_stairwells_have_conventions_of_their_own_and_compete():
    versions = ConventionVersion.objects.filter(
        convention__neighbourhood__name="宜港小区", convention__kind="stairwell"
    )

    assert sorted(versions.values_list("state", flat=True)) == ["adopted", "adopted", "adopted", "draft"]
    assert len({version.digest for version in versions}) == 4
    assert all(version.signatures.exists() for version in versions)
    assert sorted(Contest.objects.filter(neighbourhood__name="宜港小区").values_list("scope", "state")) == [
        ("building", "closed"),
        ("stairwell", "open"),
    ]


def test_a_butler_board_hangs_at_each_stairwell_of_siheyuan_and_shows_heads_who_consented():
    boards = NoticeBoard.objects.filter(stairwell__building__neighbourhood__name="四合院小区", taken_down_on=None)

    assert boards.count() == Stairwell.objects.filter(building__neighbourhood__name="四合院小区").count() > 3
    assert {bool(board.building_head_name) for board in boards} == {True, False}
    assert not boards.exclude(building_head_name="").filter(head_consents_on=None).exists()
    assert sorted(Workshop.objects.filter(neighbourhood__name="四合院小区").values_list("state", flat=True)) == [
        "held",
        "planned",
    ]


def test_every_plan_that_was_approved_had_its_vote_and_every_handover_its_signatures():
    reached = Neighbourhood.objects.filter(stage__in=REACHED)
    handed_over = reached.filter(stage__in=("handed_over", "long_term"))

    assert reached.count() > handed_over.count() > 1
    for neighbourhood in reached:
        (vote,) = OwnersVote.objects.filter(neighbourhood=neighbourhood, needed_by_plan=True)
        assert vote.stands
    for neighbourhood in handed_over:
        handover = Handover.objects.get(neighbourhood=neighbourhood)
        assert (handover.state, handover.signatures.count()) == ("signed", 4)
    modes = {handover.management.mode for handover in Handover.objects.select_related("management")}
    assert modes == {"company", "self_management"}


def test_what_the_modules_keep_was_told_by_them():
    kept = Evidence.objects.filter(kind__in=["party_organisation", "owners_committee", "votes", "handover", "manager"])

    assert kept.count() > 20
    assert all(piece.is_kept_here for piece in kept)


def test_tours_repairs_and_a_term_that_ends_soon_are_there_to_look_at():
    tasks = UpkeepTask.objects.all()

    assert {"open", "done", "verified"} <= set(tasks.values_list("state", flat=True))
    assert {"inspection", "repair"} <= set(tasks.values_list("origin", flat=True))
    ending = Body.objects.filter(kind="owners_committee").order_by("term_ends_on").first()
    assert ending is not None
    assert ending.neighbourhood.name == "示范东山小区"
