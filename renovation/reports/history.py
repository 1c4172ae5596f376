"""The whole history of a neighbourhood as one line: its stage changes, evidence and overrides."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from renovation.models import Evidence, GuardOverride, Neighbourhood, StageChange

_ROW: dict[str, Any] = {
    "from_stage": None,
    "to_stage": None,
    "evidence": None,
    "guard": None,
    "document": "",
    "dated_on": None,
    "revoked": False,
    "reason": "",
    "figures": {},
}


def history_of(neighbourhood: Neighbourhood, caller: Any) -> list[dict[str, Any]]:
    """Every stage change, piece of evidence and override that the caller may see, oldest first. Three queries."""
    here = {"neighbourhood": neighbourhood}
    changes = StageChange.objects.visible_to(caller).filter(**here).select_related("by")
    evidence = Evidence.objects.visible_to(caller).filter(**here).select_related("by")
    overrides = GuardOverride.objects.visible_to(caller).filter(**here).select_related("requested_by", "confirmed_by")
    rows = [*map(_of_change, changes), *map(_of_evidence, evidence)]
    rows += [row for override in overrides for row in _of_override(override)]
    rows.sort(key=lambda row: (row["at"], row["kind"], row["number"]))
    return rows


def folded(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The history with each run of figures that a module told one after the other as its last row, which says in `run`
    how many there were; for people. `rows` in their order, or newest first.
    """
    runs = [list(run) for _key, run in groupby(rows, key=_run_of)]
    return [max(run, key=lambda row: row["number"]) | {"run": len(run)} for run in runs]


def _run_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """What makes rows one run: the same kind of evidence, pushed. Anything else stands for itself."""
    pushed = row["kind"] == "evidence" and not row["document"] and not row["revoked"]
    return ("pushed", row["evidence"]) if pushed else ("single", row["id"])


def _of_change(change: StageChange) -> dict[str, Any]:
    return _ROW | {
        "id": f"stage_change-{change.pk}",
        "kind": "stage_change",
        "number": change.pk,
        "at": change.at,
        "by": change.by and str(change.by),
        "reason": change.reason,
        "from_stage": change.from_stage or None,
        "to_stage": change.to_stage,
        "figures": change.figures,
    }


def _of_evidence(evidence: Evidence) -> dict[str, Any]:
    return _ROW | {
        "id": f"evidence-{evidence.pk}",
        "kind": "evidence",
        "number": evidence.pk,
        "at": evidence.at,
        "by": evidence.by and str(evidence.by),
        "reason": evidence.reason,
        "evidence": evidence.kind,
        "document": evidence.document,
        "dated_on": evidence.dated_on,
        "revoked": evidence.revoked,
        "figures": evidence.facts,
    }


def _of_override(override: GuardOverride) -> Iterator[dict[str, Any]]:
    """Two rows: that it was asked for, and that it was confirmed."""
    told = _ROW | {
        "number": override.pk,
        "reason": override.reason,
        "document": override.document,
        "to_stage": override.to_stage,
        "guard": override.guard,
    }
    yield told | {
        "id": f"override_requested-{override.pk}",
        "kind": "override_requested",
        "at": override.requested_at,
        "by": str(override.requested_by),
    }
    if override.confirmed_by:
        yield told | {
            "id": f"override_confirmed-{override.pk}",
            "kind": "override_confirmed",
            "at": override.confirmed_at,
            "by": str(override.confirmed_by),
        }
