"""The forms of bodies, their members, and who manages."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from consent.models import OwnersVote
from governance.choices.bodies import BodyKind, ManagementMode, role_name
from governance.models import Body
from governance.pages.forms import DayField
from governance.rules.bodies import ELECTION, MANAGER, ROLES, SELF_MANAGERS, TERMED
from renovation.models import Neighbourhood, Owner

DOCUMENTS: dict[str, Any] = {
    BodyKind.PARTY_BRANCH: gettext_lazy("Approval of the party committee above"),
    BodyKind.PARTY_GROUP: gettext_lazy("Approval of the party committee above"),
    BodyKind.OWNERS_COMMITTEE: gettext_lazy("Record of the election"),
    BodyKind.STAND_IN: gettext_lazy("Decision to set it up"),
}
"""What the document of its founding is, by the kind of body; of others it is any document."""


class VoteField(forms.ModelChoiceField):
    """A vote of all owners here on one matter, that passed and stands."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=OwnersVote.objects.none(), required=False, **kwargs)

    def offer(self, reader: User, neighbourhood: Neighbourhood, matter: int) -> bool:
        """Offers what there is to choose; whether there is anything."""
        votes = OwnersVote.objects.visible_to(reader).filter(neighbourhood=neighbourhood, matter=matter)
        self.queryset = votes.filter(verdict="passed", rescinded_at=None, stairwell=None).order_by("-pk")
        self.empty_label = _("Kept elsewhere")
        return self.queryset.exists()


class TermForm(forms.Form):
    """A term, or the run of a contract; the vote that elected a committee, the number of a company's contract."""

    term_starts_on = DayField(label=gettext_lazy("Term begins on"))
    term_ends_on = DayField(label=gettext_lazy("Its last day"))
    elected_by = VoteField(label=gettext_lazy("Elected by the owners' vote"))
    contract_document = forms.CharField(label=gettext_lazy("Contract number"), max_length=120)

    def __init__(self, *args: Any, kind: str, neighbourhood: Neighbourhood, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if kind == BodyKind.PROPERTY_COMPANY:
            fields["term_starts_on"].label = _("Contract begins on")
        else:
            del fields["contract_document"]
        if kind != BodyKind.OWNERS_COMMITTEE or not fields["elected_by"].offer(user, neighbourhood, ELECTION):
            del fields["elected_by"]
        if kind not in TERMED:
            del fields["term_starts_on"], fields["term_ends_on"]


class FoundBodyForm(TermForm):
    """What one kind of body is asked for when it is written down; nothing that only another kind has."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    purpose = forms.CharField(
        label=gettext_lazy("What it does"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    founded_on = DayField(label=gettext_lazy("In being since"), initial=timezone.localdate)
    document = forms.CharField(label=gettext_lazy("Document number"), max_length=120, required=False)

    field_order = [
        "name",
        "purpose",
        "founded_on",
        "document",
        "elected_by",
        "term_starts_on",
        "term_ends_on",
        "contract_document",
    ]

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, kind=kind, **kwargs)
        fields: dict[str, Any] = self.fields
        if kind == BodyKind.PROPERTY_COMPANY:
            fields["founded_on"].label = _("Here since")
            del fields["document"]
        else:
            fields["document"].label = DOCUMENTS.get(kind, fields["document"].label)
        if kind in (BodyKind.PARTY_BRANCH, BodyKind.PARTY_GROUP, BodyKind.OWNERS_COMMITTEE, BodyKind.STAND_IN):
            del fields["purpose"]


class DescribeBodyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    purpose = forms.CharField(
        label=gettext_lazy("What it does"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    document = forms.CharField(label=gettext_lazy("Document number"), max_length=120, required=False)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(body, name) for name in ("name", "purpose", "document")}
        super().__init__(*args, **kwargs)


class FilingForm(forms.Form):
    filed_on = DayField(label=gettext_lazy("Filed on"), initial=timezone.localdate)
    filed_with = forms.CharField(
        label=gettext_lazy("Filed with"), max_length=80, help_text=gettext_lazy("The subdistrict office.")
    )
    filing_document = forms.CharField(label=gettext_lazy("Filing receipt"), max_length=120, required=False)


class EndForm(forms.Form):
    """That a body, a membership or a management is over."""

    ended_on = DayField(label=gettext_lazy("Last day"), initial=timezone.localdate)
    reason = forms.CharField(label=gettext_lazy("Why it ends"), max_length=300)


class MemberForm(forms.Form):
    """Somebody in a body. The owner is looked for by the name as it stands in the register."""

    role = forms.ChoiceField(label=pgettext_lazy("in a body", "Role"))
    post = forms.CharField(
        label=pgettext_lazy("in a body", "Post"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("What this person looks after."),
    )
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20, required=False)
    is_owner = forms.BooleanField(
        label=gettext_lazy("Link with the owner of this name in the register"), required=False
    )

    def __init__(self, *args: Any, body: Body, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body, self.user = body, user
        roles: Any = self.fields["role"]
        roles.choices = [(role, role_name(body.kind, role)) for role in ROLES[body.kind]]
        if body.kind == BodyKind.PROPERTY_COMPANY:
            del self.fields["is_owner"]

    def owner_named(self, name: str) -> Owner | None:
        """The one owner of this name here; None, and a fault at its place, where there is none or more than one."""
        if not self.cleaned_data.get("is_owner"):
            return None
        owners: Any = Owner.objects.visible_to(self.user).filter(neighbourhood_id=self.body.neighbourhood_id, name=name)
        found = list(owners[:2])
        if len(found) == 1:
            return found[0]
        said = _("Several owners have this name.") if found else _("No owner of this name is in the register.")
        self.add_error("is_owner", said)
        return None


class AddMemberForm(MemberForm):
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=40)
    starts_on = DayField(label=gettext_lazy("Since"), initial=timezone.localdate)

    field_order = ["name", "role", "post", "phone", "starts_on", "is_owner"]


class ManagementForm(forms.Form):
    """Who is to manage, from a day on, and what that costs."""

    mode = forms.ChoiceField(
        label=gettext_lazy("Who manages"),
        choices=ManagementMode.choices,
        widget=forms.RadioSelect,
        initial=ManagementMode.COMPANY,
    )
    body = forms.ModelChoiceField(
        label=gettext_lazy("Company, or body of the residents"), queryset=Body.objects.none(), required=False
    )
    vote = VoteField(label=gettext_lazy("Decided by the owners' vote"))
    document = forms.CharField(label=gettext_lazy("Contract or decision number"), max_length=120)
    fee_standard = forms.CharField(
        label=gettext_lazy("Fee standard"),
        max_length=300,
        help_text=gettext_lazy("For example 0.60 yuan a square metre and month."),
    )
    starts_on = DayField(label=gettext_lazy("From"), initial=timezone.localdate)
    ends_on = DayField(label=gettext_lazy("Until"), required=False)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        kinds = (BodyKind.PROPERTY_COMPANY, *SELF_MANAGERS)
        here = Body.objects.visible_to(user).standing().filter(neighbourhood=neighbourhood, kind__in=kinds)
        fields["body"].queryset = here.order_by("pk")
        fields["body"].empty_label = _("All residents together")
        fields["body"].initial = here.filter(kind=BodyKind.PROPERTY_COMPANY).order_by("-pk").first()
        if not fields["vote"].offer(user, neighbourhood, MANAGER):
            del fields["vote"]
