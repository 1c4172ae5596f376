"""The accounts that a neighbourhood has with payment providers, and money of theirs that nobody could place."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

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


RECORDED_ANEW = "-2"
"""Behind a transaction number: the money is recorded by it once more, since its payment was reversed."""


def notices_to_settle(notices: QuerySet[ProviderNotice]) -> QuerySet[ProviderNotice]:
    """Of some notifications, those of money that is not in the book yet by its transaction number, or only by a payment
    that was reversed.
    """
    own, again = OuterRef("transaction"), Concat(OuterRef("transaction"), Value(RECORDED_ANEW))
    recorded = Payment.objects.filter(
        Q(reference=own) | Q(reference=again), method=OuterRef("channel__provider"), reversal=None
    )
    return notices.filter(~Exists(recorded), outcome__in=UNPLACED, amount__isnull=False)
