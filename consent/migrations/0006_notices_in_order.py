from django.db import migrations, models

from common.schema_operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0005_notices_frozen"),
    ]

    operations = [
        Together(
            [
                migrations.AddIndex(
                    model_name="publicnotice",
                    index=models.Index(fields=["posted_on", "id"], name="notice_by_posting"),
                ),
                migrations.AddIndex(
                    model_name="publicnotice",
                    index=models.Index(fields=["ends_on", "id"], name="notice_by_end"),
                ),
                migrations.AddIndex(
                    model_name="objection",
                    index=models.Index(fields=["raised_on", "id"], name="objection_by_day"),
                ),
            ]
        )
    ]
