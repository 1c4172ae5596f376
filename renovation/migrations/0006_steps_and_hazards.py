from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("renovation", "0005_frozen_and_append_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="defect",
            index=models.Index(
                condition=models.Q(("severity", "safety"), models.Q(("state", "closed"), _negated=True)),
                fields=["found_on", "id"],
                name="defect_hazards",
            ),
        ),
        migrations.AddIndex(
            model_name="stagechange",
            index=models.Index(fields=["at"], name="stage_change_since"),
        ),
    ]
