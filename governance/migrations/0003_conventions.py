from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import renovation.models.base
from common.schema_operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0008_votes_frozen_workshops_append_only"),
        ("governance", "0002_frozen_and_append_only"),
        ("renovation", "0005_frozen_and_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Convention",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                        ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("covenant", "Management covenant"),
                                    ("residents", "Residents' convention"),
                                    ("stairwell", "Stairwell convention"),
                                ],
                                max_length=9,
                                verbose_name="kind",
                            ),
                        ),
                        ("title", models.CharField(max_length=120, verbose_name="title")),
                        (
                            "neighbourhood",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conventions",
                                to="renovation.neighbourhood",
                                verbose_name="neighbourhood",
                            ),
                        ),
                        (
                            "stairwell",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="convention",
                                to="renovation.stairwell",
                                verbose_name="stairwell",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "convention",
                        "verbose_name_plural": "conventions",
                    },
                    bases=(renovation.models.base.LiesInNeighbourhood, models.Model),
                ),
                migrations.CreateModel(
                    name="ConventionVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                        ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                        ("text", models.TextField(max_length=20000, verbose_name="text")),
                        ("digest", models.CharField(editable=False, max_length=64, verbose_name="digest of the text")),
                        (
                            "needed_share",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                max_digits=5,
                                null=True,
                                verbose_name="share of the households that must sign",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("adopted", "Adopted"),
                                    ("superseded", "Superseded"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("adopted_on", models.DateField(blank=True, null=True, verbose_name="adopted on")),
                        ("document", models.CharField(blank=True, max_length=120, verbose_name="document number")),
                        ("filed_on", models.DateField(blank=True, null=True, verbose_name="filed on")),
                        ("filed_with", models.CharField(blank=True, max_length=120, verbose_name="filed with")),
                        ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended on")),
                        ("end_reason", models.CharField(blank=True, max_length=500, verbose_name="why it ended")),
                        (
                            "convention",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="governance.convention",
                                verbose_name="convention",
                            ),
                        ),
                        (
                            "vote",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adopted_conventions",
                                to="consent.ownersvote",
                                verbose_name="adopted by the vote",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "version of a convention",
                        "verbose_name_plural": "versions of conventions",
                    },
                    bases=(renovation.models.base.LiesInNeighbourhood, models.Model),
                ),
                migrations.CreateModel(
                    name="ConventionSignature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("signer", models.CharField(max_length=60, verbose_name="signed by")),
                        (
                            "respondent",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("co_owner", "Co-owner"),
                                    ("family", "Family"),
                                    ("proxy", "Proxy"),
                                    ("tenant", "Tenant"),
                                ],
                                max_length=8,
                                verbose_name="who signed",
                            ),
                        ),
                        (
                            "form",
                            models.CharField(
                                blank=True,
                                choices=[("signed", "Signed"), ("thumbprint", "Thumbprint")],
                                max_length=10,
                                verbose_name="form",
                            ),
                        ),
                        ("signed_on", models.DateField(verbose_name="signed on")),
                        ("client_id", models.UUIDField(unique=True, verbose_name="client id")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "household",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="convention_signatures",
                                to="renovation.household",
                                verbose_name="household",
                            ),
                        ),
                        (
                            "withdraws",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawn_by",
                                to="governance.conventionsignature",
                                verbose_name="takes back",
                            ),
                        ),
                        (
                            "convention_version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="governance.conventionversion",
                                verbose_name="version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signature of a convention",
                        "verbose_name_plural": "signatures of conventions",
                    },
                ),
                migrations.AddIndex(
                    model_name="convention",
                    index=models.Index(fields=["neighbourhood", "id"], name="convention_here"),
                ),
                migrations.AddConstraint(
                    model_name="convention",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "stairwell"), _negated=True),
                        fields=("neighbourhood", "kind"),
                        name="convention_one_of_its_kind",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="convention",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "stairwell"), ("stairwell__isnull", False)),
                            models.Q(models.Q(("kind", "stairwell"), _negated=True), ("stairwell__isnull", True)),
                            _connector="OR",
                        ),
                        name="convention_of_a_stairwell_names_it",
                    ),
                ),
                migrations.AddIndex(
                    model_name="conventionversion",
                    index=models.Index(fields=["convention", "-id"], name="convention_version_latest"),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.UniqueConstraint(
                        fields=("convention", "number"), name="convention_version_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("convention",),
                        name="convention_version_one_draft",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "adopted")),
                        fields=("convention",),
                        name="convention_version_one_in_force",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("needed_share", None),
                            models.Q(("needed_share__gt", 0), ("needed_share__lte", Decimal("1"))),
                            _connector="OR",
                        ),
                        name="convention_needed_share_is_one",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("adopted_on", None), ("state", "draft")),
                            models.Q(("adopted_on__isnull", False), ("state__in", ["adopted", "superseded"])),
                            ("state", "withdrawn"),
                            _connector="OR",
                        ),
                        name="convention_version_adopted_on_a_day",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_on", None), ("state__in", ["draft", "adopted"])),
                            models.Q(
                                ("ended_on__gte", models.F("adopted_on")),
                                ("ended_on__isnull", False),
                                ("state", "superseded"),
                            ),
                            models.Q(
                                ("ended_on__isnull", False),
                                ("state", "withdrawn"),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="convention_version_ended_whole",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="conventionversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("filed_on", None), ("filed_with", "")),
                            models.Q(
                                ("adopted_on__isnull", False),
                                ("filed_on__gte", models.F("adopted_on")),
                                models.Q(("filed_with", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="convention_version_filed_once_adopted",
                    ),
                ),
                migrations.AddIndex(
                    model_name="conventionsignature",
                    index=models.Index(fields=["convention_version", "household"], name="convention_signature_of"),
                ),
                migrations.AddConstraint(
                    model_name="conventionsignature",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdraws", None), models.Q(("form", ""), _negated=True)),
                            models.Q(("form", ""), ("withdraws__isnull", False)),
                            _connector="OR",
                        ),
                        name="convention_signature_has_a_form",
                    ),
                ),
            ]
        )
    ]
