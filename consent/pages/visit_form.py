"""The door sheet's form: reads what was entered, in shape only, and puts each refusal at its place."""

import base64
import binascii
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.choices import Commitment, Given, Outcome, Party, Reason, Respondent
from consent.models import Survey
from consent.rules.stances import ANSWERS
from consent.rules.visits import Refusal, VisitInput
from consent.words import words_of

PNG_URL = "data:image/png;base64,"
LARGEST_SIGNATURE = 64 * 1024
PLACES = {
    "given_missing": "given",
    "respondent_missing": "respondent",
    "tenant_cannot_support": "respondent",
    "commitments_missing": "commitments",
    "wrong_party": "party",
    "in_the_future": "visited_at",
    "unknown_menu_item": "menu_items",
    "signature_too_large": "signature",
}


class VisitForm(forms.Form):
    """One visit. What does not belong to its outcome is left out rather than refused: the boxes may still be ticked."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    supersedes = forms.UUIDField(required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("How it went this time"), choices=Outcome.choices, error_messages={"required": _("Choose how it went.")}
    )
    given = forms.ChoiceField(label=_("How the yes was given"), choices=Given.choices, required=False)
    respondent = forms.ChoiceField(label=_("Who answered"), choices=Respondent.choices, required=False)
    party = forms.MultipleChoiceField(label=_("Who stood at the door"), choices=Party.choices, required=False)
    commitments = forms.MultipleChoiceField(label=_("The five commitments"), choices=Commitment.choices, required=False)
    menu_items = forms.MultipleChoiceField(label=_("Ordered from the menu"), required=False)
    reasons = forms.MultipleChoiceField(label=_("Concerns"), choices=Reason.choices, required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea)
    signature = forms.CharField(label=_("Signature"), required=False, widget=forms.HiddenInput)
    photo = forms.FileField(label=_("Photo of the signed form"), required=False)
    visited_at = forms.DateTimeField(
        label=_("At the door at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    round = forms.TypedChoiceField(
        label=_("Belongs to round"), required=False, coerce=int, empty_value=None, choices=[]
    )
    out_of_round = forms.BooleanField(label=_("A change of mind out of round"), required=False)

    def __init__(self, *args: Any, survey: Survey, menu: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey
        fields: dict[str, Any] = self.fields
        fields["menu_items"].choices = [(code, code) for code in menu]
        closed = survey.rounds.filter(closed_at__isnull=False)
        fields["round"].choices = [("", _("The round in hand")), *((str(one.number), one.number) for one in closed)]

    def clean_signature(self) -> bytes:
        drawn = self.cleaned_data["signature"]
        if not drawn:
            return b""
        try:
            image = base64.b64decode(drawn.removeprefix(PNG_URL), validate=True)
        except (binascii.Error, ValueError):
            image = b""
        if not drawn.startswith(PNG_URL) or not image.startswith(b"\x89PNG\r\n\x1a\n"):
            raise ValidationError(_("The signature cannot be read. Please sign again."))
        if len(image) > LARGEST_SIGNATURE:
            raise ValidationError(words_of(Refusal("signature_too_large")))
        return image

    def clean_visited_at(self) -> datetime:
        moment: datetime = self.cleaned_data["visited_at"] or self._first_sent_at() or timezone.now()
        if moment < datetime(2000, 1, 1, tzinfo=UTC):
            raise ValidationError(_("This is too long ago."))
        return moment

    def _first_sent_at(self) -> datetime | None:
        """The time that this very sheet was recorded with, if it was sent before: the same visit, not another one."""
        client_id: uuid.UUID | None = self.cleaned_data.get("client_id")
        known = self.survey.visits.filter(client_id=client_id).first() if client_id else None
        return known.visited_at if known else None

    def visit(self, household: int) -> VisitInput:
        """The visit as the service takes it; call it on a valid form."""
        entered = self.cleaned_data
        supports, answers = entered["outcome"] == Outcome.SUPPORTS, entered["outcome"] in ANSWERS
        return VisitInput(
            client_id=entered["client_id"],
            household=household,
            outcome=entered["outcome"],
            given=entered["given"] if supports else "",
            respondent=entered["respondent"] if answers else "",
            visited_at=entered["visited_at"],
            party=tuple(entered["party"]),
            commitments={name: name in entered["commitments"] for name in Commitment.values} if supports else None,
            menu_items=tuple(entered["menu_items"]) if answers else (),
            reasons=tuple(entered["reasons"]),
            note=entered["note"],
            supersedes=entered["supersedes"],
            round=entered["round"],
            out_of_round=entered["out_of_round"],
            signature=entered["signature"],
        )

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Say each refusal at the field that it is about."""
        for refusal in refusals:
            place = PLACES.get(refusal.code)
            if refusal.figures.get("why") == "out_of_round_needs_a_note":
                place = "note"
            self.add_error(place, words_of(refusal))


def new_client_id() -> str:
    """An id for the visit that this sheet is about to send: sending the sheet twice records it once."""
    return str(uuid.uuid4())
