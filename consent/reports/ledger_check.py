"""Whether a survey's ledger is what it was: rows, leaves, hashes, tree, heads and result held against each other.

The triggers refuse changes; this finds what was changed by somebody who could switch them off.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from consent.models import Survey, TreeHead, VisitPrivateData
from consent.reports.heads import fault_of_signature
from consent.reports.results import result_as_of
from consent.reports.tree import stored_leaves
from consent.rules import merkle
from consent.rules.leaves import SALT_SIZE, Leaf, door_hash, leaf_bytes, private_hash


def faults_of(survey: Survey) -> Iterator[str]:
    """What is wrong with the ledger of a survey, in words; nothing if it holds.

    Hold the survey's lock, or visits that come in meanwhile are taken for faults.
    """
    leaves: list[Leaf] = []
    edge = merkle.Edge()
    heads = {head.size: head for head in survey.heads.order_by("size")}
    yield from _head_faults(survey, heads.get(0), edge, survey.opened_at)
    before = survey.opened_at
    for stored in stored_leaves(survey):
        leaf, number = stored.leaf, {"number": stored.leaf.sequence}
        if leaf.sequence != edge.size:
            yield _("Visit %(expected)s is missing: visit %(number)s follows.") % {**number, "expected": edge.size}
            return
        if merkle.leaf_hash(leaf_bytes(leaf)) != stored.leaf_hash:
            yield _("Visit %(number)s is not what was hashed when it was recorded.") % number
        if leaf.recorded_at < before:
            yield _("Visit %(number)s was recorded before the one ahead of it.") % number
        if leaf.supersedes is not None and leaf.supersedes >= leaf.sequence:
            yield _("Visit %(number)s corrects no earlier visit.") % number
        before = leaf.recorded_at
        edge = edge.extended([stored.leaf_hash])
        leaves.append(leaf)
        yield from _head_faults(survey, heads.get(edge.size), edge, before)
    if edge.size != survey.tree_size:
        figures = {"size": survey.tree_size, "count": edge.size}
        yield _("The tree has %(size)s visits, the ledger %(count)s.") % figures
    elif edge.root() != bytes(survey.root_hash):
        yield _("The root hash is not that of the visits.")
    elif list(edge.roots) != [bytes(root) for root in survey.tree_edge]:
        yield _("The tree's edge is not that of the visits.")
    elif leaves and survey.last_recorded_at != before:
        yield _("The time of the last visit is not the tree's.")
    for size in heads:
        if size > edge.size:
            yield _("The head of size %(size)s covers visits that are not there.") % {"size": size}
    yield from _door_faults(survey, leaves)
    yield from _private_faults(survey, leaves)
    yield from _closing_faults(survey, heads)


def _head_faults(survey: Survey, head: TreeHead | None, edge: merkle.Edge, timestamp: object) -> Iterator[str]:
    if head is None:
        return
    size = {"size": head.size}
    if bytes(head.root_hash) != edge.root():
        yield _("The head of size %(size)s has another root than the visits.") % size
    if head.timestamp != timestamp:
        yield _("The head of size %(size)s has not the time of its last visit.") % size
    yield from fault_of_signature(survey.ledger, head)


def _door_faults(survey: Survey, leaves: list[Leaf]) -> Iterator[str]:
    """Doors whose hash is not that of their household, where the salt is still there."""
    doors = set()
    for household, salt, stored in survey.doors.order_by("pk").values_list("household_id", "door_salt", "door_hash"):
        doors.add(bytes(stored))
        if salt is None:
            continue
        if len(salt) != SALT_SIZE or door_hash(bytes(salt), household) != bytes(stored):
            yield _("The door of household %(household)s has another hash than its household.") % {
                "household": household
            }
    for leaf in leaves:
        if leaf.door not in doors:
            yield _("Visit %(number)s is of a door that is not on the roll.") % {"number": leaf.sequence}


def _private_faults(survey: Survey, leaves: list[Leaf]) -> Iterator[str]:
    """Notes and signatures that are not those recorded, where they were not erased."""
    rows = VisitPrivateData.objects.filter(visit__survey=survey, salt__isnull=False)
    for sequence, salt, note, signature, privacy_notice in rows.values_list(
        "visit__sequence", "salt", "note", "signature_sha256", "privacy_notice"
    ).iterator(2000):
        digest = bytes(signature).hex() if signature is not None else None
        salt = bytes(salt or b"")
        if len(salt) != SALT_SIZE or private_hash(salt, note, digest, privacy_notice) != leaves[sequence].private:
            yield _("The note or signature of visit %(number)s is not what was recorded.") % {"number": sequence}


def _closing_faults(survey: Survey, heads: dict[int, TreeHead]) -> Iterator[str]:
    """The result that was fixed against what roll, policy and visits gave then."""
    if survey.closed_at is None or survey.result is None:
        return
    counted = result_as_of(survey, survey.closed_at)
    for name, value in counted.headline().items():
        if survey.result[name] != value:
            figures = {"name": name, "fixed": survey.result[name], "counted": value}
            yield _("The result says %(name)s %(fixed)s, the visits give %(counted)s.") % figures
    size = survey.visits.filter(recorded_at__lte=survey.closed_at).count()
    if size not in heads:
        yield _("No head of size %(size)s was published when the survey closed.") % {"size": size}
