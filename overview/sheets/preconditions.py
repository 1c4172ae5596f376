"""The checklist of the five preconditions for applying (policy.md, c): what was confirmed, by which document."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.rules.territory import reach_of
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import PLACE, in_chunks, place_of, placed
from renovation.choices import EvidenceKind, PreconditionParty, Stage
from renovation.models import Evidence, Neighbourhood
from renovation.querysets import neighbourhoods_within
from renovation.rules.evidence import PRECONDITION_KINDS

COLUMNS = [
    *PLACE,
    Column("stage", gettext_lazy("Stage"), width=14),
    Column("number", gettext_lazy("Precondition"), width=12),
    Column("title", gettext_lazy("What it asks for"), width=44),
    Column("party", gettext_lazy("To be confirmed by"), width=18),
    Column("confirmed", gettext_lazy("Confirmed (1 or 0)"), Kind.COUNT, 12, sums=True),
    Column("dated_on", gettext_lazy("Date of the document"), Kind.DATE, 14),
    Column("document", gettext_lazy("Document number"), width=22),
    Column("evidence", gettext_lazy("What was seen"), width=40),
    Column("at", gettext_lazy("Recorded at"), Kind.MOMENT, 18),
    Column("by", gettext_lazy("By"), width=14),
    Column("remark", gettext_lazy("Remark"), width=34),
]


class PreconditionsForm(PlaceForm):
    """A place, and a stage."""

    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"), required=False, choices=[("", gettext_lazy("All stages")), *Stage.choices]
    )


def neighbourhoods_asked(asked: Asked) -> Any:
    """Those whose plan the caller reads."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(asked.caller, Act.PLANS)))
    rows: Any = placed(seen, asked.filters, "")
    if stage := asked.filters.get("stage"):
        rows = rows.filter(stage=stage)
    return rows


def rows(asked: Asked) -> Iterator[Row]:
    """Six rows a neighbourhood: the fourth precondition is confirmed by two."""
    for chunk in in_chunks(neighbourhoods_asked(asked).select_related("community").order_by("code")):
        latest = (
            Evidence.objects.visible_to(asked.caller)
            .filter(neighbourhood__in=chunk, kind__in=PRECONDITION_KINDS)
            .order_by("neighbourhood_id", "kind", "-id")
            .distinct("neighbourhood_id", "kind")
        )
        found = {(piece.neighbourhood_id, piece.kind): piece for piece in latest.select_related("by")}
        for place in chunk:
            for kind in PRECONDITION_KINDS:
                yield _row(place, kind, found.get((place.pk, kind)))


def _row(place: Neighbourhood, kind: str, piece: Evidence | None) -> Row:
    number, party = PRECONDITION_KINDS[kind]
    told = (
        *place_of(place),
        place.get_stage_display(),
        *(str(number), EvidenceKind(kind).label, PreconditionParty(party).label),
    )
    if piece is None:
        return (*told, 0, None, "", "", None, "", "")
    by = str(piece.by) if piece.by else ""
    at = timezone.localtime(piece.at)
    if piece.revoked:
        return (*told, 0, None, "", "", at, by, _("Revoked: %(reason)s") % {"reason": piece.reason})
    seen, management = piece.facts.get("evidence", ""), piece.facts.get("urban_management", "")
    remark = _("Document of the urban management: %(document)s") % {"document": management} if management else ""
    return (*told, 1, piece.dated_on, piece.document, seen, at, by, remark)


SHEET = Sheet(
    name="precondition-checklist",
    title=gettext_lazy("Checklist of the five preconditions"),
    says=gettext_lazy("What of the five preconditions for applying is confirmed, by whom and by which document."),
    acts=[Act.PLANS],
    columns=COLUMNS,
    rows=rows,
    form=PreconditionsForm,
    count=lambda asked: neighbourhoods_asked(asked).count() * len(PRECONDITION_KINDS),
)
