"""Payment providers: one adapter each, over the library that its makers' documents point to.

An adapter reads what its provider notifies of, and asks it for an address at which a payer pays. It knows no table: a
service hands it a `Merchant` with its keys. Only `pay_url` goes to the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant's account with a provider. `keys` are texts by the names in the adapter's `KEYS`."""

    number: str
    app: str
    keys: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a payer is asked for: `amount` in yuan, by an order number of ours, until `expires_at`."""

    number: str
    amount: Decimal
    words: str
    expires_at: datetime
    notify_url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider says, signed: `amount` in yuan and `paid_at`, both None where it tells of no payment."""

    transaction: str
    order_number: str
    amount: Decimal | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a provider wants to hear."""

    status: int
    content_type: str
    body: str


class ProviderFailed(Exception):
    """A provider gave no address to pay at: it cannot be reached, or it refuses. The text is its own."""


class UnfitKey(Exception):
    """A key that the provider's library cannot use; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Adapter(Protocol):
    """What each module of this package offers."""

    KEYS: tuple[str, ...]
    """The names of the keys that a merchant has from this provider."""

    def check_keys(self, merchant: Merchant) -> None:
        """Raises UnfitKey for the first key that cannot be used."""

    def read_notification(self, merchant: Merchant, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a notification says; None unless it is signed by the provider, for this merchant."""

    def pay_url(self, merchant: Merchant, asked: Asked) -> str:
        """An address at which the payer pays, to be shown as a QR code. Goes to the network; raises ProviderFailed."""

    def acknowledge(self, ok: bool) -> Acknowledgement:
        """The answer to a notification: taken, so that it is not sent again, or refused."""


def adapter_of(provider: str) -> Adapter:
    """The adapter of a provider, by its name in `choices.fees.Provider`."""
    # Their libraries take a while to load: a process that takes no such payment never does.
    from governance.providers import alipay, wechat

    adapters: dict[str, Adapter] = {"wechat": wechat, "alipay": alipay}
    return adapters[provider]
