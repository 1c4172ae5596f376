"""The lists of a handover, their signatures, and what the guards are told of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import Error as DatabaseError
from django.db import transaction
from django.utils import timezone

from accounts.models import Change, HistoryEntry
from governance.errors.handover import (
    CountedHere,
    HandoverIncomplete,
    HandoverInPreparation,
    HandoverSigned,
    ListsChanged,
    ManagementNotInForce,
    SignedAlready,
)
from governance.models import Asset, Handover, HandoverItem, HandoverSignature, Management
from governance.services.handover import (
    add_asset,
    amend_handover,
    change_asset,
    open_handover,
    remove_asset,
    sign_handover,
)
from renovation.choices import DefectState
from renovation.errors import DayInFuture, HandoverNotAccepted, KeptHere, OtherNeighbourhood, WrongStage
from renovation.models import Evidence, FundingSource
from renovation.services.awards import add_tranche, advance_tranche
from renovation.services.evidence import push_evidence, record_evidence
from renovation.services.lifecycle import move
from tests.governance.handover_cast import (
    START,
    a_handover,
    a_management,
    a_signed_handover,
    an_asset,
    at_stage,
    complete,
    later,
    sign,
    today,
    told_of,
)
from tests.renovation.supervision_cast import a_defect

pytestmark = pytest.mark.django_db
NOBODY = {"signed_by_committee": False, "signed_by_manager": False, "signed_by_community": False}


@pytest.fixture
def by(community_worker):
    return community_worker


def ready(cast, by):
    at_stage(cast.home)
    return complete(a_handover(cast.home, by), by)


# --- Preparing it ----------------------------------------------------------------------------------


def test_a_handover_begins_with_its_eight_things_open(cast, by):
    handover = a_handover(cast.home, by, later())

    assert list(handover.items.order_by("pk").values_list("kind", "handed")) == [
        ("asset_list", False),
        ("drawings", False),
        ("warranties", False),
        ("keys", False),
        ("meters", False),
        ("open_defects", False),
        ("convention", False),
        ("fee_standard", False),
    ]
    assert (handover.state, handover.signed_at) == ("draft", None)
    assert told_of(cast.home, "asset_list") == {"assets": 0, "signed": False}
    assert told_of(cast.home, "handover") == {**NOBODY, "handover_on": later().isoformat()}
    assert Change.objects.get(resource="handovers").object_id == handover.pk


def test_one_handover_is_in_preparation_at_a_time(cast, by):
    handover = a_handover(cast.home, by)

    with pytest.raises(HandoverInPreparation):
        a_handover(cast.home, by, management=handover.management)

    assert Handover.objects.count() == 1


def test_it_is_handed_to_who_manages_on_its_day(cast, by):
    ends_on = later()
    management = a_management(cast.home, ends_on=ends_on)

    for day in (START - timedelta(days=1), ends_on + timedelta(days=1)):
        with pytest.raises(ManagementNotInForce):
            a_handover(cast.home, by, day, management=management)
    assert a_handover(cast.home, by, ends_on, management=management).management == management


def test_a_management_that_ended_since_it_was_read_takes_nothing_over(cast, by):
    read = a_management(cast.home)
    Management.objects.filter(pk=read.pk).update(ends_on=today())

    with pytest.raises(ManagementNotInForce):
        open_handover(neighbourhood=cast.home, management=read, handover_on=later(), by=by)


def test_it_is_not_handed_to_the_manager_of_another_place(cast, by):
    management = a_management(cast.next_door)

    with pytest.raises(OtherNeighbourhood):
        a_handover(cast.home, by, management=management)
    handover = a_handover(cast.home, by)
    with pytest.raises(OtherNeighbourhood):
        amend_handover(handover=handover, management=management, by=by)


def test_what_is_given_is_changed_and_the_rest_stays(cast, by):
    handover = a_handover(cast.home, by, document="YJ-1")

    amend_handover(handover=handover, items={"keys": {"handed": True, "count": 12, "note": "单元门钥匙"}}, by=by)

    handover.refresh_from_db()
    keys = handover.items.get(kind="keys")
    assert (keys.handed, keys.count, keys.note) == (True, 12, "单元门钥匙")
    assert (handover.document, handover.version) == ("YJ-1", 2)
    assert HistoryEntry.objects.filter(act="handover_changed").count() == 1


def test_the_day_is_told_anew_when_it_is_changed(cast, by):
    handover = a_handover(cast.home, by)

    amend_handover(handover=handover, handover_on=later(60), document="YJ-2", by=by)

    assert told_of(cast.home, "handover")["handover_on"] == later(60).isoformat()
    with pytest.raises(ManagementNotInForce):
        amend_handover(handover=handover, handover_on=START - timedelta(days=1), by=by)


def test_changing_nothing_leaves_no_trace(cast, by):
    handover = a_handover(cast.home, by, document="YJ-1")

    amend_handover(handover=handover, document="YJ-1", items={"keys": {"handed": False}}, by=by)

    handover.refresh_from_db()
    assert handover.version == 1
    assert not HistoryEntry.objects.filter(act="handover_changed").exists()


def test_what_is_counted_here_is_not_typed(cast, by):
    handover = a_handover(cast.home, by)

    for kind in ("asset_list", "open_defects"):
        with pytest.raises(CountedHere):
            amend_handover(handover=handover, items={kind: {"count": 3}}, by=by)


def test_assets_are_added_changed_and_taken_off_and_counted_for_the_guard(cast, by):
    handover = a_handover(cast.home, by)
    digest = handover.digest

    asset = an_asset(handover, by, name="水泵")
    an_asset(handover, by, name="配电箱")
    assert told_of(cast.home, "asset_list") == {"assets": 2, "signed": False}
    change_asset(asset=asset, place="地下室", taken_by="宜昌水务", by=by)
    remove_asset(asset=Asset.objects.get(name="配电箱"), by=by)

    assert list(handover.assets.values_list("name", "place", "taken_by")) == [("水泵", "地下室", "宜昌水务")]
    assert told_of(cast.home, "asset_list") == {"assets": 1, "signed": False}
    handover.refresh_from_db()
    assert handover.digest != digest


def test_an_asset_taken_off_again_leaves_the_lists_as_they_were(cast, by):
    handover = a_handover(cast.home, by)
    before = handover.digest

    remove_asset(asset=an_asset(handover, by), by=by)

    handover.refresh_from_db()
    assert handover.digest == before


# --- Signing ---------------------------------------------------------------------------------------


def test_the_last_of_the_three_signatures_signs_it(cast, by):
    handover = ready(cast, by)
    a_defect(cast.home)
    a_defect(cast.home, state=DefectState.CLOSED)

    sign(handover, "committee", by)
    sign(handover, "manager", by)
    handover.refresh_from_db()
    assert handover.state == "draft"
    assert told_of(cast.home, "handover") == {
        **NOBODY,
        "signed_by_committee": True,
        "signed_by_manager": True,
        "handover_on": handover.handover_on.isoformat(),
    }
    sign(handover, "community", by)

    handover.refresh_from_db()
    assert handover.state == "signed"
    assert handover.signed_at is not None
    assert dict(handover.items.exclude(count=None).values_list("kind", "count")) == {"asset_list": 1, "open_defects": 1}
    assert told_of(cast.home, "asset_list") == {"assets": 1, "signed": True}
    assert set(told_of(cast.home, "handover").values()) == {True, handover.handover_on.isoformat()}


def test_lists_changed_afterwards_are_signed_again(cast, by):
    handover = ready(cast, by)
    sign(handover, "committee", by)

    add_asset(handover=handover, name="路灯", kind="outdoors", quantity=9, unit="盏", by=by)

    assert told_of(cast.home, "handover")["signed_by_committee"] is False
    for party in ("manager", "community"):
        sign(handover, party, by)
    handover.refresh_from_db()
    assert handover.state == "draft"
    sign(handover, "committee", by)
    handover.refresh_from_db()
    assert handover.state == "signed"


def test_a_party_signs_the_same_lists_once(cast, by):
    handover = ready(cast, by)
    sign(handover, "manager", by)

    with pytest.raises(SignedAlready):
        sign(handover, "manager", by)

    assert HandoverSignature.objects.count() == 1


def test_who_built_signs_without_being_asked_for_and_even_afterwards(cast, by):
    handover = a_signed_handover(cast.home, by)

    sign(handover, "builder", by)

    assert handover.signatures.filter(party="builder", digest=handover.digest).count() == 1
    with pytest.raises(SignedAlready):
        sign(handover, "builder", by)


def test_lists_seen_and_changed_meanwhile_are_not_signed(cast, by):
    handover = ready(cast, by)
    seen = handover.digest
    an_asset(handover, by, name="门禁")

    with pytest.raises(ListsChanged):
        sign(handover, "manager", by, seen=seen)

    handover.refresh_from_db()
    assert sign(handover, "manager", by, seen=handover.digest).digest == handover.digest


def test_nothing_is_signed_before_the_works_have_passed(cast, by):
    handover = ready(cast, by)

    for stage in ("under_works", "works_done", "withdrawn"):
        at_stage(cast.home, stage)
        with pytest.raises(WrongStage):
            sign(handover, "manager", by)
    at_stage(cast.home, "accepted")
    assert sign(handover, "manager", by).party == "manager"


def test_nothing_is_signed_on_a_day_to_come(cast, by):
    handover = ready(cast, by)

    with pytest.raises(DayInFuture):
        sign(handover, "manager", by, signed_on=later())


def test_lists_without_an_asset_are_not_signed(cast, by):
    handover = ready(cast, by)
    remove_asset(asset=handover.assets.get(), by=by)

    with pytest.raises(HandoverIncomplete) as refusal:
        sign(handover, "manager", by)

    assert refusal.value.extra == {"missing": ["asset_list"]}


def test_a_thing_neither_handed_over_nor_explained_is_not_signed(cast, by):
    handover = ready(cast, by)
    amend_handover(handover=handover, items={"meters": {"handed": False}, "keys": {"handed": False}}, by=by)

    with pytest.raises(HandoverIncomplete) as refusal:
        sign(handover, "manager", by)

    assert refusal.value.extra == {"missing": ["keys", "meters"]}
    amend_handover(handover=handover, items={"meters": {"note": "水务公司直管"}, "keys": {"handed": True}}, by=by)
    assert sign(handover, "manager", by).party == "manager"


def test_a_manager_who_has_left_meanwhile_takes_nothing_over(cast, by):
    handover = ready(cast, by)
    handover.management.ends_on = today()
    handover.management.save(update_fields=["ends_on"])

    with pytest.raises(ManagementNotInForce):
        sign(handover, "manager", by)


# --- Once signed -----------------------------------------------------------------------------------


def test_of_a_signed_handover_nothing_changes(cast, by):
    handover = a_signed_handover(cast.home, by)
    asset = handover.assets.get()

    for refused in (
        lambda: amend_handover(handover=handover, document="YJ-9", by=by),
        lambda: an_asset(handover, by),
        lambda: change_asset(asset=asset, name="别的", by=by),
        lambda: remove_asset(asset=asset, by=by),
        lambda: sign(handover, "manager", by),
    ):
        with pytest.raises(HandoverSigned):
            refused()

    assert list(handover.assets.values_list("name", flat=True)) == ["水泵"]


def test_the_database_keeps_a_signed_handover_with_its_lists(cast, by):
    handover = a_signed_handover(cast.home, by)
    here = {"handover": handover}

    for refused in (
        lambda: Handover.objects.filter(pk=handover.pk).update(document="YJ-9"),
        lambda: Handover.objects.filter(pk=handover.pk).update(state="draft", signed_at=None),
        lambda: HandoverItem.objects.filter(kind="keys", **here).update(count=99),
        lambda: HandoverItem.objects.filter(kind="keys", **here).delete(),
        lambda: Asset.objects.filter(**here).update(name="别的"),
        lambda: Asset.objects.filter(**here).delete(),
        lambda: Asset.objects.create(name="别的", kind="other", quantity=1, unit="个", **here),
        lambda: HandoverSignature.objects.filter(**here).update(name="别人"),
        lambda: HandoverSignature.objects.filter(**here).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()


def test_a_further_handover_is_told_of_once_it_is_signed(cast, by):
    first = a_signed_handover(cast.home, by, later(30))
    at_stage(cast.home, "handed_over")
    told = told_of(cast.home, "handover")

    second = complete(a_handover(cast.home, by, later(60), management=first.management), by)
    assert told_of(cast.home, "handover") == told
    for party in ("committee", "manager", "community"):
        sign(second, party, by)

    assert told_of(cast.home, "handover")["handover_on"] == later(60).isoformat()


# --- What it opens ---------------------------------------------------------------------------------


def test_what_is_kept_here_is_told_by_nobody_else(cast, by):
    a_handover(cast.home, by)

    for kind, facts in (
        ("asset_list", {"assets": 9, "signed": True}),
        ("handover", {**dict.fromkeys(NOBODY, True), "handover_on": today().isoformat()}),
    ):
        with pytest.raises(KeptHere):
            record_evidence(neighbourhood=cast.home, kind=kind, facts=facts, document="D", dated_on=today(), by=by)


def test_the_signed_handover_leads_on_and_the_day_of_handover_to_long_term(cast, by):
    a_signed_handover(cast.home, by, today())
    Evidence.objects.create(
        neighbourhood=cast.home,
        kind="manager",
        facts={"mode": "self_management", "name": "业主自治", "from_on": START.isoformat()},
        by=by,
        at=cast.home.stage_since,
    )

    move(neighbourhood=cast.home, to="handed_over", by=by)

    cast.home.refresh_from_db()
    assert cast.home.stage == "long_term"


def test_the_award_opens_with_the_step_that_the_signatures_open(cast, by):
    source = FundingSource.objects.create(neighbourhood=cast.home, kind="award", name="以奖代补")
    tranche = add_tranche(source=source, amount=Decimal(100), by=by)
    a_signed_handover(cast.home, by, later())
    told = {"tranche": tranche, "to": "eligible", "document": "奖-1", "by": by}

    with pytest.raises(HandoverNotAccepted):
        advance_tranche(**told)
    agreed = {"mode": "self_management", "name": "业主自治", "from_on": START.isoformat()}
    push_evidence(
        neighbourhood=cast.home, kind="manager", facts=agreed, source=("managements", 1), by=by, at=timezone.now()
    )
    move(neighbourhood=cast.home, to="handed_over", by=by)

    assert advance_tranche(**told).state == "eligible"
    cast.home.refresh_from_db()
    assert cast.home.stage == "handed_over"


def test_opening_and_signing_write_who_did_it(cast, by, committee_member):
    at_stage(cast.home)
    handover = open_handover(
        neighbourhood=cast.home, management=a_management(cast.home), handover_on=later(), by=committee_member
    )
    complete(handover, committee_member)

    sign_handover(handover=handover, party="committee", name="周敏", signed_on=today(), by=committee_member)

    entry = HistoryEntry.objects.get(act="handover_signature")
    assert (entry.by, entry.details["party"]) == (committee_member, "committee")
    assert "周敏" not in str(entry.details)
