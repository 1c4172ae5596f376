from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("renovation", "0002_append_only")]

    operations = [
        migrations.AddField(
            "division",
            "created_at",
            models.DateTimeField(auto_now_add=True, default=timezone.now, verbose_name="created at"),
            preserve_default=False,
        ),
        migrations.AddField("division", "updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
        migrations.AddField(
            "division", "version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")
        ),
    ]
