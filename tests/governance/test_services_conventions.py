from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Change, HistoryEntry, User
from common.errors import DomainError
from consent.models import OwnersVote
from governance.models import Convention, ConventionSignature, ConventionVersion
from governance.reports.conventions import counts_of, signing_of
from governance.rules.conventions import digest_of
from governance.services.convention_signatures import sign_convention, withdraw_signature
from governance.services.conventions import (
    adopt_version,
    amend_version,
    draft_version,
    file_version,
    open_convention,
    rename_convention,
    withdraw_version,
)
from renovation.models import Household, Neighbourhood
from renovation.services.evidence import latest_of, record_evidence
from tests.cast import Cast
from tests.factories import make_building, make_household, make_stairwell, make_user
from tests.governance.bodies_cast import a_vote
from tests.governance.conventions_cast import TEXT, a_convention, a_draft, adopted, sign, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(cast: Cast) -> Neighbourhood:
    return cast.home


@pytest.fixture
def staff(community_worker: User) -> User:
    return community_worker


def refused(code: str, act: Any, **told: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(**told)
    assert caught.value.code == code
    return caught.value


def acts(thing: Any) -> list[str]:
    rows = HistoryEntry.objects.filter(resource=thing.resource, object_id=thing.pk)
    return list(rows.order_by("pk").values_list("act", flat=True))


def signature_of(version: ConventionVersion, household: Household, **fields: Any) -> dict[str, Any]:
    return {
        "version": version,
        "household": household,
        "signer": "周敏",
        "respondent": "owner",
        "form": "signed",
        "signed_on": today(),
        "client_id": uuid4(),
        **fields,
    }


def covenant_vote(home: Neighbourhood, staff: User, **fields: Any) -> OwnersVote:
    return a_vote(home, staff, **{"matter": 2, "title": "管理规约", **fields})


# --- Texts ------------------------------------------------------------------------------------------


def test_a_convention_begins_with_the_draft_of_its_first_version(home: Neighbourhood, staff: User) -> None:
    made = a_convention(home, staff, needed_share=Decimal("0.6667"))

    version = made.versions.get()
    assert (made.kind, made.title, made.stairwell) == ("residents", "居民公约", None)
    assert (version.number, version.text, version.digest) == (1, TEXT, digest_of(TEXT))
    assert (version.state, version.adopted_on, version.needed_share) == ("draft", None, Decimal("0.6667"))
    assert acts(made) == ["convention_opened", "convention_drafted"]
    assert Change.objects.filter(resource="conventions", object_id=made.pk, action="created").count() == 1


@pytest.mark.parametrize("kind", ["residents", "covenant"])
def test_there_is_one_of_a_kind_in_a_neighbourhood(home: Neighbourhood, staff: User, kind: str) -> None:
    a_convention(home, staff, kind)

    refused("convention_kept", open_convention, neighbourhood=home, kind=kind, title="又一份", text="x", by=staff)
    assert home.conventions.count() == 1


def test_each_stairwell_has_one_of_its_own(cast: Cast, staff: User) -> None:
    first, second = cast.doors[0].stairwell, cast.doors[2].stairwell
    a_convention(cast.home, staff, "stairwell", stairwell=first)
    told = {"neighbourhood": cast.home, "kind": "stairwell", "title": "楼道公约", "by": staff}

    refused("convention_kept", open_convention, stairwell=first, text="别的", **told)
    said = refused("same_text", open_convention, stairwell=second, text=TEXT.replace("\n", "  \n "), **told)
    assert "居民公约" in str(said)
    other = open_convention(stairwell=second, text=TEXT + "\n三、见面问好。", **told)

    assert (other.stairwell, home_stairwells(cast.home)) == (second, {first.pk, second.pk})
    refused("same_text", amend_version, version=other.versions.get(), text=TEXT, by=staff)
    refused("stairwell_does_not_fit", open_convention, stairwell=None, text="别的", **told)
    refused("stairwell_does_not_fit", open_convention, stairwell=second, text="别的", **{**told, "kind": "residents"})
    refused("other_neighbourhood", open_convention, stairwell=cast.other_doors[0].stairwell, text="别的", **told)


def home_stairwells(home: Neighbourhood) -> set[int | None]:
    return set(home.conventions.values_list("stairwell", flat=True))


def test_two_texts_of_one_neighbourhood_may_be_alike_but_for_stairwells(home: Neighbourhood, staff: User) -> None:
    a_convention(home, staff, "residents")

    assert a_draft(home, staff, "covenant").text == TEXT


def test_a_draft_is_changed_until_somebody_has_signed_it(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff)

    changed = amend_version(version=version, text="一、轻声。", needed_share=Decimal("0.5"), by=staff)
    assert (changed.text, changed.digest, changed.needed_share) == (
        "一、轻声。",
        digest_of("一、轻声。"),
        Decimal("0.5"),
    )
    before = changed.version
    assert amend_version(version=changed, text="一、轻声。", by=staff).version == before

    signature = sign(version, cast.doors[0], staff)
    refused("text_signed", amend_version, version=version, text="二", by=staff)
    withdraw_signature(signature=signature, signed_on=today(), client_id=uuid4(), by=staff)
    refused("text_signed", amend_version, version=version, needed_share=None, by=staff)


def test_there_is_one_draft_at_a_time(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff)

    refused("draft_there", draft_version, convention=version.convention, text="别的", by=staff)
    withdraw_version(version=version, reason="另拟", by=staff)
    second = draft_version(convention=version.convention, text="别的", by=staff)

    assert (second.number, second.state) == (2, "draft")


def test_a_convention_gets_another_title(home: Neighbourhood, staff: User) -> None:
    convention = a_convention(home, staff)

    renamed = rename_convention(convention=convention, title=" 嘉明花园居民公约 ", by=staff)
    rename_convention(convention=convention, title="嘉明花园居民公约", by=staff)

    assert (renamed.title, acts(convention).count("convention_renamed")) == ("嘉明花园居民公约", 1)


# --- Adoption ---------------------------------------------------------------------------------------


def test_the_residents_convention_is_adopted_by_signatures_and_meets_the_second_precondition(
    cast: Cast, staff: User
) -> None:
    version = a_draft(cast.home, staff, needed_share=Decimal("0.5"))
    sign(version, cast.doors[0], staff)
    few = refused("too_few_signatures", adopt_version, version=version, adopted_on=today(), by=staff)
    assert few.extra == {"signed": 1, "households": 4, "needed": 2}
    assert latest_of(cast.home, "precondition_2") is None
    sign(version, cast.doors[2], staff)

    done = adopt_version(version=version, adopted_on=today(), document="居议〔2026〕1号", by=staff)

    version.refresh_from_db()
    assert (version.state, version.adopted_on, version.document) == ("adopted", today(), "居议〔2026〕1号")
    latest = latest_of(cast.home, "precondition_2")
    assert latest is not None
    assert latest.facts["source"] == {"resource": "conventions", "id": version.convention_id}
    assert ("居民公约" in latest.facts["evidence"], str(today()) in latest.facts["evidence"]) == (True, True)
    refused("not_a_draft", adopt_version, version=done, adopted_on=today(), by=staff)
    refused("not_a_draft", amend_version, version=done, text="x", by=staff)
    refused(
        "kept_here",
        record_evidence,
        neighbourhood=cast.home,
        kind="precondition_2",
        facts={"evidence": "x"},
        document="x",
        dated_on=today(),
        by=staff,
    )


def test_retired_doors_and_shops_are_asked_for_nothing(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff, needed_share=Decimal(1))
    shop = make_household(stairwell=cast.doors[0].stairwell, unit_number="底商", use="commercial")
    for door in cast.doors:
        sign(version, door, staff)
    refused("household_out_of_scope", sign_convention, **signature_of(version, shop), by=staff)
    cast.doors[3].retired_at = timezone.now()
    cast.doors[3].save(update_fields=["retired_at"])

    assert counts_of(version) == (3, 3)
    adopt_version(version=version, adopted_on=today(), by=staff)


def test_the_next_version_supersedes_the_one_in_force(cast: Cast, staff: User) -> None:
    first = adopted(cast.home, cast.doors[0], staff)
    before = latest_of(cast.home, "precondition_2")
    assert before is not None
    told = before.facts["evidence"]
    second = draft_version(convention=first.convention, text="一、轻声。", by=staff)
    assert counts_of(second) == (4, 0)
    yesterday = today() - timedelta(days=1)
    sign(second, cast.doors[1], staff, signed_on=yesterday)
    refused("day_out_of_order", adopt_version, version=second, adopted_on=yesterday, by=staff)

    adopt_version(version=second, adopted_on=today(), by=staff)

    first.refresh_from_db()
    assert (first.state, first.ended_on) == ("superseded", today())
    assert second.convention.versions.in_force().get() == second
    latest = latest_of(cast.home, "precondition_2")
    assert latest is not None
    assert latest.facts["evidence"] == told.replace("1", "2", 1)
    refused("version_ended", sign_convention, **signature_of(first, cast.doors[2]), by=staff)
    refused("version_ended", withdraw_version, version=first, reason="x", by=staff)
    refused("not_in_force", file_version, version=first, filed_on=today(), filed_with="街道办", by=staff)


def test_nothing_is_adopted_before_enough_had_signed(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff, needed_share=Decimal("0.5"))
    sign(version, cast.doors[0], staff, signed_on=today() - timedelta(days=3))
    sign(version, cast.doors[1], staff, signed_on=today() - timedelta(days=2))
    told = {"version": version, "by": staff}

    refused("day_out_of_order", adopt_version, adopted_on=today() - timedelta(days=3), **told)

    assert adopt_version(adopted_on=today() - timedelta(days=2), **told).state == "adopted"


def test_a_covenant_is_not_adopted_before_the_owners_decided(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff, "covenant")
    vote = covenant_vote(cast.home, staff, ends_on=today() - timedelta(days=2))
    told = {"version": version, "vote": vote, "by": staff}

    refused("day_out_of_order", adopt_version, adopted_on=today() - timedelta(days=3), **told)

    assert adopt_version(adopted_on=today() - timedelta(days=2), **told).vote == vote


def test_nothing_is_adopted_on_a_day_to_come(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff)
    sign(version, cast.doors[0], staff)

    refused("day_in_future", adopt_version, version=version, adopted_on=today() + timedelta(days=30), by=staff)


def test_a_text_that_is_signed_names_no_vote_of_the_owners(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff)
    sign(version, cast.doors[0], staff)
    told = {"version": version, "adopted_on": today(), "by": staff}

    refused("vote_does_not_fit", adopt_version, vote=covenant_vote(cast.home, staff), **told)

    assert adopt_version(**told).vote is None


def test_a_covenant_is_adopted_by_the_owners_vote_and_by_nothing_else(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff, "covenant")
    refused("adopted_by_vote", sign_convention, **signature_of(version, cast.doors[0]), by=staff)
    refused("vote_needed", adopt_version, version=version, adopted_on=today(), by=staff)
    told = {"version": version, "adopted_on": today(), "by": staff}
    refused("vote_does_not_fit", adopt_version, vote=a_vote(cast.home, staff, matter=1), **told)
    failed = covenant_vote(cast.home, staff, verdict="failed")
    refused("vote_does_not_fit", adopt_version, vote=failed, **told)
    fell = covenant_vote(cast.home, staff, rescinded_at=timezone.now())
    refused("vote_does_not_fit", adopt_version, vote=fell, **told)
    refused("other_neighbourhood", adopt_version, vote=covenant_vote(cast.next_door, staff), **told)
    vote = covenant_vote(cast.home, staff)

    done = adopt_version(vote=vote, **told)

    assert (done.state, done.vote) == ("adopted", vote)
    assert latest_of(cast.home, "precondition_2") is None
    share = Decimal("0.5")
    refused("adopted_by_vote", draft_version, convention=done.convention, text="x", needed_share=share, by=staff)


def test_a_stairwell_convention_asks_its_own_doors_and_meets_no_precondition(cast: Cast, staff: User) -> None:
    version = a_draft(
        cast.home, staff, "stairwell", stairwell=cast.doors[0].stairwell, title="楼道公约", needed_share=Decimal(1)
    )
    refused("household_out_of_scope", sign_convention, **signature_of(version, cast.doors[2]), by=staff)
    for door in cast.doors[:2]:
        sign(version, door, staff)

    adopt_version(version=version, adopted_on=today(), by=staff)

    assert latest_of(cast.home, "precondition_2") is None
    refused("nothing_to_file", file_version, version=version, filed_on=today(), filed_with="街道办", by=staff)


def test_what_is_in_force_is_filed(cast: Cast, staff: User) -> None:
    version = adopted(cast.home, cast.doors[0], staff)
    told = {"version": version, "filed_with": "示范街道办事处", "by": staff}
    refused("day_out_of_order", file_version, filed_on=today() - timedelta(days=1), **told)
    refused("day_in_future", file_version, filed_on=today() + timedelta(days=30), **told)

    filed = file_version(filed_on=today(), **told)

    assert (filed.filed_on, filed.filed_with) == (today(), "示范街道办事处")
    assert acts(version.convention)[-1] == "convention_filed"


def test_a_repealed_convention_meets_the_precondition_no_more(cast: Cast, staff: User) -> None:
    version = adopted(cast.home, cast.doors[0], staff)
    refused("reason_needed", withdraw_version, version=version, reason="  ", by=staff)

    done = withdraw_version(version=version, reason="街道要求重拟", by=staff)

    assert (done.state, done.ended_on, done.end_reason) == ("withdrawn", today(), "街道要求重拟")
    latest = latest_of(cast.home, "precondition_2")
    assert latest is not None
    assert (latest.revoked, latest.reason) == (True, "街道要求重拟")


def test_giving_up_a_draft_leaves_what_is_in_force(cast: Cast, staff: User) -> None:
    version = adopted(cast.home, cast.doors[0], staff)
    second = draft_version(convention=version.convention, text="一、轻声。", by=staff)

    withdraw_version(version=second, reason="不改了", by=staff)

    assert version.convention.versions.in_force().get() == version
    latest = latest_of(cast.home, "precondition_2")
    assert latest is not None
    assert not latest.revoked


# --- Signatures -------------------------------------------------------------------------------------


def test_a_household_signs_once_and_what_is_sent_twice_is_kept_once(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff)
    told = signature_of(version, cast.doors[0], form="thumbprint", respondent="family")

    made, is_new = sign_convention(**told, by=staff)
    again, is_new_again = sign_convention(**told, by=staff)

    assert (made, is_new, is_new_again) == (again, True, False)
    assert (made.signer, made.respondent, made.form, made.by) == ("周敏", "family", "thumbprint", staff)
    assert ConventionSignature.objects.count() == 1
    assert acts(made) == ["convention_signed"]
    change = Change.objects.get(resource="convention-signatures", object_id=made.pk)
    assert (change.action, change.grid) == ("created", cast.doors[0].grid)
    refused("signed_already", sign_convention, **{**told, "client_id": uuid4()}, by=staff)
    refused("client_id_reused", sign_convention, **{**told, "household": cast.doors[1]}, by=staff)
    late = {"client_id": uuid4(), "household": cast.doors[1], "signed_on": today() + timedelta(days=30)}
    refused("day_in_future", sign_convention, **{**told, **late}, by=staff)
    elsewhere = {"client_id": uuid4(), "household": cast.other_doors[0]}
    refused("household_out_of_scope", sign_convention, **{**told, **elsewhere}, by=staff)


def test_a_signature_taken_back_counts_no_more_and_the_household_may_sign_again(cast: Cast, staff: User) -> None:
    version = a_draft(cast.home, staff)
    signature = sign(version, cast.doors[0], staff)
    told = {"signature": signature, "by": staff}
    early = today() - timedelta(days=1)
    refused("day_out_of_order", withdraw_signature, signed_on=early, client_id=uuid4(), **told)
    key = uuid4()

    row, is_new = withdraw_signature(signed_on=today(), client_id=key, **told)

    assert withdraw_signature(signed_on=today(), client_id=key, **told) == (row, False)
    assert (is_new, row.withdraws, row.household, row.form) == (True, signature, cast.doors[0], "")
    assert counts_of(version) == (4, 0)
    refused("signature_withdrawn", withdraw_signature, signed_on=today(), client_id=uuid4(), **told)
    refused(
        "signature_withdrawn",
        withdraw_signature,
        signature=row,
        signed_on=today(),
        client_id=uuid4(),
        by=staff,
    )
    sign(version, cast.doors[0], staff)
    assert counts_of(version) == (4, 1)


def test_an_adopted_version_goes_on_gathering_signatures(cast: Cast, staff: User) -> None:
    version = adopted(cast.home, cast.doors[0], staff)

    sign(version, cast.doors[1], staff)
    version.refresh_from_db()

    assert (version.state, counts_of(version)) == ("adopted", (4, 2))


# --- What the database keeps ------------------------------------------------------------------------


def database_refuses(statement: str, *values: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_words_that_were_signed_or_adopted_are_frozen_in_the_database(cast: Cast, staff: User) -> None:
    table = "UPDATE governance_conventionversion SET "
    draft = a_draft(cast.home, staff)
    with connection.cursor() as cursor:
        cursor.execute(table + "text = 'x' WHERE id = %s", [draft.pk])
    sign(draft, cast.doors[0], staff)
    database_refuses(table + "text = 'y' WHERE id = %s", draft.pk)
    database_refuses(table + "digest = 'y' WHERE id = %s", draft.pk)
    adopt_version(version=draft, adopted_on=today(), by=staff)
    database_refuses(table + "adopted_on = '2026-01-01' WHERE id = %s", draft.pk)
    database_refuses(table + "state = 'draft', adopted_on = NULL WHERE id = %s", draft.pk)
    database_refuses("DELETE FROM governance_conventionversion WHERE id = %s", draft.pk)
    withdraw_version(version=draft, reason="x", by=staff)
    database_refuses(table + "state = 'adopted', ended_on = NULL, end_reason = '' WHERE id = %s", draft.pk)


def test_signatures_are_only_added_and_a_name_may_be_erased(cast: Cast, staff: User) -> None:
    signature = sign(a_draft(cast.home, staff), cast.doors[0], staff)
    table = "UPDATE governance_conventionsignature SET "
    database_refuses(table + "signer = '李四' WHERE id = %s", signature.pk)
    database_refuses(table + "signer = '', form = 'thumbprint' WHERE id = %s", signature.pk)
    database_refuses("DELETE FROM governance_conventionsignature WHERE id = %s", signature.pk)

    with connection.cursor() as cursor:
        cursor.execute(table + "signer = '' WHERE id = %s", [signature.pk])

    signature.refresh_from_db()
    assert signature.signer == ""


def test_the_database_wants_a_day_for_what_is_adopted_filed_or_over(home: Neighbourhood, staff: User) -> None:
    convention: Convention = a_convention(home, staff)
    day = date(2026, 1, 1)
    for number, fields in enumerate(
        (
            {"state": "adopted"},
            {"state": "superseded", "adopted_on": day},
            {"state": "withdrawn", "end_reason": "x"},
            {"state": "withdrawn", "ended_on": day},
            {"state": "withdrawn", "ended_on": day, "end_reason": "x", "filed_on": day, "filed_with": "x"},
            {"state": "adopted", "adopted_on": day, "filed_on": day},
            {"state": "adopted", "adopted_on": day, "needed_share": Decimal("1.5")},
        ),
        start=2,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            ConventionVersion.objects.create(convention=convention, number=number, text="x", digest="x", **fields)


# --- Who has not signed -----------------------------------------------------------------------------


def test_officials_are_told_of_no_few_households(cast: Cast, staff: User, district_official: User) -> None:
    version = a_draft(cast.home, staff)
    sign(version, cast.doors[0], staff)

    told, shown = signing_of(version, staff), signing_of(version, district_official)

    assert (told.signed, told.households, told.lacking, told.is_enough) == (1, 4, 0, True)
    assert [(row.group.number, row.group.signed) for row in told.buildings] == [("1", 1), ("2", 0)]
    assert (shown.signed, shown.is_enough, [row.group.signed for row in shown.buildings]) == (None, None, [None])


def test_a_grid_worker_reads_the_doors_of_the_grid_and_totals_beyond(
    cast: Cast, staff: User, grid_worker: User
) -> None:
    stairwell = make_stairwell(building=make_building(neighbourhood=cast.home, number="3", grid=cast.doors[2].grid))
    for unit in range(101, 108):
        make_household(stairwell=stairwell, unit_number=str(unit))
    version = a_draft(cast.home, staff)
    mine, beyond = sign(version, cast.doors[0], staff), sign(version, cast.doors[2], staff)

    seen = ConventionSignature.objects.visible_to(grid_worker)

    assert set(ConventionSignature.objects.visible_to(staff)) == {mine, beyond}
    assert list(seen) == [mine]
    rows = signing_of(version, grid_worker).buildings
    assert [(row.group.number, row.group.households, row.group.signed) for row in rows] == [("", 11, 2)]
    assert not ConventionSignature.objects.visible_to(make_user(None, username="nobody")).exists()
