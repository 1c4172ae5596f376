import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_change_event"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("url", models.CharField(max_length=500, verbose_name="URL")),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), size=None, verbose_name="event types"
                    ),
                ),
                (
                    "territory",
                    models.CharField(
                        blank=True,
                        help_text="Narrower than the client's; empty for all of that.",
                        max_length=16,
                        verbose_name="territory",
                    ),
                ),
                ("secret", models.BinaryField()),
                ("previous_secret", models.BinaryField(null=True)),
                ("previous_until", models.DateTimeField(null=True, verbose_name="previous secret signs until")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Sends"), ("paused", "Paused"), ("gone", "Gone: its receiver said so")],
                        default="active",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "paused_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "Somebody asked for it"),
                            ("failures", "Its receiver failed for more than a day"),
                            ("lost", "Some of what changed meanwhile is no longer kept"),
                        ],
                        max_length=10,
                        verbose_name="why paused",
                    ),
                ),
                ("failing_since", models.DateTimeField(null=True, verbose_name="failing since")),
                ("failures_in_a_row", models.PositiveIntegerField(default=0, verbose_name="failures in a row")),
                (
                    "rests_until",
                    models.DateTimeField(
                        help_text="While it fails, one delivery is tried at a time, and not before this.",
                        null=True,
                        verbose_name="rests until",
                    ),
                ),
                ("cursor", models.BigIntegerField(default=0, verbose_name="told up to change")),
                (
                    "service_user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhooks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="API client",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "event_id",
                    models.CharField(
                        help_text="Sent as `webhook-id`: the same at each attempt, and sent again.",
                        max_length=32,
                        verbose_name="message id",
                    ),
                ),
                ("cursor", models.BigIntegerField(help_text="Empty for a test.", null=True, verbose_name="change")),
                ("type", models.CharField(max_length=64, verbose_name="event type")),
                ("body", models.TextField(verbose_name="message text")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits, or is tried again"),
                            ("delivered", "Delivered"),
                            ("given_up", "Given up after the last attempt"),
                            ("withdrawn", "Not sent: the client may not read of it now"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempt_count", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_at", models.DateTimeField(null=True, verbose_name="next attempt")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                (
                    "resend_of",
                    models.BigIntegerField(
                        help_text="The delivery before, by its id.", null=True, verbose_name="sent again for"
                    ),
                ),
                (
                    "job",
                    models.UUIDField(
                        help_text="That was queued last to make an attempt.", null=True, verbose_name="job"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="accounts.webhook",
                        verbose_name="webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("status", models.PositiveSmallIntegerField(null=True, verbose_name="status of the answer")),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unusable_url", "The URL is not one that may be used"),
                            ("unresolved", "The name leads nowhere"),
                            ("forbidden_address", "The name leads into a network that is not allowed"),
                            ("no_connection", "No connection"),
                            ("tls", "No trusted TLS"),
                            ("timeout", "No answer in time"),
                            ("bad_answer", "The answer cannot be read"),
                            ("status", "The answer is none of 2xx"),
                        ],
                        max_length=20,
                        verbose_name="fault",
                    ),
                ),
                ("milliseconds", models.PositiveIntegerField(verbose_name="milliseconds")),
                (
                    "answer",
                    models.CharField(blank=True, help_text="How it began.", max_length=1024, verbose_name="answer"),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="accounts.webhookdelivery",
                        verbose_name="webhook delivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook attempt",
                "verbose_name_plural": "webhook attempts",
            },
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(fields=("service_user", "name"), name="webhook_named_once_per_client"),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["active", "paused", "gone"])), name="webhook_state_known"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["webhook", "next_at"], name="webhook_delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["webhook", "id"], name="webhook_delivery_log"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["finished_at"], name="webhook_delivery_finished"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["event_id"], name="webhook_delivery_event"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resend_of", None)),
                fields=("webhook", "cursor"),
                name="webhook_delivery_once_per_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), ("finished_at", None), ("next_at__isnull", False)),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True), ("finished_at__isnull", False), ("next_at", None)
                    ),
                    _connector="OR",
                ),
                name="webhook_delivery_waits_or_is_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "delivered", "given_up", "withdrawn"])),
                name="webhook_delivery_state_known",
            ),
        ),
    ]
