"""The public check of receipt codes, and what a household says against its entry."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.choices import Role
from accounts.models import Change, HistoryEntry
from accounts.services import rate_counts
from common.figures import hash_text
from consent.errors import ContestAnswered, ContestedEnough, ContestOpen, NotCorrected
from consent.models import OwnersVote, ReceiptContest, TreeHead, Visit, VisitPrivateData
from consent.rules.heads import Head, SignedHead, head_bytes
from consent.services import signing
from consent.services.ballot_checks import check_ballot
from consent.services.checks import check_answer
from consent.services.contests import MOST_CONTESTS, answer_contest, contest_receipt, phone_of
from consent.services.signing import publish_head
from consent.services.tree import receipt_for
from tests.consent.vote_casts import delivered, make_vote, record, returned
from tests.consent.walked_survey import Walked, open_walked, walk, withdraw
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db

NOBODYS = "0" * 12
VERIFIER = Path(__file__).parents[2] / "tools/verify_receipt.py"


@pytest.fixture
def walked() -> Walked:
    walked = open_walked()
    walk(walked)
    return walked


@pytest.fixture
def visitor(client):
    rate_counts.forget_here()
    client.cookies["django_language"] = "en"
    return client


def code_of(walked: Walked, sequence: int) -> str:
    code = walked.survey.visits.get(sequence=sequence).private.receipt_code
    assert code
    return code


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def shown(answer: Any, testid: str) -> str:
    found = re.search(rf'data-testid="{testid}"([^>]*)>', answer.content.decode())
    return found.group(1) if found else ""


# --- What stands behind a code ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sequence", "standing", "supports"),
    [
        (0, "counts", True),
        (1, "corrected", False),  # spoken, corrected by the signed one
        (2, "overtaken", False),  # not yet, then a thumbprint
        (3, "no_answer", False),  # vacant
        (5, "counts", True),
    ],
)
def test_a_code_says_what_its_entry_is_to_the_count(walked, sequence, standing, supports):
    checked = check_answer(code_of(walked, sequence))

    assert (checked.leaf.sequence, checked.standing, checked.supports) == (sequence, standing, supports)
    assert checked.proved.holds


def test_an_entry_is_proved_against_the_largest_head_that_was_published(walked):
    published = publish_head(walked.survey)
    walked.record(walked.visit(4, "supports"))

    before, after = check_answer(code_of(walked, 0)), check_answer(code_of(walked, walked.survey.tree_size - 1))

    assert (before.proved.head.head.size, before.proved.published_at) == (published.size, published.published_at)
    assert before.proved.head.head.root_hash == before.proved.proof.root_hash == bytes(published.root_hash)
    assert (after.proved.head.head.size, after.proved.published_at) == (walked.survey.tree_size, None)
    assert before.proved.holds
    assert after.proved.holds
    signing.signing_key().public_key().verify(before.proved.head.signature, head_bytes(before.proved.head.head))


def test_an_entry_that_was_changed_behind_our_back_does_not_hold(walked, visitor, monkeypatch):
    publish_head(walked.survey)
    found = check_answer(code_of(walked, 0))
    forged = Head(
        found.proved.head.head.ledger, found.proved.head.head.size, b"\0" * 32, found.proved.head.head.timestamp
    )
    monkeypatch.setattr("consent.services.checks._signed", lambda *_: SignedHead(forged, found.proved.head.key_id, b""))

    assert check_answer(code_of(walked, 0)).proved.holds is False
    told = visitor.post(reverse("check"), {"code": code_of(walked, 0)}).content.decode()
    assert f'data-testid="root-hash">{hash_text(forged.root_hash)}<' in told, "The root that was signed."


def test_the_file_has_nothing_that_says_whose_it_is(walked):
    receipt = receipt_for(code_of(walked, 2))
    content = json.dumps(check_answer(code_of(walked, 2)).as_json(), ensure_ascii=False)

    assert receipt.note
    assert set(json.loads(content)) == {"format", "leaf", "proof", "head", "key"}
    for secret in (receipt.note, receipt.door_salt.hex(), receipt.private_salt.hex(), f'"{receipt.household}"'):
        assert secret not in content


def test_a_check_costs_the_same_whatever_the_ledgers_length(walked, django_assert_num_queries):
    code = code_of(walked, 0)

    with django_assert_num_queries(7):
        check_answer(code)
    walked.record(*(walked.visit(2, "no_answer") for _ in range(10)))
    with django_assert_num_queries(7):
        check_answer(code)


# --- The page ---------------------------------------------------------------------------------------


def test_the_page_tells_the_answer_and_not_the_household(walked, visitor):
    walked.close()
    household = walked.households[2]
    answer = visitor.post(reverse("check"), {"code": code_of(walked, 2)})
    said = text(answer)

    assert answer.status_code == 200
    assert 'data-found="true"' in shown(answer, "check-result")
    assert "A later answer of the same household counts in its place." in said
    assert "published" in said
    assert walked.survey.neighbourhood.name in said
    for secret in (household.head_name, household.unit_number, "问每户出多少钱", *household.phones):
        assert not secret or secret not in answer.content.decode()
    assert answer["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize("code", [NOBODYS, "九", "'; --", "A" * 40, "\x00"])
def test_a_code_that_nobody_has_is_answered_like_any_other(walked, visitor, code):
    known, unknown = (visitor.post(reverse("check"), {"code": each}) for each in (code_of(walked, 0), code))

    assert (known.status_code, unknown.status_code) == (200, 200)
    if 'data-testid="check-result"' in unknown.content.decode():  # else the field says that it is no text
        assert 'data-found="false"' in shown(unknown, "check-result")
        assert "There is no entry under this code." in text(unknown)


def test_codes_never_stand_in_an_address(walked, visitor):
    answer = visitor.get(reverse("check"), {"code": code_of(walked, 0)})

    assert 'data-testid="check-result"' not in answer.content.decode()


def test_too_many_questions_are_put_off(walked, visitor, settings):
    settings.API_REQUESTS_PER_MINUTE = {**settings.API_REQUESTS_PER_MINUTE, "visitor": 2}
    answers = [visitor.post(reverse("check"), {"code": NOBODYS}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert visitor.get(reverse("check")).status_code == 200


def test_the_file_is_handed_out_for_the_code(walked, visitor):
    answer = visitor.post(reverse("check_file"), {"code": code_of(walked, 0)})
    none = visitor.post(reverse("check_file"), {"code": NOBODYS})

    assert answer["Content-Disposition"] == 'attachment; filename="receipt-0.json"'
    assert answer.json() == check_answer(code_of(walked, 0)).as_json()
    assert (none.status_code, none["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("name", ["check_contest", "check_file"])
def test_who_only_follows_an_address_is_asked_for_the_code(visitor, name):
    answer = visitor.get(reverse(name))

    assert (answer.status_code, answer.url) == (302, reverse("check"))
    assert visitor.put(reverse(name)).status_code == 405


def test_the_receipt_of_a_ballot_is_checked_in_the_same_place(visitor, tmp_path):
    vote, owners, by = make_vote()
    first, second = returned(owners[0]), returned(owners[1], "disagree")
    corrected = returned(owners[1], "agree", supersedes=second.client_id)
    codes = [answer.receipt_code for answer in record(vote, by, first, second, corrected, delivered(owners[2])).answers]
    publish_head(OwnersVote.objects.get(pk=vote.pk))

    found = [check_ballot(code) for code in codes]
    said = visitor.post(reverse("check"), {"code": codes[1]})
    file = visitor.post(reverse("check_file"), {"code": codes[0]})

    assert [(one.standing, one.proved.holds) for one in found] == [
        ("counts", True),
        ("corrected", True),
        ("counts", True),
        ("no_answer", True),
    ]
    assert 'data-standing="corrected"' in shown(said, "check-standing")
    assert "by entry no. 2. It says: Agree" in text(said)
    assert 'data-testid="contest-submit"' not in said.content.decode()
    for secret in (owners[1].name, f'"{owners[1].pk}"'):
        assert secret not in said.content.decode()
    kept = tmp_path / "receipt.json"
    kept.write_bytes(file.content)
    ran = subprocess.run([sys.executable, "-I", str(VERIFIER), str(kept)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[1].startswith("receipt   ballot 0, 'agree', recorded at ")


# --- To contest -------------------------------------------------------------------------------------


def visit_of(walked: Walked, sequence: int) -> Visit:
    return walked.survey.visits.select_related("survey__neighbourhood").get(sequence=sequence)


def test_a_household_contests_and_the_correction_is_seen_by_everybody_with_the_code(walked, visitor):
    code, wrong = code_of(walked, 0), visit_of(walked, 0)

    said = visitor.post(reverse("check_contest"), {"code": code, "text": "我说的是再想想", "phone": "13812342071"})
    contest = ReceiptContest.objects.get()
    assert "The community has it now." in text(said)
    assert (contest.visit, contest.state, phone_of(contest)) == (wrong, "open", "13812342071")
    assert b"13812342071" not in bytes(contest.phone)
    assert HistoryEntry.objects.get(act="receipt_contested").details == {"sequence": 0}

    with pytest.raises(NotCorrected):
        answer_contest(contest=contest, state="corrected", answer="已更正", by=walked.staff)
    walked.at = contest.raised_at
    walked.record(walked.visit(0, "not_yet", supersedes=wrong.client_id))
    answer_contest(contest=contest, state="corrected", answer="已按您说的更正", by=walked.staff)

    contest.refresh_from_db()
    assert (contest.state, contest.phone, contest.correction.sequence) == ("corrected", None, 9)
    again = visitor.post(reverse("check"), {"code": code})
    assert 'data-standing="corrected"' in shown(again, "check-standing")
    assert "by entry no. 9. It says: Not yet." in text(again)
    assert "已按您说的更正" in text(again)
    assert "13812342071" not in again.content.decode()
    assert "In this survey 1 entry was contested: 1 corrected, 0 stand as recorded, 0 open." in text(again)
    assert check_answer(code).proved.holds, "The former answer is kept, and still proved."


def test_after_the_closing_a_later_answer_out_of_round_is_the_correction(walked, visitor):
    walked.close()
    contest = contest_receipt(visit=visit_of(walked, 0), text="不是这样", at=walked.at)
    withdraw(walked)

    answered = answer_contest(contest=contest, state="corrected", answer="已记录", by=walked.staff)

    assert answered.correction == walked.survey.visits.order_by("-sequence").first()
    assert check_answer(code_of(walked, 0)).standing == "overtaken"
    told = visitor.post(reverse("check"), {"code": code_of(walked, 0)})
    assert "by entry no. 9. It says: Opposes." in text(told)


def test_with_its_answer_a_head_is_published_that_covers_the_correction(walked):
    walked.close()
    contest = contest_receipt(visit=visit_of(walked, 0), text="不是这样", at=walked.at)
    withdraw(walked)
    late = code_of(walked, 9)
    assert check_answer(late).proved.published_at is None

    answered = answer_contest(contest=contest, state="corrected", answer="已记录", by=walked.staff)

    proved = check_answer(late).proved
    assert (proved.head.head.size, proved.published_at, proved.holds) == (10, answered.answered_at, True)


def test_a_late_answer_of_an_earlier_visit_changes_nothing_and_is_no_correction(walked):
    walked.close()
    wrong = visit_of(walked, 0)
    contest = contest_receipt(visit=wrong, text="不是这样", at=walked.at)
    before = wrong.visited_at - timedelta(minutes=1)
    walked.record(walked.visit(0, "opposes", out_of_round=True, note="补录", party=("community",), visited_at=before))

    with pytest.raises(NotCorrected):
        answer_contest(contest=contest, state="corrected", answer="已记录", by=walked.staff)

    assert check_answer(code_of(walked, 0)).standing == "counts"
    assert not TreeHead.objects.filter(size=10).exists()


def test_what_was_recorded_before_the_contest_does_not_correct_it(walked):
    first = visit_of(walked, 1)
    contest = contest_receipt(visit=first, text="不是这样", at=walked.at + timedelta(minutes=1))

    with pytest.raises(NotCorrected):
        answer_contest(contest=contest, state="corrected", answer="已更正", by=walked.staff)
    again = walked.survey.visits.get(supersedes=first)
    walked.record(walked.visit(1, "not_yet", supersedes=again.client_id))

    answered = answer_contest(contest=contest, state="corrected", answer="已更正", by=walked.staff)
    assert answered.correction.sequence == 9


def test_what_a_household_said_is_erased_with_the_data_of_its_visit_and_never_rewritten(walked):
    answered, waiting = (
        contest_receipt(visit=visit_of(walked, door), text="我叫王某", phone="0717-6123456") for door in (0, 2)
    )
    answer_contest(contest=answered, state="stands", answer="签字表在此", by=walked.staff)
    both = ReceiptContest.objects.filter(pk__in=[answered.pk, waiting.pk])
    for change in ({"text": "我同意"}, {"text": "", "answer": "别的"}, {"version": 9}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            both.filter(pk=answered.pk).update(**change)

    VisitPrivateData.objects.filter(visit__in=both.values("visit")).update(
        salt=None, note="", content_digest=None, receipt_code=None, erased_at=walked.at
    )

    assert list(both.order_by("pk").values_list("text", "phone", "state", "answer", "version")) == [
        ("", None, "stands", "签字表在此", 3),
        ("", None, "open", "", 2),
    ]
    assert answer_contest(contest=waiting, state="stands", answer="签字表在此", by=walked.staff).state == "stands"


def test_a_correction_at_another_door_does_not_tell_what_was_said_there(walked):
    wrong = visit_of(walked, 0)
    walked.record(walked.visit(4, "opposes", supersedes=wrong.client_id))

    (later,) = check_answer(code_of(walked, 0)).corrections

    assert (later.sequence, later.visit) == (9, None)


def test_one_contest_waits_at_a_time_and_not_without_end(walked):
    visit = visit_of(walked, 0)
    for _ in range(MOST_CONTESTS):
        contest = contest_receipt(visit=visit, text="不是这样")
        with pytest.raises(ContestOpen):
            contest_receipt(visit=visit, text="再说一次")
        answer_contest(contest=contest, state="stands", answer="签字表在此", by=walked.staff)
        with pytest.raises(ContestAnswered):
            answer_contest(contest=contest, state="stands", answer="再答", by=walked.staff)

    with pytest.raises(ContestedEnough):
        contest_receipt(visit=visit, text="不是这样")


def test_a_contest_needs_a_code_that_somebody_has_and_words(walked, visitor):
    code = code_of(walked, 0)
    posts = [
        ({"code": NOBODYS, "text": "x"}, 200),
        ({"code": code, "text": " "}, 400),
        ({"code": code, "text": "x", "phone": "call me"}, 400),
        ({"text": "x"}, 200),
    ]

    assert [visitor.post(reverse("check_contest"), body).status_code for body, _status in posts] == [
        status for _body, status in posts
    ]
    assert not ReceiptContest.objects.exists()
    assert not Change.objects.filter(resource="receipt-contests").exists()
    assert not TreeHead.objects.exists()


# --- The community ----------------------------------------------------------------------------------


def test_the_community_reads_and_answers_below_the_survey(walked, visitor):
    contest = contest_receipt(visit=visit_of(walked, 0), text="我没有同意", phone="0717-6123456")
    page = reverse("survey_contests", args=[walked.survey.pk])
    visitor.force_login(walked.staff)
    visitor.cookies["django_language"] = "en"

    assert "1 household contests what was recorded" in text(visitor.get(reverse("survey", args=[walked.survey.pk])))
    assert all(word in text(visitor.get(page)) for word in ("我没有同意", "0717-6123456", "1 contested answer waits"))
    early = visitor.post(page, {"contest": contest.pk, "state": "corrected", "answer": "已更正"})
    assert (early.status_code, "The ledger holds no correction of entry no. 0 yet." in text(early)) == (409, True)
    done = visitor.post(page, {"contest": contest.pk, "state": "stands", "answer": "签字表上是您的签名"})
    assert (done.status_code, done.url) == (302, page)
    assert "0717-6123456" not in text(visitor.get(page))


def test_nobody_else_sees_them(walked, visitor):
    contest_receipt(visit=visit_of(walked, 0), text="我没有同意")
    page = reverse("survey_contests", args=[walked.survey.pk])
    grid, official, elsewhere = (
        make_user(Role.GRID_WORKER, f"{COMMUNITY}001"),
        make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]),
        make_user(Role.COMMUNITY_STAFF, "420503001001"),
    )
    statuses = []
    for user in (grid, official, elsewhere):
        visitor.force_login(user)
        statuses.append(visitor.get(page).status_code)
        assert not ReceiptContest.objects.visible_to(user).exists()

    assert statuses == [403, 403, 404]
    assert ReceiptContest.objects.visible_to(walked.staff).count() == 1


def test_integrators_read_and_answer_them(walked, visitor):
    contest = contest_receipt(visit=visit_of(walked, 0), text="我没有同意", at=walked.at + timedelta(minutes=1))
    visitor.force_login(walked.staff)

    listed = visitor.get("/api/v1/receipt-contests/", {"survey": walked.survey.pk, "state": "open"}).json()["results"]
    address = f"/api/v1/receipt-contests/{contest.pk}/"
    early = visitor.post(f"{address}answer/", {"state": "corrected", "answer": "x"}, content_type="application/json")
    wrong = visitor.post(f"{address}answer/", {"state": "open", "answer": "x"}, content_type="application/json")
    done = visitor.post(f"{address}answer/", {"state": "stands", "answer": "x"}, content_type="application/json")

    assert [(one["sequence"], one["household"], one["state"]) for one in listed] == [
        (0, walked.households[0].pk, "open")
    ]
    assert (early.status_code, early.json()["code"], early.json()["sequence"]) == (409, "not_corrected", 0)
    assert wrong.status_code == 400
    assert (done.status_code, done.json()["state"], done.json()["phone"]) == (200, "stands", "")
    assert visitor.get("/api/v1/receipt-contests/", {"nonsense": 1}).status_code == 400
    assert visitor.post("/api/v1/receipt-contests/", {}, content_type="application/json").status_code == 405
