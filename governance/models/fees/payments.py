"""Money that comes in and where it goes. Every table here is append-only, by trigger: a mistake is a new row."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.choices.fees import AllocationKind, PayMethod
from governance.querysets.fees import FeeRowQuerySet, OfPaymentQuerySet
from renovation.models.base import LiesInNeighbourhood


class Payment(LiesInNeighbourhood, models.Model):
    """Money from a debtor, once by `method` and `reference`, the payer's channel's own. Append-only.

    `booked_on` is the day on which it counts: that of `paid_at`, or the first open one after a closed month.
    `bills` are those that it named; what they do not take, and everything where it named none, settles the oldest.
    """

    resource = "payments"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="payments",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    account = models.ForeignKey(
        "governance.FeeAccount", models.PROTECT, related_name="payments", verbose_name=_("fee account")
    )
    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("household"),
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    method = models.CharField(_("method"), max_length=14, choices=PayMethod)
    reference = models.CharField(_("reference"), max_length=80)
    paid_at = models.DateTimeField(_("paid at"))
    booked_on = models.DateField(_("booked on"))
    bills = ArrayField(models.BigIntegerField(), verbose_name=_("bills it named"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["method", "reference"], name="payment_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_above_0"),
            models.CheckConstraint(condition=~Q(reference=""), name="payment_has_reference"),
        ]
        indexes = [
            # The day book of a neighbourhood, and the control figures of a month.
            models.Index(fields=["neighbourhood", "booked_on", "id"], name="payment_by_day"),
            # The same over a whole territory.
            models.Index(fields=["booked_on", "id"], name="payment_by_day_anywhere"),
        ]

    def __str__(self) -> str:
        return self.receipt_number

    @property
    def receipt_number(self) -> str:
        """The day on which it was recorded, and its number in the whole book."""
        return f"{timezone.localtime(self.created_at):%Y%m%d}-{self.pk:08d}"


class PaymentReversal(LiesInNeighbourhood, models.Model):
    """That a payment is taken back, whole: it was keyed in wrongly, or the money went back. Append-only."""

    resource = "payment-reversals"
    lies_in = "payment"

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="reversal", verbose_name=_("payment"))
    reason = models.CharField(_("reason"), max_length=300)
    booked_on = models.DateField(_("booked on"))
    created_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = OfPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("reversal of a payment")
        verbose_name_plural = _("reversals of payments")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="payment_reversal_with_reason")]

    def __str__(self) -> str:
        return f"{self.payment} · {self.reason}"


class Refund(LiesInNeighbourhood, models.Model):
    """Credit that was paid back to its debtor: prepaid and not earned, as when a company leaves (policy.md, section f).
    Append-only.
    """

    resource = "fee-refunds"
    lies_in = "account"

    account = models.ForeignKey(
        "governance.FeeAccount", models.PROTECT, related_name="refunds", verbose_name=_("fee account")
    )
    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="+", verbose_name=_("neighbourhood")
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    method = models.CharField(_("method"), max_length=14, choices=PayMethod)
    reference = models.CharField(_("reference"), max_length=80)
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    booked_on = models.DateField(_("booked on"))
    created_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["method", "reference"], name="refund_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_above_0"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(reference=""), name="refund_with_reason_and_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.reference}"


class Allocation(models.Model):
    """Money of one payment that went to one bill, or to a refund; below zero where it came back. Append-only.

    At all times the sum of a payment's allocations lies between 0 and its amount, that of a bill's is `settled`.
    `booked_on` is the day on which it counts for a collection rate: that of its payment, or the first day of the bill's
    months where it was paid before (policy.md, section f: an earlier prepayment once its period comes). Money that
    comes to a bill after a reversal counts from the reversal, credit of a closed month from the first open one. What
    comes back from a void bill bears the day of what it takes back, that of a reversed payment the day of the reversal,
    or that on which it would have begun to count.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations", verbose_name=_("payment"))
    bill = models.ForeignKey(
        "governance.Bill", models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("bill")
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("refund")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=AllocationKind)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    booked_on = models.DateField(_("counts from"))
    created_at = models.DateTimeField(_("recorded at"))

    objects = OfPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.CheckConstraint(
                condition=Q(bill__isnull=False, refund=None) | Q(bill=None, refund__isnull=False),
                name="allocation_to_a_bill_or_a_refund",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[AllocationKind.PAYMENT, AllocationKind.CREDIT, AllocationKind.REFUND], amount__gt=0
                )
                | Q(kind__in=[AllocationKind.REVERSAL, AllocationKind.VOID], amount__lt=0),
                name="allocation_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(refund=None) | Q(kind=AllocationKind.REFUND), name="allocation_refund_of_its_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_kind_display()}"
