"""The accounts that a neighbourhood has with payment providers, and money of theirs that nobody could place."""

from django.db.models import Exists, OuterRef, QuerySet

from governance.choices.fees import NoticeOutcome
from governance.models import Payment, PaymentChannel, ProviderNotice
from renovation.models import Neighbourhood

UNPLACED = (NoticeOutcome.UNKNOWN_ORDER, NoticeOutcome.WRONG_AMOUNT)
"""Outcomes of a notification whose money is to be settled by hand."""


def current_channels(neighbourhood: Neighbourhood) -> QuerySet[PaymentChannel]:
    """Those that have not ended: at most one of each provider."""
    return PaymentChannel.objects.filter(neighbourhood=neighbourhood, ended_at=None).order_by("provider")


def providers_here(neighbourhood: Neighbourhood) -> list[str]:
    """The providers by whose code one can pay here now."""
    return list(current_channels(neighbourhood).values_list("provider", flat=True))


def notices_to_settle(notices: QuerySet[ProviderNotice]) -> QuerySet[ProviderNotice]:
    """Of some notifications, those of money that is not in the book yet by its transaction number."""
    recorded = Payment.objects.filter(method=OuterRef("channel__provider"), reference=OuterRef("transaction"))
    return notices.filter(~Exists(recorded), outcome__in=UNPLACED, amount__isnull=False)
