"""Receipts, and proofs from stored rows."""

from __future__ import annotations

import pytest

from consent.models import VisitPrivateData
from consent.reports.tree import consistency_proof, inclusion_proof, stored_leaves
from consent.rules.heads import head_bytes
from consent.rules.leaves import door_hash, leaf_bytes, private_hash
from consent.rules.merkle import EMPTY_ROOT, leaf_hash, root_of, verify_consistency, verify_inclusion
from consent.services import signing
from consent.services.tree import receipt_for
from tests.consent.walked_survey import Walked, open_walked, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def walked() -> Walked:
    walked = open_walked()
    walk(walked)
    return walked


def code_of(walked: Walked, sequence: int) -> str:
    code = walked.survey.visits.get(sequence=sequence).private.receipt_code
    assert code
    return code


def test_leaves_made_from_rows_hash_to_what_was_stored(walked):
    stored = list(stored_leaves(walked.survey))

    assert [leaf_hash(leaf_bytes(each.leaf)) for each in stored] == [each.leaf_hash for each in stored]
    assert root_of(each.leaf_hash for each in stored) == bytes(walked.survey.root_hash)


def test_every_visit_can_be_proved_at_every_size(walked):
    roots = [consistency_proof(walked.survey, size, size).first_root for size in range(walked.survey.tree_size + 1)]

    for size in range(1, walked.survey.tree_size + 1):
        for sequence in range(size):
            proof = inclusion_proof(walked.survey, sequence, size)
            assert verify_inclusion(proof.leaf_hash, sequence, size, proof.nodes, roots[size])


def test_every_size_is_the_beginning_of_every_larger_one(walked):
    for second in range(walked.survey.tree_size + 1):
        for first in range(second + 1):
            proof = consistency_proof(walked.survey, first, second)
            assert verify_consistency(first, second, proof.first_root, proof.second_root, proof.nodes)
    assert consistency_proof(walked.survey, 0, 0).first_root == EMPTY_ROOT


def test_there_is_no_proof_beyond_the_ledger(walked):
    with pytest.raises(IndexError):
        inclusion_proof(walked.survey, 0, walked.survey.tree_size + 1)
    with pytest.raises(IndexError):
        inclusion_proof(walked.survey, 3, 3)
    with pytest.raises(IndexError):
        consistency_proof(walked.survey, 3, 2)


def test_a_receipt_opens_and_proves_its_visit(walked):
    receipt = receipt_for(code_of(walked, 2))

    assert (receipt.leaf.sequence, receipt.leaf.outcome, receipt.note) == (2, "not_yet", "问每户出多少钱")
    assert receipt.household == walked.households[2].pk
    assert door_hash(receipt.door_salt, receipt.household) == receipt.leaf.door
    assert private_hash(receipt.private_salt, receipt.note, None, receipt.privacy_notice) == receipt.leaf.private
    assert receipt.proof.root_hash == receipt.head.head.root_hash == bytes(walked.survey.root_hash)
    signing.signing_key().public_key().verify(receipt.head.signature, head_bytes(receipt.head.head))


def test_a_receipt_for_a_signature_shows_its_hash_only(walked):
    receipt = receipt_for(code_of(walked, 0))

    assert receipt.signature_sha256 is not None
    assert (
        private_hash(receipt.private_salt, "", receipt.signature_sha256.hex(), receipt.privacy_notice)
        == receipt.leaf.private
    )


def test_a_code_may_be_written_as_people_write_it(walked):
    code = code_of(walked, 0)
    written = f" {code[:4]}-{code[4:]}".lower().replace("0", "o").replace("1", "l")

    assert receipt_for(written).leaf.sequence == 0


@pytest.mark.parametrize("code", ["", "ABCDEF", "\x00", "'; --", "九" * 12, "A" * 5000])
def test_a_code_that_nobody_has_gives_nothing(walked, code):
    assert receipt_for(code) is None


def test_with_its_data_erased_a_visit_has_no_receipt_and_still_its_proof(walked):
    code = code_of(walked, 2)
    now = walked.at
    VisitPrivateData.objects.filter(receipt_code=code).update(
        salt=None, note="", privacy_notice="", content_digest=None, receipt_code=None, erased_at=now
    )

    assert receipt_for(code) is None
    proof = inclusion_proof(walked.survey, 2, walked.survey.tree_size)
    assert verify_inclusion(proof.leaf_hash, 2, proof.size, proof.nodes, bytes(walked.survey.root_hash))


def test_with_the_doors_salt_erased_a_visit_has_no_receipt(walked):
    code = code_of(walked, 2)
    walked.survey.doors.filter(household=walked.households[2]).update(door_salt=None)

    assert receipt_for(code) is None


def test_a_receipt_costs_the_same_whatever_the_ledgers_length(walked, django_assert_num_queries):
    code = code_of(walked, 0)

    with django_assert_num_queries(3):
        receipt_for(code)
    walked.record(*(walked.visit(2, "no_answer") for _ in range(10)))
    with django_assert_num_queries(3):
        receipt_for(code)
