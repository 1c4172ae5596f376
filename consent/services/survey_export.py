"""The signed file of a closed survey, which a stranger can check (docs/ledger.md, "The survey file")."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.choices import AmendmentAction
from consent.errors import SurveyNotClosed
from consent.models import Survey
from consent.reports.tree import stored_leaves
from consent.rules.canonical import canonical_bytes, utc_text
from consent.rules.heads import FILE_FORMAT, file_bytes, signed_head_object
from consent.rules.leaves import leaf_object
from consent.services.signing import head_of, public_key, published_heads, sign_head, signing_key
from consent.services.tree import earlier_keys, key_object

FIXED = (
    "households",
    "excluded",
    "visited",
    "supports",
    "visit_rate",
    "support_rate",
    "pass_share",
    "missing",
    "verdict",
)
"""Members of the result that stand in the file as they were fixed."""


def survey_file(*, survey: Survey, at: datetime | None = None) -> bytes:
    """The file's bytes, signed now: every visit that this object's ledger has, those after the closing included.

    Writes nothing. Raises SurveyNotClosed while the survey is open: its doors are still being visited.
    """
    if survey.is_open or survey.closed_at is None:
        raise SurveyNotClosed(_("The survey is still open. Its file can be made once it is closed."))
    size = survey.tree_size
    heads = [head for head in published_heads(survey) if head.head.size <= size]
    if not heads or heads[-1].head.size < size:
        heads.append(sign_head(head_of(survey)))
    neighbourhood = survey.neighbourhood
    content: dict[str, Any] = {
        "format": FILE_FORMAT,
        "exported_at": utc_text(at or timezone.now()),
        "survey": {
            "id": survey.pk,
            "ledger": survey.ledger.hex,
            "number": survey.number,
            "title": survey.title,
            "neighbourhood": {"code": neighbourhood.code, "name": neighbourhood.name},
            "opened_at": utc_text(survey.opened_at),
            "closed_at": utc_text(survey.closed_at),
            "verdict": survey.verdict,
        },
        "policy": {
            "pass_share": str(survey.pass_share),
            "count_vacant": survey.count_vacant,
            "count_verbal": survey.count_verbal,
        },
        "roll": _roll(survey),
        "leaves": [leaf_object(stored.leaf) for stored in stored_leaves(survey, sequence__lt=size)],
        "photos": [
            {"sequence": sequence, "sha256": bytes(digest).hex(), "recorded_at": utc_text(recorded_at)}
            for sequence, digest, recorded_at in survey.photos.filter(visit__sequence__lt=size)
            .order_by("recorded_at", "pk")
            .values_list("visit__sequence", "sha256", "recorded_at")
        ],
        "heads": [signed_head_object(head) for head in heads],
        "result": _result(survey),
        "key": key_object(public_key()),
        "earlier_keys": earlier_keys(heads),
    }
    return canonical_bytes({**content, "signature": signing_key().sign(file_bytes(content)).hex()})


def _roll(survey: Survey) -> dict[str, Any]:
    """The doors that were on the roll when it opened: all but those that an amendment brought."""
    amendments = list(survey.roll_amendments.order_by("pk").values_list("at", "action", "door_id", "door__door_hash"))
    first_action: dict[int, str] = {}
    for _at, action, door, _hash in amendments:
        first_action.setdefault(door, action)
    added = [door for door, action in first_action.items() if action == AmendmentAction.ADD]
    doors = survey.doors.exclude(pk__in=added).values_list("door_hash", flat=True)
    hashes = sorted(bytes(door).hex() for door in doors)
    return {
        "size": len(hashes),
        "doors": hashes,
        "amendments": [
            {"at": utc_text(at), "action": action, "door": bytes(door_hash).hex()}
            for at, action, _door, door_hash in amendments
        ],
    }


def _result(survey: Survey) -> dict[str, Any]:
    """What was fixed at the closing, as far as roll, policy and leaves give it; nothing is counted anew here."""
    fixed: dict[str, Any] = survey.result or {}
    return {
        **{name: fixed[name] for name in FIXED},
        "by_round": {
            str(each["round"] or "out_of_round"): each["supports"] for each in fixed["by_round"] if each["supports"]
        },
        "commitments": {name: each["count"] for name, each in fixed["commitments"].items() if each["count"]},
        "menu_items": {code: count for code, count in fixed["menu_items"].items() if count},
    }
