"""Forms about money that does not come over the counter: accounts with providers, codes to pay by, statements."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from governance.choices.fees import Provider, StatementSource
from governance.pages.fees.forms import MoneyField
from governance.providers import adapter_of

KEY_WORDS: dict[str, Any] = {
    "private_key": gettext_lazy("Private key of the merchant"),
    "cert_serial_no": gettext_lazy("Serial number of the merchant's certificate"),
    "apiv3_key": gettext_lazy("Key of version 3, 32 characters"),
    "public_key": gettext_lazy("Public key of WeChat Pay"),
    "public_key_id": gettext_lazy("Number of this public key"),
    "app_private_key": gettext_lazy("Private key of the app"),
    "alipay_public_key": gettext_lazy("Public key of Alipay"),
}
CALLED = {
    "private_key": "apiclient_key.pem",
    "apiv3_key": "APIv3",
    "public_key": "pub_key.pem",
    "public_key_id": "PUB_KEY_ID_…",
}
"""What the provider calls them, in any language."""

LONG_KEYS = frozenset({"private_key", "public_key", "app_private_key", "alipay_public_key"})


class KeysForm(forms.Form):
    """The keys of a provider. They are never put into the page again."""

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = adapter_of(provider).KEYS
        for name in self.names:
            attrs = {"autocomplete": "off", "spellcheck": "false", **({"rows": 4} if name in LONG_KEYS else {})}
            widget = SecretText(attrs=attrs) if name in LONG_KEYS else forms.PasswordInput(attrs=attrs)
            called = format_html('<span lang="en">{}</span>', CALLED[name]) if name in CALLED else ""
            self.fields[name] = forms.CharField(
                label=KEY_WORDS[name], help_text=called, max_length=8_000, widget=widget
            )

    @property
    def keys(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]

    @property
    def told(self) -> dict[str, Any]:
        return {"keys": {name: self.cleaned_data[name] for name in self.names}}


class SecretText(forms.Textarea):
    """Several lines that are typed once, as a password is."""

    def format_value(self, value: Any) -> str:
        return ""


class ChannelForm(KeysForm):
    merchant = forms.CharField(label=gettext_lazy("Merchant number"), max_length=40)
    app = forms.CharField(label=gettext_lazy("App number"), max_length=40)

    @property
    def told(self) -> dict[str, Any]:
        return {**super().told, "merchant": self.cleaned_data["merchant"], "app": self.cleaned_data["app"]}


class OrderForm(forms.Form):
    provider = forms.ChoiceField(label=gettext_lazy("Pay with"), widget=forms.RadioSelect)
    amount = MoneyField(label=gettext_lazy("Amount in yuan"))

    def __init__(self, *args: Any, providers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = [(provider, Provider(provider).label) for provider in providers]
        self.fields["provider"].choices = here  # type: ignore[attr-defined]
        self.fields["provider"].initial = providers[0] if providers else None


class StatementForm(forms.Form):
    source = forms.ChoiceField(
        label=gettext_lazy("Who it is from"),
        choices=StatementSource.choices,
        initial=StatementSource.BANK,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True, max_length=255)

    @property
    def told(self) -> dict[str, Any]:
        return {"source": self.cleaned_data["source"], "file": self.cleaned_data["file"]}
