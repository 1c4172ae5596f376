from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_append_only"),
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
