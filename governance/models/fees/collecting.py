"""How arrears are asked for, and money that arrives by statement or through a payment provider."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.choices.fees import (
    LineState,
    NoticeOutcome,
    OrderState,
    Provider,
    ReminderChannel,
    ReminderStep,
    StatementSource,
    VisitOutcome,
)
from governance.querysets.fees import FeeRowQuerySet, OfStatementQuerySet, ProviderNoticeQuerySet
from renovation.models.base import LiesInNeighbourhood


class Reminder(LiesInNeighbourhood, models.Model):
    """That a debtor was asked for arrears: which step, how, with what proof. Append-only; it interrupts the time bar
    where its proof shows that it arrived (Civil Code 188, 195; policy.md, section f).

    `bills` are those that were overdue, `amount` what was outstanding of them then, in yuan.
    """

    resource = "reminders"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="reminders", verbose_name=_("neighbourhood")
    )
    account = models.ForeignKey(
        "governance.FeeAccount", models.PROTECT, related_name="reminders", verbose_name=_("fee account")
    )
    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("household"),
    )
    step = models.CharField(_("step"), max_length=6, choices=ReminderStep)
    channel = models.CharField(_("how"), max_length=11, choices=ReminderChannel)
    outcome = models.CharField(_("outcome"), max_length=9, choices=VisitOutcome, blank=True)
    promised_on = models.DateField(_("promised by"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    given_at = models.DateTimeField(_("given at"))
    received = models.BooleanField(_("proved to have arrived"), default=False)
    proof = models.FileField(_("proof"), upload_to="fee-reminders/%Y/%m/", blank=True)
    proof_sha256 = models.BinaryField(_("hash of the proof"), null=True, blank=True)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    bills = ArrayField(models.BigIntegerField(), verbose_name=_("bills"))
    amount = models.DecimalField(_("outstanding then"), max_digits=14, decimal_places=2)
    client_id = models.UUIDField(_("client id"), null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.CheckConstraint(
                condition=(Q(step=ReminderStep.VISIT) & ~Q(outcome="")) | (~Q(step=ReminderStep.VISIT) & Q(outcome="")),
                name="reminder_visit_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(promised_on=None) | Q(outcome=VisitOutcome.PROMISED), name="reminder_day_of_a_promise"
            ),
        ]
        indexes = [
            # The last of an account, for the next step and the time bar.
            models.Index(fields=["account", "-given_at"], name="reminder_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.given_at:%Y-%m-%d}"


class Statement(LiesInNeighbourhood, Versioned):
    """A file of money received, from a bank or a payment provider, kept by its hash: read again, it adds nothing."""

    resource = "fee-statements"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="fee_statements", verbose_name=_("neighbourhood")
    )
    source = models.CharField(_("source"), max_length=6, choices=StatementSource)
    file = models.FileField(_("file"), upload_to="fee-statements/%Y/%m/")
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("hash"), max_length=64)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    total = models.DecimalField(_("total"), default=0, max_digits=14, decimal_places=2)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [models.UniqueConstraint(fields=["neighbourhood", "sha256"], name="statement_once")]

    def __str__(self) -> str:
        return self.file_name


class StatementLine(LiesInNeighbourhood, Versioned):
    """One receipt of a statement: found in the book, recorded as a payment, or to be settled by hand."""

    resource = "fee-statement-lines"
    lies_in = "statement"

    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="lines", verbose_name=_("statement"), db_index=False
    )
    row = models.PositiveIntegerField(_("row"))
    reference = models.CharField(_("reference"), max_length=80)
    received_at = models.DateTimeField(_("received at"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    payer = models.CharField(_("payer"), max_length=120, blank=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=LineState, default=LineState.UNMATCHED)
    payment = models.ForeignKey(
        "governance.Payment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="statement_lines",
        verbose_name=_("payment"),
    )
    reason = models.CharField(_("why it was set aside"), max_length=300, blank=True)

    objects = OfStatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a statement")
        verbose_name_plural = _("lines of statements")
        constraints = [
            models.UniqueConstraint(fields=["statement", "row"], name="statement_line_once"),
            models.CheckConstraint(
                condition=Q(state__in=[LineState.MATCHED, LineState.RECORDED], payment__isnull=False)
                | Q(state=LineState.UNMATCHED, payment=None)
                | (Q(state=LineState.SET_ASIDE, payment=None) & ~Q(reason="")),
                name="statement_line_state_of_its_payment",
            ),
        ]
        indexes = [
            # What is left to settle by hand.
            models.Index(
                fields=["statement", "row"], condition=Q(state=LineState.UNMATCHED), name="statement_line_to_settle"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class PaymentChannel(LiesInNeighbourhood, Versioned):
    """A merchant's account with a payment provider, for one neighbourhood. `secrets` are encrypted and never shown."""

    resource = "payment-channels"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="payment_channels", verbose_name=_("neighbourhood")
    )
    provider = models.CharField(_("provider"), max_length=6, choices=Provider)
    merchant = models.CharField(_("merchant number"), max_length=40)
    app = models.CharField(_("app number"), max_length=40)
    secrets = models.BinaryField(_("keys"), editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment channel")
        verbose_name_plural = _("payment channels")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "provider"], condition=Q(ended_at=None), name="payment_channel_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.merchant}"


class PaymentOrder(LiesInNeighbourhood, Versioned):
    """That a payer was asked through a provider for a sum: `number` is what the provider calls it by."""

    resource = "payment-orders"
    lies_in = "channel"

    channel = models.ForeignKey(
        PaymentChannel, models.PROTECT, related_name="orders", verbose_name=_("payment channel")
    )
    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="+", verbose_name=_("neighbourhood")
    )
    account = models.ForeignKey(
        "governance.FeeAccount", models.PROTECT, related_name="orders", verbose_name=_("fee account")
    )
    number = models.CharField(_("order number"), max_length=32, unique=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    bills = ArrayField(models.BigIntegerField(), verbose_name=_("bills"), default=list, blank=True)
    pay_url = models.CharField(_("address to pay at"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=OrderState, default=OrderState.WAITING)
    payment = models.OneToOneField(
        "governance.Payment", models.PROTECT, null=True, blank=True, related_name="order", verbose_name=_("payment")
    )
    expires_at = models.DateTimeField(_("expires at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = FeeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_order_amount_above_0"),
            models.CheckConstraint(
                condition=Q(state=OrderState.PAID, payment__isnull=False)
                | (~Q(state=OrderState.PAID) & Q(payment=None)),
                name="payment_order_paid_by_a_payment",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ProviderNotice(models.Model):
    """A provider's notification whose signature held: what it said and what became of it. Append-only.

    Repeated ones are harmless: the money is recorded once, by the provider's transaction number.
    """

    channel = models.ForeignKey(
        PaymentChannel, models.PROTECT, related_name="notices", verbose_name=_("payment channel")
    )
    transaction = models.CharField(_("transaction number"), max_length=64)
    order_number = models.CharField(_("order number"), max_length=64, blank=True)
    amount = models.DecimalField(_("amount"), null=True, blank=True, max_digits=14, decimal_places=2)
    outcome = models.CharField(_("outcome"), max_length=13, choices=NoticeOutcome)
    payment = models.ForeignKey(
        "governance.Payment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment")
    )
    body_sha256 = models.CharField(_("hash of the body"), max_length=64)
    received_at = models.DateTimeField(_("received at"))

    objects = ProviderNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fee", "payment notification")
        verbose_name_plural = pgettext_lazy("fee", "payment notifications")
        indexes = [
            # What was told of one transaction.
            models.Index(fields=["channel", "transaction"], name="provider_notice_of_one"),
        ]

    def __str__(self) -> str:
        return self.transaction
