"""Accounts with payment providers: opened with their keys, which are kept encrypted and never shown again."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.secrets import decrypt, encrypt
from governance.errors.fees import ChannelEnded, ChannelTaken, KeyUnfit
from governance.models import PaymentChannel
from governance.providers import Merchant, UnfitKey, adapter_of
from renovation.models import Neighbourhood


@transaction.atomic
def open_channel(
    *, neighbourhood: Neighbourhood, provider: str, merchant: str, app: str, keys: Mapping[str, str], by: User
) -> PaymentChannel:
    """Keep a neighbourhood's account with a provider. Raises KeyUnfit, or ChannelTaken where one is current."""
    channel = PaymentChannel(neighbourhood=neighbourhood, provider=provider, merchant=merchant.strip(), app=app.strip())
    channel.secrets = _sealed(channel, keys)
    try:
        with transaction.atomic():
            channel.save()
    except IntegrityError as error:
        current = PaymentChannel.objects.filter(neighbourhood=neighbourhood, provider=provider, ended_at=None).first()
        if current is None:
            raise
        raise ChannelTaken(
            _("The neighbourhood has an account with this provider already. End it first."), channel=current.pk
        ) from error
    add_history(
        channel, "payment_channel_opened", by=by, action="created", provider=provider, merchant=channel.merchant
    )
    return channel


@transaction.atomic
def renew_keys(*, channel: PaymentChannel, keys: Mapping[str, str], by: User) -> PaymentChannel:
    """Put new keys in the place of those that a channel had. Raises ChannelEnded or KeyUnfit."""
    locked = _lock(channel)
    locked.secrets = _sealed(locked, keys)
    locked.save(update_fields=["secrets"])
    add_history(locked, "payment_channel_renewed", by=by, fields=["secrets"])
    return locked


@transaction.atomic
def end_channel(*, channel: PaymentChannel, by: User, at: datetime | None = None) -> PaymentChannel:
    """Ask nobody through it any more. What was asked for may still be paid: its notifications are taken as before.
    Raises ChannelEnded.
    """
    locked = _lock(channel)
    locked.ended_at = at or timezone.now()
    locked.save(update_fields=["ended_at"])
    add_history(locked, "payment_channel_ended", by=by, fields=["ended_at"])
    return locked


def merchant_of(channel: PaymentChannel) -> Merchant:
    """The account with its keys, for the provider's adapter. A key that is not kept is empty, and fits nothing."""
    kept = orjson.loads(decrypt(bytes(channel.secrets)))
    names = adapter_of(channel.provider).KEYS
    return Merchant(channel.merchant, channel.app, {name: str(kept.get(name, "")) for name in names})


def _sealed(channel: PaymentChannel, keys: Mapping[str, str]) -> bytes:
    adapter = adapter_of(channel.provider)
    # A form sends lines with a carriage return, which a PEM file has not.
    kept = {name: "\n".join(keys.get(name, "").strip().splitlines()) for name in adapter.KEYS}
    try:
        adapter.check_keys(Merchant(channel.merchant, channel.app, kept))
    except UnfitKey as unfit:
        raise KeyUnfit(_("This is no key that the provider hands out."), key=unfit.name) from unfit
    return encrypt(orjson.dumps(kept))


def _lock(channel: PaymentChannel) -> PaymentChannel:
    locked: PaymentChannel = (
        PaymentChannel.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=channel.pk)
    )
    if locked.ended_at is not None:
        raise ChannelEnded(_("This account with the provider has ended."))
    return locked
