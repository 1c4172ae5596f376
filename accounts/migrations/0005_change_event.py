from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_jobs_and_workers"),
    ]

    operations = [
        migrations.AddField(
            model_name="change",
            name="event",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Of the act behind it; empty where the action says it all.",
                max_length=64,
                verbose_name="event type",
            ),
        ),
    ]
